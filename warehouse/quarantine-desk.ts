import { civilTimestamp } from '../core/civil-time.ts';
import type { Clock } from '../core/clock.ts';
import type { JsonObject } from '../core/json.ts';
import { type Contract, datasetName } from './contract.ts';
import { contractUnknown, quarantineAbsent } from './errors.ts';
import type { Landing } from './landing.ts';
import { type MendingStep, mend } from './mending.ts';
import {
  type BlockedBatch,
  blockedBatches,
  listQuarantine,
  listValues,
  type QuarantinedRecord,
  type QuarantineFilter,
  quarantinedRecord,
  quarantineSummary,
} from './quarantine.ts';
import type { Working } from './working.ts';

/** Who decides, and why. */
export interface Deciding {
  readonly by: string;
  readonly reason: string;
}

/** The place of a quarantined record. */
export interface RecordPlace {
  readonly batch: string;
  readonly row: number;
}

/** What people do about quarantine. Decisions land as batches of `platform.decision`, so that a rebuild knows them. */
export interface QuarantineDesk {
  list(filter: QuarantineFilter): Promise<{ readonly records: readonly QuarantinedRecord[]; readonly total: number }>;
  record(place: RecordPlace): Promise<QuarantinedRecord | null>;
  summary(): ReturnType<typeof quarantineSummary>;
  /** Values that were blanked while their rows were staged, and warnings. */
  values(filter: Omit<QuarantineFilter, 'state'>): ReturnType<typeof listValues>;
  blocked(): Promise<readonly BlockedBatch[]>;
  /** Says that records may stay where they are. */
  dismiss(places: readonly RecordPlace[], deciding: Deciding): Promise<void>;
  /**
   * Mends records and lands them as a new batch of their dataset; returns how many then passed the contract. Records must be of
   * one dataset and still open.
   */
  replay(
    places: readonly RecordPlace[],
    steps: readonly MendingStep[],
    deciding: Deciding,
  ): Promise<{ readonly batch: string; readonly passed: number; readonly quarantined: number }>;
  /** Lets a stopped batch pass although it broke its contract as a whole: its dataset is staged anew with it. */
  accept(batch: string, deciding: Deciding): Promise<void>;
  /** Leaves a stopped batch out for good. */
  dismissBatch(batch: string, deciding: Deciding): Promise<void>;
}

const MOST_PLACES = 10_000;

export function createQuarantineDesk(deps: {
  readonly working: () => Working;
  readonly landing: Landing;
  readonly contracts: ReadonlyMap<string, Contract>;
  readonly clock: Clock;
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
}): QuarantineDesk {
  const { working, landing, contracts, clock, inTurn } = deps;
  const decisionContract = contracts.get('platform.decision')!;

  async function openRecords(places: readonly RecordPlace[]): Promise<readonly QuarantinedRecord[]> {
    if (places.length === 0 || places.length > MOST_PLACES) throw quarantineAbsent(`${places.length} records`);
    return working().db.use(async (sql) => {
      const found: QuarantinedRecord[] = [];
      for (const { batch, row } of places) {
        const record = await quarantinedRecord(sql, batch, row);
        if (record?.state !== 'open') throw quarantineAbsent(`${batch}:${row}`);
        found.push(record);
      }
      return found;
    });
  }

  async function decide(decisions: readonly JsonObject[], { by, reason }: Deciding): Promise<void> {
    const writer = landing.write('platform', 'decision');
    const decidedAt = civilTimestamp(clock.now());
    await writer.append(decisions.map((decision) => ({ ...decision, reason, decidedAt, decidedBy: by })));
    const { seq } = await writer.commit(await landing.lastCursor('platform', 'decision'));
    await working().stage(decisionContract, seq);
  }

  async function blockedBatch(id: string): Promise<BlockedBatch> {
    const batch = (await working().db.use(blockedBatches)).find((one) => one.batch === id && one.state === 'open');
    if (!batch) throw quarantineAbsent(id);
    return batch;
  }

  return {
    list: (filter) => working().db.use((sql) => listQuarantine(sql, filter)),
    record: ({ batch, row }) => working().db.use((sql) => quarantinedRecord(sql, batch, row)),
    summary: () => working().db.use(quarantineSummary),
    values: (filter) => working().db.use((sql) => listValues(sql, filter)),
    blocked: () => working().db.use(blockedBatches),
    dismiss: (places, deciding) =>
      inTurn(async () => {
        const records = await openRecords(places);
        await decide(
          records.map(({ batch, row }) => ({ batch, row, decision: 'dismissed' })),
          deciding,
        );
      }),
    replay: (places, steps, deciding) =>
      inTurn(async () => {
        const records = await openRecords(places);
        const { source, dataset } = records[0]!;
        const stranger = records.find((record) => record.source !== source || record.dataset !== dataset);
        if (stranger) throw quarantineAbsent(`${datasetName(stranger)} ≠ ${source}.${dataset}`);
        const contract = contracts.get(`${source}.${dataset}`);
        if (!contract) throw contractUnknown(source, dataset);
        const writer = landing.write(source, dataset);
        await writer.append(records.map(({ raw }) => mend(JSON.parse(raw) as JsonObject, steps)));
        const { id, seq } = await writer.commit(await landing.lastCursor(source, dataset));
        // Killed before the decision lands, the records stay open; mending them again brings nothing new, and closes them. What
        // people mended passes as a batch, however much of it still breaks the contract.
        const fixed = records.map(({ batch, row }) => ({ batch, row, decision: 'fixed', replacement: id }));
        await decide([...fixed, { batch: id, row: 0, decision: 'accepted' }], deciding);
        const staged = (await working().stage(contract, seq)).find(({ batch }) => batch === id);
        const quarantined = staged?.quarantined ?? 0;
        return { batch: id, passed: records.length - quarantined, quarantined };
      }),
    accept: (id, deciding) =>
      inTurn(async () => {
        const { source, dataset } = await blockedBatch(id);
        await decide([{ batch: id, row: 0, decision: 'accepted' }], deciding);
        await working().restage(contracts.get(`${source}.${dataset}`)!);
      }),
    dismissBatch: (id, deciding) =>
      inTurn(async () => {
        await blockedBatch(id);
        await decide([{ batch: id, row: 0, decision: 'dismissed' }], deciding);
      }),
  };
}
