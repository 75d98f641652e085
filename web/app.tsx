import { lazy } from 'react';
import { useTranslation } from 'react-i18next';
import { BrowserRouter, Link, Route, Routes } from 'react-router';
import { Empty, Loaded } from './parts/screen-states.tsx';
import { MeProvider, useSession } from './session/me.tsx';
import { SignInPage } from './session/sign-in-page.tsx';
import { Shell } from './shell/shell.tsx';

// Each page is a file of its own, fetched when it is first opened.
const HomePage = lazy(async () => ({ default: (await import('./pages/home-page.tsx')).HomePage }));
const TasksPage = lazy(async () => ({ default: (await import('./pages/tasks-page.tsx')).TasksPage }));
const TaskPage = lazy(async () => ({ default: (await import('./task/task-page.tsx')).TaskPage }));
const ReviewPage = lazy(async () => ({ default: (await import('./pages/review-page.tsx')).ReviewPage }));
const CampaignsPage = lazy(async () => ({ default: (await import('./pages/campaigns-page.tsx')).CampaignsPage }));
const NewCampaignPage = lazy(async () => ({
  default: (await import('./pages/new-campaign-page.tsx')).NewCampaignPage,
}));
const CampaignPage = lazy(async () => ({ default: (await import('./pages/campaign-page.tsx')).CampaignPage }));
const ConflictsPage = lazy(async () => ({ default: (await import('./pages/conflicts-page.tsx')).ConflictsPage }));
const DataPage = lazy(async () => ({ default: (await import('./pages/data-page.tsx')).DataPage }));
const MartPage = lazy(async () => ({ default: (await import('./pages/mart-page.tsx')).MartPage }));
const SqlPage = lazy(async () => ({ default: (await import('./pages/sql-page.tsx')).SqlPage }));
const StatisticsPage = lazy(async () => ({ default: (await import('./pages/statistics-page.tsx')).StatisticsPage }));
const SourcesPage = lazy(async () => ({ default: (await import('./pages/sources-page.tsx')).SourcesPage }));
const QuarantinePage = lazy(async () => ({ default: (await import('./pages/quarantine-page.tsx')).QuarantinePage }));
const MatchingPage = lazy(async () => ({ default: (await import('./pages/matching-page.tsx')).MatchingPage }));
const PublicationsPage = lazy(async () => ({
  default: (await import('./pages/publications-page.tsx')).PublicationsPage,
}));
const RunsPage = lazy(async () => ({ default: (await import('./pages/runs-page.tsx')).RunsPage }));
const AssetsPage = lazy(async () => ({ default: (await import('./pages/assets-page.tsx')).AssetsPage }));
const AssetPage = lazy(async () => ({ default: (await import('./pages/asset-page.tsx')).AssetPage }));
const LineagePage = lazy(async () => ({ default: (await import('./pages/lineage-page.tsx')).LineagePage }));
const DictionaryPage = lazy(async () => ({ default: (await import('./pages/dictionary-page.tsx')).DictionaryPage }));
const DutyPage = lazy(async () => ({ default: (await import('./pages/duty-page.tsx')).DutyPage }));

/** Sign-in while nobody is signed in, otherwise the shell with the page of the address. */
export function App() {
  const session = useSession();
  return (
    <Loaded query={session}>
      {(me) =>
        me === null ? (
          <SignInPage />
        ) : (
          <MeProvider value={me}>
            <BrowserRouter>
              <Routes>
                <Route element={<Shell />}>
                  <Route index element={<HomePage />} />
                  <Route path="tasks" element={<TasksPage />} />
                  <Route path="tasks/:id" element={<TaskPage />} />
                  <Route path="tasks/:id/review" element={<ReviewPage />} />
                  <Route path="campaigns" element={<CampaignsPage />} />
                  <Route path="campaigns/new" element={<NewCampaignPage />} />
                  <Route path="campaigns/:id" element={<CampaignPage />} />
                  <Route path="campaigns/:id/conflicts" element={<ConflictsPage />} />
                  <Route path="data" element={<DataPage />} />
                  <Route path="data/:theme/:mart" element={<MartPage />} />
                  <Route path="sql" element={<SqlPage />} />
                  <Route path="statistics" element={<StatisticsPage />} />
                  <Route path="sources" element={<SourcesPage />} />
                  <Route path="quarantine" element={<QuarantinePage />} />
                  <Route path="matching" element={<MatchingPage />} />
                  <Route path="publications" element={<PublicationsPage />} />
                  <Route path="runs" element={<RunsPage />} />
                  <Route path="warehouse" element={<AssetsPage />} />
                  <Route path="warehouse/:key" element={<AssetPage />} />
                  <Route path="lineage" element={<LineagePage />} />
                  <Route path="dictionary" element={<DictionaryPage />} />
                  <Route path="duty" element={<DutyPage />} />
                  <Route path="*" element={<NoPage />} />
                </Route>
              </Routes>
            </BrowserRouter>
          </MeProvider>
        )
      }
    </Loaded>
  );
}

function NoPage() {
  const { t } = useTranslation();
  return (
    <Empty title={t('problem.notFound')} next={t('problem.notFoundNext')}>
      <Link to="/">{t('problem.home')}</Link>
    </Empty>
  );
}
