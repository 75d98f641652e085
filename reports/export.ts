import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type CampaignId, can, civilDate, orgPath, type ReleaseId, type User } from '../core/index.ts';
import {
  type Campaign,
  getCampaign,
  getRelease,
  getSnapshot,
  listReleases,
  type Objects,
  orgUnitNames,
  type Store,
  standingMerge,
  type Tx,
  userNames,
} from '../store/index.ts';
import { type ExportRow, type ExportUnit, exportFill, type Template, type TextValues } from '../templates/index.ts';
import { fillWorkbook } from '../templates/xlsx/index.ts';
import type { Row, SqlSession } from '../warehouse/index.ts';
import { ident, literal } from '../warehouse/sql-text.ts';
import { forbidden, nothingToExport } from './errors.ts';
import type { Forms } from './form.ts';
import type { FormPlan } from './plan.ts';
import type { ReportReader } from './prefill.ts';
import { isMasked } from './task.ts';

export interface ExportRequest {
  readonly campaignId: CampaignId;
  /** Absent: the last release; before one, the merge; before that, the prefilled form. */
  readonly releaseId?: ReleaseId;
  /** Words on the form that no data holds: who signs, whom to call. */
  readonly texts?: TextValues;
}

export interface Exported {
  /** `空置房、群租房信息台账（2026年11月）.xlsx` */
  readonly fileName: string;
  readonly file: string;
  readonly bytes: number;
  readonly rows: number;
  /** What was exported: a release, or a state on the way to one. */
  readonly state: 'released' | 'merged' | 'prefilled';
}

export interface Exports {
  /**
   * Fills the upstream workbook with a campaign's values, in upstream's own layout, and puts it at `target`.
   *
   * @throws FillOnceError `reports.export.nothing` before the prefill, `reports.forbidden` (also when the form holds what is
   *   too sensitive for the user), `store.not-found`
   */
  write(user: User, request: ExportRequest, target: string): Promise<Exported>;
}

export interface ExportsOptions {
  readonly store: Store;
  readonly reader: ReportReader;
  readonly objects: Objects;
  readonly forms: Forms;
}

export function createExports({ store, reader, objects, forms }: ExportsOptions): Exports {
  return {
    write: async (user, request, target) => {
      const source = await store.as(user).transaction((tx) => findSource(tx, request));
      const { campaign } = source;
      const plan = forms.plan(campaign);
      if (!can(user, 'release.export', { org: campaign.scope, theme: campaign.theme }))
        throw forbidden('release.export', campaign.title);
      if (plan.columns.some((column) => isMasked(column, user))) throw forbidden('release.export', campaign.title);
      const template = forms.template(campaign.templateId, campaign.templateVersion);
      const texts = { unit: source.unit, reportedOn: source.reportedOn, ...source.people, ...request.texts };
      const file = literal(await objects.path(source.ref));
      const draft = `${target}.part`;
      await mkdir(dirname(target), { recursive: true });
      try {
        const { bytes, rows } = await reader.withPublication('current', (sql) =>
          fill(sql, plan, template, file, texts, draft),
        );
        await rename(draft, target);
        return { fileName: `${campaign.title}.xlsx`, file: target, bytes, rows, state: source.state };
      } finally {
        await rm(draft, { force: true });
      }
    },
  };
}

interface ExportSource {
  readonly campaign: Campaign;
  readonly ref: string;
  readonly state: Exported['state'];
  readonly unit: string;
  readonly reportedOn: string;
  readonly people: TextValues;
}

async function findSource(tx: Tx, { campaignId, releaseId }: ExportRequest): Promise<ExportSource> {
  const campaign = await getCampaign(tx, campaignId);
  const release = releaseId ? await getRelease(tx, releaseId) : (await listReleases(tx, campaignId))[0];
  const unit = (await orgUnitNames(tx, [campaign.scope])).get(campaign.scope) ?? campaign.scope;
  const names = await userNames(tx, [campaign.createdBy, ...(release ? [release.releasedBy] : [])]);
  const author = names.get(campaign.createdBy);
  const common = { campaign, unit, reportedOn: civilDate(release?.at ?? tx.clock.now()) };
  if (release) {
    const reviewer = names.get(release.releasedBy);
    return {
      ...common,
      ref: release.ref,
      state: 'released',
      people: { ...(author && { author }), ...(reviewer && { reviewer }) },
    };
  }
  const people = author === undefined ? {} : { author };
  const merge = await standingMerge(tx, campaignId);
  if (merge) return { ...common, ref: merge.mergedRef, state: 'merged', people };
  if (!campaign.snapshotId) throw nothingToExport(campaignId);
  return { ...common, ref: (await getSnapshot(tx, campaign.snapshotId)).ref, state: 'prefilled', people };
}

async function fill(
  sql: SqlSession,
  plan: FormPlan,
  template: Template,
  file: string,
  texts: TextValues,
  target: string,
): Promise<{ bytes: number; rows: number }> {
  let rows = 0;
  async function* read(): AsyncGenerator<Row> {
    const columns = plan.columns.map(({ name }) => ident(name)).join(', ');
    for await (const chunk of sql.chunks(
      `SELECT row_key, org_path, ${columns} FROM read_parquet(${file}) ORDER BY row_no`,
    )) {
      for (let i = 0; i < chunk.rowCount; i++) {
        rows++;
        yield Object.fromEntries(chunk.names.map((name, c) => [name, chunk.columns[c]![i]!]));
      }
    }
  }
  const common = { template, period: plan.period, texts };
  const data = template.binding.indicators
    ? await exportFill({ ...common, units: await readUnits(sql, read()) })
    : await exportFill({ ...common, rows: read() as AsyncGenerator<ExportRow> });
  const { bytes } = await fillWorkbook(template.file, data, target);
  return { bytes, rows };
}

async function readUnits(sql: SqlSession, rows: AsyncIterable<Row>): Promise<ExportUnit[]> {
  const names = await sql.all<{ path: string; name: string }>('SELECT path, name FROM platform.org_unit');
  const nameOf = new Map(names.map(({ path, name }) => [path, name]));
  const units: ExportUnit[] = [];
  for await (const row of rows) {
    const path = orgPath(String(row.org_path));
    units.push({ name: nameOf.get(path) ?? path, values: row as ExportRow });
  }
  return units;
}
