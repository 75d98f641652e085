import { civilTimestamp } from '../core/civil-time.ts';
import type { Clock } from '../core/clock.ts';
import type { JsonObject } from '../core/json.ts';
import { type Contract, datasetName } from './contract.ts';
import { knownNames } from './contract-sql.ts';
import { batchUnreadable, contractUnknown, orgUnitUnknown, quarantineAbsent, quarantineMoved } from './errors.ts';
import type { Landing } from './landing.ts';
import { type MendingStep, mending } from './mending.ts';
import {
  type BlockedBatch,
  blockedBatches,
  listQuarantine,
  listValues,
  openRecordsAt,
  openRecordsOf,
  type QuarantinedRecord,
  type QuarantineFilter,
  quarantinedRecord,
  quarantineSummary,
} from './quarantine.ts';
import { tryRecords, type Verdict } from './record-trial.ts';
import { DAMAGED } from './stage.ts';
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

/** Which open records are meant: these, or all that a filter finds. Of one dataset where they are mended. */
export type Selection =
  | { readonly places: readonly RecordPlace[] }
  | { readonly filter: Omit<QuarantineFilter, 'state' | 'limit' | 'offset'> };

/** What mending would do to one record. */
export interface MendingSample {
  readonly batch: string;
  readonly row: number;
  readonly before: JsonObject;
  readonly after: JsonObject;
  /** Rules that the mended record still breaks; empty when it passes. */
  readonly breaks: readonly string[];
}

/** What mending would do to all that were selected. */
export interface MendingPreview {
  readonly source: string;
  readonly dataset: string;
  readonly selected: number;
  readonly passing: number;
  /** Rules that mended records still break, most broken first. */
  readonly left: readonly { readonly rule: string; readonly rows: number }[];
  readonly samples: readonly MendingSample[];
}

/** What mending did. Records that still break their contract were left where they are, as they came. */
export interface MendingOutcome {
  readonly selected: number;
  readonly passed: number;
  readonly left: number;
  /** Batches that brought the mended records. */
  readonly batches: readonly string[];
  /** Golden entities that they touched. */
  readonly entities: readonly string[];
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
  /** Works a mending out without changing anything: how many would pass, and the first few before and after. */
  preview(selection: Selection, steps: readonly MendingStep[], samples: number): Promise<MendingPreview>;
  /**
   * Mends records and lands those that then pass as new batches of their dataset; no steps try them again as they are. At most
   * 10,000 records, in slices, each of which is durable when the next begins.
   *
   * @param expected how many the preview found; another number is refused.
   * @throws FillOnceError `warehouse.quarantine.moved`, `warehouse.quarantine.absent`, `warehouse.quarantine.expression`
   */
  fix(
    selection: Selection,
    steps: readonly MendingStep[],
    deciding: Deciding,
    how?: { readonly expected?: number; readonly onProgress?: (done: number, of: number) => void },
  ): Promise<MendingOutcome>;
  /** As `dismiss`, for all that a selection finds; returns how many. */
  dismissAll(selection: Selection, deciding: Deciding, expected?: number): Promise<number>;
  /**
   * Lets a stopped batch pass although it broke its contract as a whole: its dataset is staged anew with it.
   *
   * @throws FillOnceError `warehouse.quarantine.absent`, `warehouse.batch.unreadable` while its file is damaged
   */
  accept(batch: string, deciding: Deciding): Promise<void>;
  /** Leaves a stopped batch out for good. */
  dismissBatch(batch: string, deciding: Deciding): Promise<void>;
}

const MOST_PLACES = 10_000;
/** The field that says in which grid a record lies; see `org-link.ts`. */
const GRID = 'grid_path';
/** Records that are mended, landed and staged at a time: other work of the warehouse gets its turn in between. */
const SLICE = 2_000;

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
    const found = await working().db.use((sql) => openRecordsAt(sql, places));
    const open = new Set(found.map(({ batch, row }) => `${batch}:${row}`));
    const missing = places.find(({ batch, row }) => !open.has(`${batch}:${row}`));
    if (missing) throw quarantineAbsent(`${missing.batch}:${missing.row}`);
    return found;
  }

  async function selected(selection: Selection, expected?: number): Promise<readonly QuarantinedRecord[]> {
    const records =
      'places' in selection
        ? await openRecords(selection.places)
        : await working().db.use((sql) => openRecordsOf(sql, selection.filter, MOST_PLACES));
    if (expected !== undefined && records.length !== expected) throw quarantineMoved(expected, records.length);
    if (records.length === 0) throw quarantineAbsent('0 records');
    return records;
  }

  function contractOf(records: readonly QuarantinedRecord[]): Contract {
    const { source, dataset } = records[0]!;
    const stranger = records.find((record) => record.source !== source || record.dataset !== dataset);
    if (stranger) throw quarantineAbsent(`${datasetName(stranger)} ≠ ${source}.${dataset}`);
    const contract = contracts.get(`${source}.${dataset}`);
    if (!contract) throw contractUnknown(source, dataset);
    return contract;
  }

  /** Records as the steps make them. Names that are no column, and org units that are none, are refused. */
  async function mended(
    records: readonly QuarantinedRecord[],
    steps: readonly MendingStep[],
  ): Promise<readonly { readonly before: JsonObject; readonly after: JsonObject }[]> {
    const contract = contractOf(records);
    const before = records.map(({ raw }) => JSON.parse(raw) as JsonObject);
    const found = new Set(before.flatMap((record) => Object.keys(record)));
    const mend = mending(steps, { declared: knownNames(contract), found });
    const changes = before.map((record) => ({ before: record, after: mend(record) }));
    const places = contract.columns
      .filter(({ field }) => field === GRID)
      .flatMap(({ name, aliases }) => [name, ...aliases]);
    const given = new Set(
      changes.flatMap((change) =>
        places.flatMap((name) => {
          const now = change.after[name];
          return typeof now === 'string' && now !== '' && now !== change.before[name] ? [now.trim()] : [];
        }),
      ),
    );
    if (given.size > 0) await onlyOrgUnits(given);
    return changes;
  }

  /** Where the org tree is known. What sources send is judged by their contract alone. */
  async function onlyOrgUnits(paths: ReadonlySet<string>): Promise<void> {
    const units = await working().db.use((sql) =>
      sql.all<{ path: string }>('SELECT path FROM staged."platform.org_unit" WHERE NOT _superseded AND NOT _deleted'),
    );
    const known = new Set(units.map(({ path }) => path));
    const unknown = [...paths].find((path) => !known.has(path));
    if (known.size > 0 && unknown !== undefined) throw orgUnitUnknown(unknown);
  }

  /** Records mended, and what their contract then says of each. */
  async function tried(
    records: readonly QuarantinedRecord[],
    steps: readonly MendingStep[],
  ): Promise<readonly { record: QuarantinedRecord; before: JsonObject; after: JsonObject; verdict: Verdict }[]> {
    const changed = await mended(records, steps);
    const verdicts = await working().db.use((sql) =>
      tryRecords(
        sql,
        contractOf(records),
        changed.map(({ after }) => after),
      ),
    );
    return changed.map((change, i) => ({ ...change, record: records[i]!, verdict: verdicts[i]! }));
  }

  /** As many of each as there is room for: what fails is what a person must see. */
  function shownOf(good: readonly MendingSample[], bad: readonly MendingSample[], most: number): MendingSample[] {
    const failing = bad.slice(0, Math.max(Math.floor(most / 2), most - good.length));
    return [...good.slice(0, most - failing.length), ...failing];
  }

  /** Lands mended records as a batch that passes as a whole, closes what they were, and stages it. */
  async function land(
    contract: Contract,
    records: readonly QuarantinedRecord[],
    mended: readonly JsonObject[],
    deciding: Deciding,
  ): Promise<{ readonly batch: string; readonly quarantined: number }> {
    const { source, dataset } = contract;
    const writer = landing.write(source, dataset);
    await writer.append(mended);
    const { id, seq } = await writer.commit(await landing.lastCursor(source, dataset), { again: true });
    // Killed before the decision lands, the records stay open; mending them again brings nothing new, and closes them. What
    // people mended passes as a batch, however much of it still breaks the contract.
    const fixed = records.map(({ batch, row }) => ({ batch, row, decision: 'fixed', replacement: id }));
    await decide([...fixed, { batch: id, row: 0, decision: 'accepted' }], deciding);
    const staged = (await working().stage(contract, seq)).find(({ batch }) => batch === id);
    return { batch: id, quarantined: staged?.quarantined ?? 0 };
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
        const after = (await mended(records, steps)).map((change) => change.after);
        const { batch, quarantined } = await land(contractOf(records), records, after, deciding);
        return { batch, passed: records.length - quarantined, quarantined };
      }),
    preview: async (selection, steps, samples) => {
      const records = await selected(selection);
      const { source, dataset } = contractOf(records);
      const rules = new Map<string, number>();
      const [good, bad]: [MendingSample[], MendingSample[]] = [[], []];
      let passing = 0;
      for (const { record, before, after, verdict } of await tried(records, steps)) {
        if (verdict.breaks.length === 0) passing++;
        for (const rule of verdict.breaks) rules.set(rule, (rules.get(rule) ?? 0) + 1);
        const shown = verdict.breaks.length === 0 ? good : bad;
        if (shown.length < samples) {
          shown.push({ batch: record.batch, row: record.row, before, after, breaks: verdict.breaks });
        }
      }
      const left = [...rules].map(([rule, rows]) => ({ rule, rows })).sort((a, b) => b.rows - a.rows);
      return { source, dataset, selected: records.length, passing, left, samples: shownOf(good, bad, samples) };
    },
    fix: async (selection, steps, deciding, { expected, onProgress } = {}) => {
      const all = await selected(selection, expected);
      const contract = contractOf(all);
      const batches: string[] = [];
      let passed = 0;
      for (let from = 0; from < all.length; from += SLICE) {
        await inTurn(async () => {
          const places = all.slice(from, from + SLICE);
          const records = await working().db.use((sql) => openRecordsAt(sql, places));
          const good = (await tried(records, steps)).filter(({ verdict }) => verdict.breaks.length === 0);
          if (good.length === 0) return;
          const { batch, quarantined } = await land(
            contract,
            good.map(({ record }) => record),
            good.map(({ after }) => after),
            deciding,
          );
          batches.push(batch);
          passed += good.length - quarantined;
        });
        onProgress?.(Math.min(from + SLICE, all.length), all.length);
      }
      const entities = contract.entity === null || passed === 0 ? [] : [contract.entity];
      return { selected: all.length, passed, left: all.length - passed, batches, entities };
    },
    dismissAll: (selection, deciding, expected) =>
      inTurn(async () => {
        const records = await selected(selection, expected);
        await decide(
          records.map(({ batch, row }) => ({ batch, row, decision: 'dismissed' })),
          deciding,
        );
        return records.length;
      }),
    accept: (id, deciding) =>
      inTurn(async () => {
        const { source, dataset, reason } = await blockedBatch(id);
        // Nothing that a person says makes a damaged file readable; said all the same, it would not be listed any more.
        const manifest = reason === DAMAGED ? await landing.manifest(id) : null;
        if (manifest && (await landing.isDamaged(manifest))) throw batchUnreadable(id, 'its file is damaged');
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
