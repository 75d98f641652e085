import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pino from 'pino';
import { type City, orgUnits, startCity } from '../../city/index.ts';
import {
  type CampaignId,
  civilDate,
  errorText,
  FillOnceError,
  loadCatalogue,
  loadConfig,
  periodOf,
  type ShiftedClock,
  shiftedClock,
  shiftPeriod,
} from '../../core/index.ts';
import { getCampaign, getSnapshot } from '../../store/index.ts';
import type { DuckDb } from '../../warehouse/duckdb.ts';
import { ensureDemoPeople, type Login } from '../people.ts';
import { cityEnvironment } from '../platform/city-environment.ts';
import { openPlatform, type Platform } from '../platform/platform.ts';
import { type ApiSession, signIn } from './api-session.ts';
import { type Answer, openTasks, workThroughTask } from './clerk.ts';
import { type Ingested, ingest, lostRecords } from './ingest.ts';
import { cellName, type Measured, measureSnapshot } from './measure.ts';
import { watchStackMemory } from './stack-memory.ts';
import type { DemoSummary, ReportFigures } from './summary.ts';
import { openTruthMarts } from './truth-marts.ts';

export interface DemoOptions {
  readonly seed: number;
  readonly scale: number;
  /** Where the exported workbooks go. */
  readonly out: string;
  readonly dataFolder: string;
  /** Tells a person how far it is. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

const MONTH_MS = 30 * 86_400_000;
const STEP_DEADLINE_MS = 5 * 60_000;
/** The entities that the three shipped forms are made of. */
const TRUTH_ENTITIES = ['person', 'household', 'dwelling', 'building', 'enterprise', 'tax_month'];

interface Form {
  readonly templateId: string;
  readonly title: string;
  readonly period: string;
}

/** The main job end to end, twice: now, and one simulated month later to see what would be asked again. */
export async function runDemo(options: DemoOptions): Promise<DemoSummary> {
  const started = performance.now();
  const clock = shiftedClock();
  const units = orgUnits(options.seed);
  options.say('启动 · starting');
  const city = await startCity({
    seed: options.seed,
    scale: options.scale,
    inbox: join(options.dataFolder, 'inbox'),
    state: join(options.dataFolder, 'city'),
    live: false,
    log: () => {},
  });
  let platform: Platform | null = null;
  const memory = watchStackMemory(() => (platform?.temporalPid ? [platform.temporalPid] : []));
  try {
    mkdirSync(options.dataFolder, { recursive: true });
    platform = await openPlatform({
      config: loadConfig({ ...process.env, FILLONCE_DATA: options.dataFolder, FILLONCE_PORT: '0' }),
      clock,
      log: pino({ level: 'warn' }, pino.destination({ dest: join(options.dataFolder, 'platform.log'), sync: false })),
      env: { ...process.env, ...cityEnvironment(city) },
      units,
      demo: true,
      people: (store) => ensureDemoPeople(store, units),
      sealAfterMs: 2_000,
    });
    const demo: Demo = { options, platform, city, clock, sessions: new Map() };
    options.say('汇入 · ingesting');
    const ingested = await ingest(platform, city, options.signal);
    options.say(`  ${ingested.records.toLocaleString('en')} records, ${(ingested.ms / 1000).toFixed(1)} s`);
    const reports = await work(demo);
    const lost = await lostRecords(platform, city);
    return {
      seed: options.seed,
      scale: options.scale,
      records: ingested.records,
      ingestMs: ingested.ms,
      sources: ingested.sources,
      themes: ingested.themes,
      reports,
      ...overall(reports),
      lost,
      peakMemoryMb: memory.stop(),
      totalMs: Math.round(performance.now() - started),
    };
  } finally {
    memory.stop();
    await platform?.close();
    await city.stop();
  }
}

/** The reports' figures together, each cell counting the same. */
function overall(reports: readonly ReportFigures[]): Pick<DemoSummary, 'coverage' | 'precision' | 'reasked'> {
  const sum = (value: (report: ReportFigures) => number) => reports.reduce((total, report) => total + value(report), 0);
  const kept = (report: ReportFigures) => report.held + report.derived;
  return {
    coverage: 1 - sum(({ asked }) => asked) / sum(({ cells }) => cells),
    precision: sum((report) => report.precision * kept(report)) / sum(kept),
    reasked: sum(({ reasked }) => reasked),
  };
}

interface Demo {
  readonly options: DemoOptions;
  readonly platform: Platform;
  readonly city: City;
  readonly clock: ShiftedClock;
  /** Who is signed in: nobody signs in again for the next campaign. */
  readonly sessions: Map<string, Promise<ApiSession>>;
}

/** First campaigns worked through by simulated clerks; a month later the second ones, which only have to be prefilled. */
async function work(demo: Demo): Promise<readonly ReportFigures[]> {
  const { options, platform, city, clock } = demo;
  const first: { form: Form; figures: Omit<ReportFigures, 'reasked'>; answered: readonly string[]; at: Date }[] = [];
  const truth = await truthMarts(demo);
  try {
    for (const form of formsAt(clock.now())) {
      options.say(`填报 · ${form.title} ${form.period}`);
      first.push({ form, ...(await wholeCampaign(demo, truth, form)), at: clock.now() });
    }
  } finally {
    await truth.close();
  }
  options.say('一个月后 · one month later');
  await city.advance(MONTH_MS / 86_400_000);
  clock.shift(MONTH_MS);
  demo.sessions.clear();
  await ingest(platform, city, options.signal);
  const later = await truthMarts(demo);
  try {
    const reports: ReportFigures[] = [];
    for (const [at, form] of formsAt(clock.now()).entries()) {
      const before = first[at];
      if (before === undefined) continue;
      const reviewer = await signedIn(demo, 'reviewer');
      const second = await prefilled(demo, later, form, reviewer);
      const reasked = before.answered.filter((cell) =>
        isAskedAgain(platform, form, before.form, cell, second.measured),
      );
      reports.push({ ...before.figures, reasked: reasked.length });
    }
    return reports;
  } finally {
    await later.close();
  }
}

/**
 * True when a cell that was answered a month ago and whose answer is still within its time to live is asked again. An answer about a
 * period stands for that period: the next one is another cell.
 */
function isAskedAgain(platform: Platform, now: Form, before: Form, cell: string, second: Measured): boolean {
  if (!second.askedCells.has(cell)) return false;
  const plan = platform.reports.forms.plan({ templateId: now.templateId, templateVersion: 1, period: now.period });
  const column = plan.column(cell.slice(cell.indexOf('\t') + 1));
  if (column === undefined) return false;
  if (column.indicator !== undefined) return now.period === before.period;
  return column.ttlDays === undefined || column.ttlDays * 86_400_000 > MONTH_MS;
}

function formsAt(now: Date): readonly Form[] {
  const month = periodOf('month', civilDate(now));
  const quarter = shiftPeriod(periodOf('quarter', civilDate(now)), -1);
  return [
    { templateId: 'vacant-group-rental', title: '空置房、群租房信息台账', period: month.text },
    { templateId: 'population-statistics', title: '人口基本情况统计表', period: month.text },
    { templateId: 'enterprise-tax-quarter', title: '企业税收分季度统计表', period: quarter.text },
  ];
}

function truthMarts({ platform, city, clock, options }: Demo): Promise<DuckDb> {
  return openTruthMarts({
    city,
    catalogue: loadCatalogue(),
    entities: TRUTH_ENTITIES,
    units: orgUnits(options.seed),
    asOf: civilDate(clock.now()),
  }).catch((error: unknown) => {
    throw new Error(`the truth could not be loaded: ${errorText(error)}`, { cause: platform.url });
  });
}

interface Campaign {
  readonly id: string;
  readonly stage: string;
  readonly conflicts: number;
  readonly tasks: number;
  readonly failure: { readonly en: string } | null;
}

async function wholeCampaign(demo: Demo, truth: DuckDb, form: Form) {
  const { options } = demo;
  const reviewer = await signedIn(demo, 'reviewer');
  const { id, measured, prefillMs } = await prefilled(demo, truth, form, reviewer);

  await reviewer.post(`/api/campaigns/${id}/issue`);
  const issued = await reached(reviewer, id, 'issued', options.signal);
  const worked = await answerAll(demo, id, measured.answer);
  await approveAll(reviewer, id);

  const mergeStarted = performance.now();
  await reviewer.post(`/api/campaigns/${id}/merge`);
  const merged = await reached(reviewer, id, 'merged', options.signal);
  const mergeMs = Math.round(performance.now() - mergeStarted);
  await settleConflicts(reviewer, id);
  await reviewer.post(`/api/campaigns/${id}/release`);
  await reached(reviewer, id, 'released', options.signal);

  const exportStarted = performance.now();
  const { bytes, fileName } = await reviewer.download(`/api/campaigns/${id}/export`);
  const exportMs = Math.round(performance.now() - exportStarted);
  const file = join(options.out, fileName);
  await writeFile(file, bytes);

  const { answer: _, askedCells: __, ...counts } = measured;
  const figures: Omit<ReportFigures, 'reasked'> = {
    report: form.templateId,
    title: form.title,
    period: form.period,
    ...counts,
    tasks: issued.tasks,
    patches: worked.patches,
    mergeConflicts: merged.conflicts,
    prefillMs,
    mergeMs,
    exportMs,
    file,
  };
  return { figures, answered: worked.answered };
}

async function prefilled(demo: Demo, truth: DuckDb, form: Form, reviewer: ApiSession) {
  const { platform, clock, options } = demo;
  const scope = '310199/001';
  const deadline = new Date(clock.now().getTime() + 5 * 86_400_000).toISOString();
  const body = { templateId: form.templateId, period: form.period, scope, deadline };
  const started = performance.now();
  const { id } = await reviewer.post<Campaign>('/api/campaigns', body);
  await reached(reviewer, id, 'prefilled', options.signal);
  const prefillMs = Math.round(performance.now() - started);
  const { campaign, snapshot } = await platform.store.system.transaction(async (tx) => {
    const found = await getCampaign(tx, id as CampaignId);
    return { campaign: found, snapshot: await getSnapshot(tx, found.snapshotId!) };
  });
  const measured = await measureSnapshot(truth, {
    plan: platform.reports.forms.plan(campaign),
    file: await platform.objects.path(snapshot.ref),
    scope,
    asOf: campaign.asOf,
  });
  return { id, measured, prefillMs };
}

/** Waits for a campaign's stage as the web app does, by asking. */
async function reached(api: ApiSession, id: string, stage: string, signal: AbortSignal): Promise<Campaign> {
  const until = performance.now() + STEP_DEADLINE_MS;
  while (performance.now() < until) {
    signal.throwIfAborted();
    const campaign = await api.get<Campaign>(`/api/campaigns/${id}`);
    if (campaign.stage === stage) return campaign;
    if (campaign.failure !== null) throw stuck(id, stage, campaign.failure.en);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw stuck(id, stage, `not within ${STEP_DEADLINE_MS / 1000} s`);
}

function stuck(id: string, stage: string, why: string): FillOnceError {
  return new FillOnceError({
    code: 'cli.demo_stuck',
    status: 500,
    message: { zh: `填报批次 ${id} 未能到达“${stage}”：${why}`, en: `campaign ${id} did not reach '${stage}': ${why}` },
    details: { where: id },
  });
}

/** Every community's clerk answers what is asked of their community. */
async function answerAll(demo: Demo, campaignId: string, answer: Answer) {
  const { platform, clock } = demo;
  const answered: string[] = [];
  let patches = 0;
  for (const { login } of platform.logins.filter((each) => each.roles.includes('clerk'))) {
    const clerk = await signedIn(demo, login);
    for (const task of await openTasks(clerk, campaignId)) {
      const done = await workThroughTask(clerk, task.id, answer, clock.now());
      patches += done.patches;
      for (const cell of done.answered) answered.push(cellName(cell.rowKey, cell.column));
    }
  }
  return { answered, patches };
}

async function approveAll(reviewer: ApiSession, campaignId: string): Promise<void> {
  const page = await reviewer.get<{ items: readonly { id: string }[] }>(
    `/api/tasks?campaign=${campaignId}&status=submitted&limit=500`,
  );
  for (const { id } of page.items) await reviewer.post(`/api/tasks/${id}/approve`);
}

interface Conflict {
  readonly id: string;
  readonly decided: object | null;
  readonly candidates: readonly { readonly id: string; readonly kind: string }[];
}

/** The people on the spot know best: an answer wins over the warehouse's newer value. */
async function settleConflicts(reviewer: ApiSession, campaignId: string): Promise<void> {
  const page = await reviewer.get<{ items: readonly Conflict[] }>(`/api/campaigns/${campaignId}/conflicts?limit=500`);
  for (const conflict of page.items) {
    if (conflict.decided !== null) continue;
    const choice = conflict.candidates.find(({ kind }) => kind === 'answer') ?? conflict.candidates[0];
    if (choice) await reviewer.post(`/api/campaigns/${campaignId}/conflicts/${conflict.id}`, { choice: choice.id });
  }
}

function signedIn({ platform, sessions }: Demo, login: string): Promise<ApiSession> {
  const known = sessions.get(login);
  if (known) return known;
  const found: Login | undefined = platform.logins.find((each) => each.login === login);
  if (found === undefined) throw new Error(`there is no demo login '${login}'`);
  const session = signIn(platform.url, found.login, found.password);
  sessions.set(login, session);
  return session;
}

export type { Ingested };
