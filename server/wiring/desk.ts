// Over the usual size: every way in to the desk passes the same permission, audit and key, and they are read together.
import {
  type Action,
  type Catalogue,
  can,
  civilTimestamp,
  type JsonObject,
  type Theme,
  type User,
} from '../../core/index.ts';
import { audit, once, type Store } from '../../store/index.ts';
import type { Contract, Selection, Warehouse } from '../../warehouse/index.ts';
import { deskElsewhere, forbidden, invalidRequest } from '../errors.ts';
import { MASK } from '../masking.ts';
import type { Announcement } from '../ports.ts';
import type { Desk } from '../ports-desk.ts';
import { ruleColumn, ruleWords, stopWords } from '../rule-words.ts';
import type { DeskOutcome, DeskProgress, RecordSelection } from '../schema/desk.ts';
import type { ConfiguredDataset } from './sources.ts';

/** The warehouse's desks, where the warehouse is in this process. */
export interface DeskModules {
  readonly warehouse: Pick<Warehouse, 'quarantine' | 'driftDesk' | 'matching'>;
  /** Orders a publication of what a decision changed. */
  readonly publish: (entities: readonly string[]) => Promise<void>;
  readonly announce: (announcement: Announcement) => void;
}

interface Wired {
  readonly store: Store;
  readonly catalogue: Catalogue;
  readonly contracts: ReadonlyMap<string, Contract>;
  readonly datasets: readonly ConfiguredDataset[];
  readonly desk: DeskModules | undefined;
}

interface Order {
  readonly request: string;
  readonly result: Promise<DeskOutcome>;
  progress: DeskProgress;
  failed: boolean;
}

/** What an order did, and the golden entities it touched. */
type Done = Omit<DeskOutcome, 'publishing'> & { readonly entities: readonly string[] };

/** Orders whose progress is remembered. */
const MOST_ORDERS = 200;
/** Codes that are shown of one column. */
const MOST_CODES = 60;

export function wireDesk({ store, catalogue, contracts, datasets, desk }: Wired): Desk {
  const orders = new Map<string, Order>();

  const warehouse = () => {
    if (!desk) throw deskElsewhere();
    return desk.warehouse;
  };
  const titles = ({ source, dataset }: { source: string; dataset: string }) => {
    const entity = contracts.get(`${source}.${dataset}`)?.entity;
    return {
      source,
      sourceName: datasets.find((one) => one.source === source)?.sourceName.zh ?? source,
      dataset,
      datasetName: entity ? `${catalogue.entity(entity).title.zh}（${dataset}）` : dataset,
    };
  };
  const themeOf = ({ source, dataset }: { source: string; dataset: string }): Theme | undefined => {
    const entity = contracts.get(`${source}.${dataset}`)?.entity;
    return entity ? catalogue.entity(entity).theme : undefined;
  };
  const inTheme = (of: { source: string; dataset: string }) => {
    const theme = themeOf(of);
    return theme === undefined ? {} : { theme };
  };
  const seesTheme = (user: User, of: { source: string; dataset: string }) => can(user, 'quarantine.read', inTheme(of));
  const broken = (of: { source: string; dataset: string }, rule: string) => {
    const column = ruleColumn(rule);
    const codes = contracts.get(`${of.source}.${of.dataset}`)?.columns.find(({ name }) => name === column)?.codes;
    return {
      rule,
      column,
      words: ruleWords(rule),
      codes: codes ? [...codes].slice(0, MOST_CODES).map(([code, value]) => ({ code, value })) : null,
    };
  };

  /** What a raw column may hold decides who sees it; a column that is bound to nothing may hold anything. */
  function mayRead(user: User, of: { source: string; dataset: string }, column: string): boolean {
    const contract = contracts.get(`${of.source}.${of.dataset}`);
    const field = contract?.columns.find(({ name, aliases }) => name === column || aliases.includes(column))?.field;
    const element =
      contract?.entity && field
        ? catalogue.entity(contract.entity).elements.find((one) => one.field === field)
        : undefined;
    return can(user, 'quarantine.read', { sensitivity: element?.sensitivity ?? 'sensitive' });
  }

  function masked(user: User, of: { source: string; dataset: string }, raw: string): JsonObject {
    const record = JSON.parse(raw) as JsonObject;
    return Object.fromEntries(
      Object.entries(record).map(([column, value]) => [
        column,
        value === null || mayRead(user, of, column) ? value : MASK,
      ]),
    );
  }

  /**
   * The dataset of a selection, for whose theme the person must be allowed to act. An expression can copy any column into any other, so
   * whoever mends must be allowed to see all of them.
   */
  function mustAct(user: User, action: Action, selection: RecordSelection, seesAll: boolean): void {
    const all = 'filter' in selection ? [selection.filter] : selection.places.map(({ batch }) => datasetOf(batch));
    for (const of of all) {
      if (!can(user, action, { ...inTheme(of), ...(seesAll ? { sensitivity: 'sensitive' } : {}) }))
        throw forbidden(action);
    }
    // To search the hidden text would give it away one guess at a time.
    if ('filter' in selection && selection.filter.text !== undefined) maySearch(user);
  }

  function maySearch(user: User): void {
    if (!can(user, 'quarantine.read', { sensitivity: 'sensitive' })) throw forbidden('quarantine.read');
  }

  /** Carries an order out once per key: written down before, answered after, then published. */
  function carryOut(
    user: User,
    order: { readonly key: string; readonly action: string; readonly subject: string; readonly detail: JsonObject },
    work: (tell: (done: number, of: number) => void) => Promise<Done>,
  ): Promise<DeskOutcome> {
    const id = `${user.id} ${order.key}`;
    const { key, action, subject, detail } = order;
    const request: JsonObject = { action, subject, ...detail };
    const before = orders.get(id);
    if (before && !before.failed) {
      if (before.request !== JSON.stringify(request)) throw invalidRequest('key', key);
      return before.result;
    }
    const entry: Order = {
      request: JSON.stringify(request),
      result: begin(),
      progress: { done: 0, of: 0, running: true },
      failed: false,
    };

    async function begin(): Promise<DeskOutcome> {
      if (!desk) throw deskElsewhere();
      const done =
        (await known()) ??
        (await answer(
          await work((count, of) => {
            entry.progress = { done: count, of, running: true };
            desk.announce({ type: 'source', subject, org: null, theme: null, data: { key, done: count, of } });
          }),
        ));
      const { entities, ...outcome } = done;
      // Also when the answer is one of before: ordering the publication may have failed then.
      if (entities.length > 0) await desk.publish(entities);
      desk.announce({ type: 'source', subject, org: null, theme: null, data: {} });
      return { ...outcome, publishing: entities.length > 0 };
    }

    /** The answer of the first time; otherwise writes down what is about to be done. */
    function known(): Promise<Done | null> {
      return store.as(user).transaction(async (tx) => {
        const row = await tx.db
          .selectFrom('idempotency_key')
          .select('key')
          .where('scope', '=', `user:${user.id}`)
          .where('key', '=', key)
          .executeTakeFirst();
        if (row)
          return (await once(tx, key, request, () =>
            Promise.reject(forbidden('quarantine.decide')),
          )) as unknown as Done;
        await audit(tx, { action, subject, detail });
        return null;
      });
    }

    function answer(done: Done): Promise<Done> {
      return store.as(user).transaction(async (tx) => {
        const kept = await once(tx, key, request, async () => {
          const { selected, done: passed, left, batches } = done;
          await audit(tx, {
            action: `${action}.done`,
            subject,
            detail: { key, selected, done: passed, left, batches },
          });
          return { ...done, batches: [...done.batches], entities: [...done.entities] };
        });
        return kept;
      });
    }

    orders.set(id, entry);
    const end = (failed: boolean) => {
      entry.failed = failed;
      entry.progress = { ...entry.progress, running: false };
      if (orders.size > MOST_ORDERS) orders.delete(orders.keys().next().value!);
    };
    entry.result.then(
      () => end(false),
      () => end(true),
    );
    return entry.result;
  }

  const mend = (
    user: User,
    action: string,
    input: {
      readonly key: string;
      readonly selection: RecordSelection;
      readonly reason: string;
      readonly expected?: number | undefined;
    },
    expression: string | null,
  ) => {
    const { key, selection, reason, expected } = input;
    mustAct(user, 'quarantine.decide', selection, true);
    const steps = expression === null ? [] : [{ op: 'compute' as const, expression }];
    const detail = { key, reason, selection: asJson(selection), ...(expression === null ? {} : { expression }) };
    return carryOut(user, { key, action, subject: subjectOf(selection), detail }, async (tell) => {
      const { selected, passed, left, batches, entities } = await warehouse().quarantine.fix(
        asSelection(selection),
        steps,
        { by: user.id, reason },
        { onProgress: tell, ...(expected === undefined ? {} : { expected }) },
      );
      return { selected, done: passed, left, batches: [...batches], entities };
    });
  };

  return {
    rules: async (user) =>
      (await warehouse().quarantine.summary())
        .filter((group) => seesTheme(user, group))
        .map(({ source, dataset, rule, rows }) => ({
          ...titles({ source, dataset }),
          ...broken({ source, dataset }, rule),
          rows,
        })),

    records: async (user, { offset, limit, text, ...query }) => {
      if (text !== undefined) maySearch(user);
      const { source, dataset } = query;
      const one = source !== undefined && dataset !== undefined;
      if (one ? !seesTheme(user, { source, dataset }) : user.themes !== '*') throw forbidden('quarantine.read');
      const found = await warehouse().quarantine.list({
        ...present({ ...query, text }),
        offset,
        limit,
      });
      return {
        items: found.records.map((record) => ({
          ...titles(record),
          batch: record.batch,
          row: record.row,
          rules: record.rules.map((rule) => broken(record, rule)),
          raw: masked(user, record, record.raw),
          receivedAt: civil(record.received_at),
          state: record.state,
          decidedBy: record.decided_by,
          reason: record.reason,
        })),
        total: found.total,
        offset,
        limit,
      };
    },

    preview: async (user, { selection, expression, samples }) => {
      mustAct(user, 'quarantine.decide', selection, true);
      const found = await warehouse().quarantine.preview(
        asSelection(selection),
        [{ op: 'compute', expression }],
        samples,
      );
      return {
        ...found,
        left: found.left.map(({ rule, rows }) => ({ ...broken(found, rule), rows })),
        samples: found.samples.map(({ batch, row, before, after, breaks }) => ({
          batch,
          row,
          breaks: breaks.map((rule) => broken(found, rule)),
          changes: Object.keys(after)
            .filter((column) => shown(before[column]) !== shown(after[column]))
            .map((column) => ({ column, before: shown(before[column]), after: shown(after[column]) })),
        })),
      };
    },

    fix: async (user, input) => mend(user, 'quarantine.fix', input, input.expression),
    replay: async (user, input) => mend(user, 'quarantine.replay', input, null),

    dismiss: async (user, { key, selection, reason, expected }) => {
      mustAct(user, 'quarantine.decide', selection, false);
      const detail = { key, reason, selection: asJson(selection) };
      return carryOut(user, { key, action: 'quarantine.dismiss', subject: subjectOf(selection), detail }, async () => {
        const by = { by: user.id, reason };
        const done = await warehouse().quarantine.dismissAll(asSelection(selection), by, expected);
        return { selected: done, done, left: 0, batches: [], entities: [] };
      });
    },

    progress: (user, key) => orders.get(`${user.id} ${key}`)?.progress ?? null,

    batches: async (user) =>
      (await warehouse().quarantine.blocked())
        .filter((one) => one.state === 'open' && seesTheme(user, one))
        .map(({ batch, rows, reason, received_at, state, ...of }) => ({
          ...titles(of),
          batch,
          rows,
          why: stopWords(reason),
          receivedAt: civil(received_at),
          state,
        })),

    decideBatch: async (user, batch, { key, reason, decision }) => {
      const of = datasetOf(batch);
      if (!can(user, 'quarantine.decide', inTheme(of))) throw forbidden('quarantine.decide');
      const action = decision === 'release' ? 'quarantine.release' : 'quarantine.refuse';
      return carryOut(user, { key, action, subject: batch, detail: { key, reason } }, async () => {
        const { quarantine } = warehouse();
        const by = { by: user.id, reason };
        if (decision === 'refuse') await quarantine.dismissBatch(batch, by);
        else await quarantine.accept(batch, by);
        const entity = contracts.get(`${of.source}.${of.dataset}`)?.entity;
        const entities = decision === 'release' && entity ? [entity] : [];
        return { selected: 1, done: 1, left: 0, batches: [batch], entities };
      });
    },

    differences: async (user, { open, offset, limit }) => {
      const page = { open: open === 'true', offset, limit };
      const datasets = [...contracts].filter(([, one]) => seesTheme(user, one)).map(([name]) => name);
      const { differences, total } = await warehouse().driftDesk.list({
        ...page,
        ...(user.themes === '*' ? {} : { datasets }),
      });
      return {
        items: differences.map(
          ({ source, dataset, kind, column, knownAs, since, batch, contractVersion, samples, blocked, ruling }) => ({
            ...titles({ source, dataset }),
            kind,
            column,
            knownAs,
            since: civil(since),
            batch,
            contractVersion,
            samples: mayRead(user, { source, dataset }, column) ? [...samples] : samples.map(() => MASK),
            blocked,
            decision: ruling && {
              accepted: ruling.decision === 'accepted',
              by: ruling.by,
              at: civil(ruling.at),
              reason: ruling.reason,
            },
          }),
        ),
        total,
        offset,
        limit,
      };
    },

    decideDifference: async (user, { key, reason, decision, ...of }) => {
      if (!can(user, 'quarantine.decide', inTheme(of))) throw forbidden('quarantine.decide');
      const subject = `${of.source}.${of.dataset}:${of.kind}:${of.column}`;
      return carryOut(user, { key, action: `drift.${decision}`, subject, detail: { key, reason } }, async () => {
        const { entities } = await warehouse().driftDesk.decide(of, decision, { by: user.id, reason });
        return { selected: 1, done: 1, left: 0, batches: [], entities };
      });
    },
  };
}

/** Source and dataset of a batch id, `grid.resident.00000001.…`. */
function datasetOf(batch: string): { source: string; dataset: string } {
  const [source = '', dataset = ''] = batch.split('.');
  return { source, dataset };
}

function subjectOf(selection: RecordSelection): string {
  const of = 'filter' in selection ? selection.filter : datasetOf(selection.places[0]?.batch ?? '');
  return `${of.source}.${of.dataset}`;
}

function asSelection(selection: RecordSelection): Selection {
  return 'filter' in selection ? { filter: present(selection.filter) } : selection;
}

function asJson(selection: RecordSelection): JsonObject {
  return JSON.parse(JSON.stringify(selection)) as JsonObject;
}

/** Without the keys that have no value. */
function present<T extends object>(of: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined)) as never;
}

/** The warehouse's civil time (`2026-11-22 09:30:00`) as a timestamp. */
function civil(time: string): string {
  return civilTimestamp(new Date(`${time.replace(' ', 'T')}+08:00`));
}

function shown(value: JsonObject[string]): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
