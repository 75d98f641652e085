import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Suspense, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { NavLink, Outlet } from 'react-router';
import { call } from '../api-client.ts';
import { type LiveEvents, listenToEvents } from '../live-events.ts';
import { Loading } from '../parts/screen-states.tsx';
import { may, useMe, useSignOut } from '../session/me.tsx';
import { speak } from '../texts/i18n.ts';
import { CrashGuard } from './crash-guard.tsx';

/** The frame of every page: where one can go, who one is, whether live updates arrive. */
export function Shell() {
  const { t, i18n } = useTranslation();
  const me = useMe();
  const signOut = useSignOut();
  const live = useLiveEvents();
  const openIncidents = useQuery({
    queryKey: ['incidents', 'count'],
    queryFn: () => call('listIncidents', { query: { open: true, limit: 1 } }),
    enabled: may(me, 'incident.read'),
  });
  const entries = [
    { to: '/', label: t('nav.home'), show: true },
    { to: '/tasks', label: t('nav.tasks'), show: may(me, 'task.answer') || may(me, 'task.review') },
    { to: '/campaigns', label: t('nav.campaigns'), show: may(me, 'campaign.manage') || may(me, 'release.export') },
    { to: '/duty', label: t('nav.duty'), show: may(me, 'incident.read'), count: openIncidents.data?.total ?? 0 },
    { to: '/data', label: t('nav.data'), show: may(me, 'mart.read') },
    { to: '/sql', label: t('sql.nav'), show: may(me, 'sql.query') },
    { to: '/statistics', label: t('nav.statistics'), show: may(me, 'mart.read') },
    { to: '/dictionary', label: t('assets.navDictionary'), show: may(me, 'mart.read') },
    { to: '/sources', label: t('nav.sources'), show: may(me, 'source.read') },
    { to: '/warehouse', label: t('assets.nav'), show: may(me, 'source.read') },
    { to: '/quarantine', label: t('desk.nav'), show: may(me, 'quarantine.read') },
    { to: '/matching', label: t('matching.nav'), show: may(me, 'quarantine.decide') },
    { to: '/publications', label: t('publications.nav'), show: may(me, 'source.read') },
    { to: '/runs', label: t('nav.runs'), show: may(me, 'quarantine.read') },
  ].filter((entry) => entry.show);

  return (
    <div className="shell">
      <a className="skip" href="#main">
        {t('skip')}
      </a>
      <aside className="side">
        <div className="brand">
          <img src="/favicon.svg" alt="" />
          <span>
            {t('product')}
            <small>{me.scopeName}</small>
          </span>
        </div>
        <nav aria-label={t('product')}>
          {entries.map((entry) => (
            <NavLink key={entry.to} to={entry.to} end={entry.to === '/'}>
              {entry.label}
              {entry.count !== undefined && entry.count > 0 && <span className="pill">{entry.count}</span>}
            </NavLink>
          ))}
        </nav>
        <div className="who">
          <b>{me.name}</b>
          {me.roles.map((role) => t(`roles.${role}`)).join('、')}
          <div className="acts">
            <button type="button" onClick={() => void signOut()}>
              {t('signOut')}
            </button>
            <button type="button" onClick={() => void speak(i18n.language === 'en' ? 'zh' : 'en')}>
              {t('language')}
            </button>
          </div>
          <div className={live ? 'live' : 'live off'} role="status">
            {live ? t('live.on') : t('live.off')}
          </div>
        </div>
      </aside>
      <main className="main" id="main">
        <CrashGuard>
          <Suspense fallback={<Loading />}>
            <Outlet />
          </Suspense>
        </CrashGuard>
      </main>
    </div>
  );
}

function useLiveEvents(): boolean {
  const client = useQueryClient();
  const [connected, setConnected] = useState(true);
  const wasOff = useRef(false);
  useEffect(() => {
    const connect = () =>
      listenToEvents(client, {
        connected: (is) => {
          setConnected(is);
          if (!is) wasOff.current = true;
          // What changed while nobody listened is read anew, and a session that has ended shows.
          else if (wasOff.current) {
            wasOff.current = false;
            void client.invalidateQueries();
          }
        },
      });
    let events: LiveEvents | null = connect();
    let timer: ReturnType<typeof setTimeout> | undefined;
    // A browser has six connections to a server: pages in the background give theirs up, but for the one that rings.
    const turn = () => {
      clearTimeout(timer);
      if (document.visibilityState === 'visible') events ??= connect();
      else if (!window.location.pathname.startsWith('/duty')) {
        timer = setTimeout(() => {
          events?.close();
          events = null;
          wasOff.current = true;
        }, 60_000);
      }
    };
    document.addEventListener('visibilitychange', turn);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', turn);
      events?.close();
    };
  }, [client]);
  return connected;
}
