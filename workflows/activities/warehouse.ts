import { activityInfo, heartbeat } from '@temporalio/activity';
import { toErrorBody } from '../../core/errors.ts';
import type { Json } from '../../core/json.ts';
import { finishMaterialisation, type Store, startMaterialisation } from '../../store/index.ts';
import type { StageResult, Warehouse } from '../../warehouse/index.ts';
import { ANY_ENTITY, type IncidentTransition, type StageOutcome, type WarehouseActivities } from '../contract.ts';
import { noteChecks } from './check-outcomes.ts';
import { asFailure } from './failure.ts';

const HEARTBEAT_EVERY_MS = 10_000;
/** One staging takes on no more batches than this; the next run goes on. */
const MOST_BATCHES = 20_000;
/** In whose name the platform links, and why. */
const MATCHING = { by: 'matching', reason: '平台自动归并' };

/** Activities of the `warehouse` queue; every run is written down in the store's `materialisation`. */
export function createWarehouseActivities(deps: {
  readonly warehouse: Warehouse;
  readonly store: Store;
  /** The crowd rule over newly staged headcounts. */
  readonly evaluateCrowd: (batches: readonly string[]) => Promise<readonly IncidentTransition[]>;
  readonly onPublished: (publication: string) => void;
}): WarehouseActivities {
  const { warehouse, store } = deps;

  /** Runs one materialisation: written down before and after, with heartbeats in between. */
  async function materialise<T>(
    asset: string,
    work: () => Promise<T>,
    result: (value: T) => { rows: number; log?: Json },
  ): Promise<T> {
    const { workflowExecution, attempt } = activityInfo();
    const run = await store.system.transaction((tx) =>
      startMaterialisation(tx, {
        asset,
        partition: 'current',
        ...(workflowExecution ? { workflowId: workflowExecution.workflowId } : {}),
      }),
    );
    const beat = setInterval(() => heartbeat(), HEARTBEAT_EVERY_MS);
    try {
      const value = await work();
      await store.system.transaction((tx) => finishMaterialisation(tx, run, result(value)));
      return value;
    } catch (error) {
      await store.system.transaction((tx) => finishMaterialisation(tx, run, { error: toErrorBody(error) }));
      throw asFailure(error, attempt);
    } finally {
      clearInterval(beat);
    }
  }

  async function stage(asset: string, batches: readonly string[]): Promise<StageOutcome> {
    // An earlier attempt may have staged and died before it could tell: then what it touched is not known any more.
    const unknown = activityInfo().attempt > 1 ? [ANY_ENTITY] : [];
    if (batches.length === 0) return { batches: [], rows: 0, quarantined: 0, entities: unknown };
    const result = await materialise(
      asset,
      () => warehouse.stage(batches),
      (value: StageResult) => ({ rows: value.rows, log: value.batches.map((batch) => ({ ...batch })) }),
    );
    // A batch may have brought nothing but records without a usable key: they are linked when golden rows are brought up to date.
    const keyless = result.quarantined > 0 ? await warehouse.matching.fresh() : [];
    return {
      batches: result.batches.map(({ batch }) => batch),
      rows: result.rows,
      quarantined: result.quarantined,
      entities: [...new Set([...result.entities, ...keyless, ...unknown])],
    };
  }

  /**
   * Links new records without a usable key to the golden rows of this very refresh where that is certain, and brings those rows up to
   * date again. What goes wrong is written down and holds no publication back: the records wait in quarantine as before.
   */
  async function linkFresh(): Promise<void> {
    if ((await warehouse.matching.fresh()).length === 0) return;
    try {
      await materialise(
        'matching',
        () =>
          warehouse.matching.linkFresh(MATCHING, async (entities) => {
            await warehouse.refresh(entities);
          }),
        ({ linked, entities }) => ({ rows: linked, log: entities.map((entity) => ({ entity })) }),
      );
    } catch {
      // Written down by `materialise`.
    }
  }

  return {
    stageOutstanding: async ({ source, dataset }) => {
      const all = await warehouse.outstanding(MOST_BATCHES);
      const waiting = all.filter(
        (each) =>
          (source === undefined || each.source === source) && (dataset === undefined || each.dataset === dataset),
      );
      const asset = source === undefined ? 'staged' : `staged.${source}.${dataset ?? '*'}`;
      return stage(
        asset,
        waiting.map(({ batch }) => batch),
      );
    },
    stageBatch: ({ batch }) => stage(`staged.${batch.split('.').slice(0, 2).join('.')}`, [batch]),
    refreshGolden: async ({ entities }) => {
      const result = await materialise(
        'golden',
        () => (entities.includes(ANY_ENTITY) ? warehouse.refresh() : warehouse.refresh(entities)),
        (value) => ({ rows: value.rows, log: value.entities.map((entity) => ({ ...entity })) }),
      );
      await linkFresh();
      return { rows: result.rows };
    },
    publish: async () => {
      const manifest = await materialise(
        'publication',
        () => noteChecks({ store, checks: warehouse.assets.asset('publication').checks }, () => warehouse.publish()),
        (value) => ({
          rows: value.marts.reduce((sum, mart) => sum + mart.rows, 0),
          log: value.warnings.map((warning) => ({ ...warning })),
        }),
      );
      deps.onPublished(manifest.id);
      return { publication: manifest.id, records: manifest.marts.reduce((sum, mart) => sum + mart.rows, 0) };
    },
    evaluateCrowd: ({ batches }) => deps.evaluateCrowd(batches),
  };
}
