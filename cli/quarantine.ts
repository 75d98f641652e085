// Over the usual size: the commands of one desk, which share what they select by.
import type { Selection } from '../warehouse/index.ts';
import { asOption } from './acting-as.ts';
import type { Command, CommandContext, CommandOption } from './command.ts';
import { argumentMissing, badOption } from './errors.ts';
import { type OpenedWarehouse, withWarehouse } from './open-warehouse.ts';
import { dataOption, jsonOption } from './settings.ts';
import { textTable } from './sql-table.ts';
import { wholeNumber } from './warehouse.ts';

const text = (value: string, zh: string, en: string): CommandOption => ({ type: 'string', value, help: { zh, en } });

const FILTERS = {
  source: text('NAME', '来源，如 grid', 'the source, like grid'),
  dataset: text('NAME', '数据集，如 resident', 'the dataset, like resident'),
  rule: text('RULE', '规则，如 idNo:check', 'the rule, like idNo:check'),
  batch: text('ID', '批次编号', 'the batch'),
  text: text('TEXT', '原始记录里含有的文字', 'text that the raw record has'),
} as const;

const REASON = text('TEXT', '原因，必填', 'why; required');

const list: Command = {
  name: 'quarantine list',
  usage:
    'quarantine list [--source S] [--dataset D] [--rule R] [--batch ID] [--text T] [--state open] [--limit N] [--json]',
  summary: {
    zh: '隔离区：各规则多少条、整批拦下的、以及原始记录',
    en: 'the quarantine: how many by rule, stopped batches, and the raw records',
  },
  options: {
    data: dataOption,
    json: jsonOption,
    ...FILTERS,
    state: { ...text('STATE', 'open、fixed 或 dismissed', 'open, fixed or dismissed'), default: 'open' },
    limit: { ...text('N', '最多列几条（1–1000）', 'records at most (1–1000)'), default: '20' },
  },
  examples: ['fillonce quarantine list', 'fillonce quarantine list --source grid --rule idNo:check --limit 5 --json'],
  run: (context) =>
    withWarehouse(context, async ({ warehouse }) => {
      const { options, stdout } = context;
      const state = stateOf(options.state);
      const limit = wholeNumber(options.limit, 'limit', 1, 1000);
      const { records, total } = await warehouse.quarantine.list({ ...filtersOf(context), state, limit });
      const rules = await warehouse.quarantine.summary();
      const blocked = (await warehouse.quarantine.blocked()).filter((batch) => batch.state === 'open');
      if (options.json) {
        stdout.write(`${JSON.stringify({ rules, blocked, total, records })}\n`);
        return 0;
      }
      stdout.write(
        textTable(
          ['source', 'dataset', 'rule', 'records'],
          rules.map(({ source, dataset, rule, rows }) => [source, dataset, rule, rows]),
        ),
      );
      for (const { batch, rows, reason } of blocked) {
        stdout.write(`! ${batch}  ${rows} 条整批拦下 · records stopped: ${reason}\n`);
      }
      stdout.write(`\n${state}: ${total} 条 · records\n`);
      for (const { batch, row, rules: broken, raw } of records) {
        stdout.write(`${batch} ${row}  ${broken.join(' ')}  ${raw.slice(0, 200)}\n`);
      }
      return 0;
    }),
};

const show: Command = {
  name: 'quarantine show',
  usage: 'quarantine show BATCH ROW [--data DIR] [--json]',
  summary: { zh: '一条隔离记录的全部内容', en: 'one quarantined record in full' },
  options: { data: dataOption, json: jsonOption },
  examples: ['fillonce quarantine show grid.resident.00000007.0123456789abcdef 12'],
  run: (context) =>
    withWarehouse(context, async ({ warehouse }) => {
      const [batch, row] = context.args;
      if (batch === undefined || row === undefined)
        throw argumentMissing(show.usage, { zh: '批次与行号', en: 'BATCH ROW' });
      const record = await warehouse.quarantine.record({ batch, row: wholeNumber(row, 'ROW', 1, 999_999_999) });
      if (record === null)
        throw badOption('ROW', `${batch} ${row}`, { zh: '隔离区中的记录', en: 'a record in quarantine' });
      if (context.options.json) context.stdout.write(`${JSON.stringify(record)}\n`);
      else {
        const { raw, rules, state, reason, decided_by: by, received_at: at } = record;
        context.stdout.write(`${batch} ${row}\n${at}  ${rules.join(' ')}  ${state} ${by ?? ''} ${reason ?? ''}\n`);
        context.stdout.write(`${JSON.stringify(JSON.parse(raw), null, 2)}\n`);
      }
      return 0;
    }),
};

const fix: Command = {
  name: 'quarantine fix',
  usage:
    'quarantine fix (BATCH ROW | --source S --dataset D [--rule R]) --set EXPRESSION [--apply --reason TEXT] [--as USER] [--json]',
  summary: {
    zh: '用表达式修复一条或上千条：不加 --apply 只试算，加了才收入并发布',
    en: 'mend one or a thousand records by expression: a preview without --apply; with it they are let in and published',
  },
  options: {
    data: dataOption,
    json: jsonOption,
    ...FILTERS,
    set: text('EXPRESSION', "如 idNo = 大写(替换(idNo, '!', ''))", "like idNo = upper(replace(idNo, '!', ''))"),
    as: asOption,
    apply: { type: 'boolean', help: { zh: '应用；不加只试算', en: 'do it; without it, it is worked out only' } },
    reason: REASON,
  },
  examples: [
    `fillonce quarantine fix --source grid --dataset resident --rule idNo:check --set "idNo = upper(trim(idNo))"`,
    `fillonce quarantine fix --source grid --dataset resident --set "idNo = 半角(idNo)" --apply --reason 全角数字`,
  ],
  run: (context) =>
    withWarehouse(context, async (opened) => {
      const { options, stdout } = context;
      if (typeof options.set !== 'string') throw argumentMissing(fix.usage, { zh: '表达式', en: '--set EXPRESSION' });
      const expression = options.set;
      const selection = selectionOf(context, fix);
      // An expression can copy any column into any other, also in a preview.
      opened.must('quarantine.decide', datasetOf(selection), true);
      const steps = [{ op: 'compute' as const, expression }];
      const preview = await opened.warehouse.quarantine.preview(selection, steps, 10);
      if (!options.apply) {
        if (options.json) stdout.write(`${JSON.stringify({ applied: false, ...preview })}\n`);
        else {
          for (const { before, after, breaks } of preview.samples) {
            const changed = Object.keys(after).filter((column) => before[column] !== after[column]);
            for (const column of changed)
              stdout.write(`${column}: ${shown(before[column])} → ${shown(after[column])}\n`);
            if (breaks.length > 0) stdout.write(`  ✗ ${breaks.join(' ')}\n`);
          }
          for (const { rule, rows } of preview.left) stdout.write(`✗ ${rule}: ${rows}\n`);
          stdout.write(
            `${preview.passing} / ${preview.selected} 条改后通过；加 --apply --reason 原因 应用 · pass; add --apply --reason TEXT to do it\n`,
          );
        }
        return preview.passing > 0 ? 0 : 1;
      }
      return mend(context, opened, selection, {
        steps,
        action: 'quarantine.fix',
        reason: reasonOf(context, fix),
        expected: preview.selected,
        detail: { expression },
      });
    }),
};

const replay: Command = {
  name: 'quarantine replay',
  usage: 'quarantine replay (BATCH ROW | --source S --dataset D [--rule R]) --reason TEXT [--as USER] [--json]',
  summary: {
    zh: '把记录原样再按契约核对一次，通过的收入并发布',
    en: 'hold records against their contract again as they came; those that pass are let in and published',
  },
  options: { data: dataOption, json: jsonOption, ...FILTERS, as: asOption, reason: REASON },
  examples: ['fillonce quarantine replay --source grid --dataset resident --reason 契约已放宽'],
  run: (context) =>
    withWarehouse(context, async (opened) => {
      const selection = selectionOf(context, replay);
      opened.must('quarantine.decide', datasetOf(selection), true);
      const reason = reasonOf(context, replay);
      return mend(context, opened, selection, { steps: [], action: 'quarantine.replay', reason, detail: {} });
    }),
};

const dismiss: Command = {
  name: 'quarantine dismiss',
  usage: 'quarantine dismiss (BATCH [ROW] | --source S --dataset D [--rule R]) --reason TEXT [--as USER] [--json]',
  summary: {
    zh: '不收这些记录；只给批次编号则整批不收，原因必填',
    en: 'leave records out, with a reason; a batch alone leaves a stopped batch out',
  },
  options: { data: dataOption, json: jsonOption, ...FILTERS, as: asOption, reason: REASON },
  examples: [
    'fillonce quarantine dismiss --source grid --dataset resident --rule residentId:required --reason 测试数据',
  ],
  run: (context) =>
    withWarehouse(context, async ({ warehouse, by, must, writeDown }) => {
      const reason = reasonOf(context, dismiss);
      const [batch, row] = context.args;
      let dismissed = 1;
      if (batch !== undefined && row === undefined) {
        must('quarantine.decide', datasetOfBatch(batch), false);
        await writeDown({ action: 'quarantine.refuse', subject: batch, detail: { reason } });
        await warehouse.quarantine.dismissBatch(batch, { by, reason });
      } else {
        const selection = selectionOf(context, dismiss);
        // To search the hidden text would give it away one guess at a time.
        const searched = 'filter' in selection && selection.filter.text !== undefined;
        must('quarantine.decide', datasetOf(selection), searched);
        await writeDown({ action: 'quarantine.dismiss', subject: subjectOf(selection), detail: { reason } });
        dismissed = await warehouse.quarantine.dismissAll(selection, { by, reason });
      }
      const said = context.options.json ? JSON.stringify({ dismissed }) : `${dismissed} 已标为不收 · dismissed`;
      context.stdout.write(`${said}\n`);
      return 0;
    }),
};

const release: Command = {
  name: 'quarantine release',
  usage: 'quarantine release BATCH --reason TEXT [--as USER] [--json]',
  summary: { zh: '放行整批拦下的一批并发布', en: 'let a stopped batch in and publish' },
  options: { data: dataOption, json: jsonOption, as: asOption, reason: REASON },
  examples: ['fillonce quarantine release grid.resident.00000007.0123456789abcdef --reason 来源已确认'],
  run: (context) =>
    withWarehouse(context, async ({ warehouse, by, must, writeDown, publish }) => {
      const [batch] = context.args;
      if (batch === undefined) throw argumentMissing(release.usage, { zh: '批次编号', en: 'BATCH' });
      must('quarantine.decide', datasetOfBatch(batch), false);
      const reason = reasonOf(context, release);
      await writeDown({ action: 'quarantine.release', subject: batch, detail: { reason } });
      await warehouse.quarantine.accept(batch, { by, reason });
      const publication = await publish();
      const said = context.options.json ? JSON.stringify({ batch, publication }) : `✓ ${batch} → ${publication}`;
      context.stdout.write(`${said}\n`);
      return 0;
    }),
};

/** Mends what is selected, tells how far it is, and publishes what passed. */
async function mend(
  { options, stdout }: CommandContext,
  { warehouse, by, tell, writeDown, publish }: OpenedWarehouse,
  selection: Selection,
  how: {
    readonly steps: Parameters<typeof warehouse.quarantine.fix>[1];
    readonly action: string;
    readonly reason: string;
    readonly expected?: number;
    readonly detail: Readonly<Record<string, string>>;
  },
): Promise<number> {
  const { steps, action, reason, expected, detail } = how;
  await writeDown({ action, subject: subjectOf(selection), detail: { reason, ...detail } });
  const outcome = await warehouse.quarantine.fix(
    selection,
    steps,
    { by, reason },
    { onProgress: (done, of) => tell(`${done} / ${of}`), ...(expected === undefined ? {} : { expected }) },
  );
  const publication = outcome.passed > 0 ? await publish(outcome.entities) : null;
  if (options.json) stdout.write(`${JSON.stringify({ applied: true, ...outcome, publication })}\n`);
  else {
    const { passed, left } = outcome;
    stdout.write(
      `✓ ${passed} 条通过并收入，${left} 条留下 · let in, ${left} left${publication ? ` → ${publication}` : ''}\n`,
    );
  }
  return outcome.passed > 0 ? 0 : 1;
}

function filtersOf({ options }: CommandContext): Partial<Record<keyof typeof FILTERS, string>> {
  const found: Partial<Record<keyof typeof FILTERS, string>> = {};
  for (const name of Object.keys(FILTERS) as (keyof typeof FILTERS)[]) {
    const value = options[name];
    if (typeof value === 'string') found[name] = value;
  }
  return found;
}

/** One record by place, or all open ones of a dataset by filter; never everything by accident. */
function selectionOf(context: CommandContext, command: Command): Selection {
  const [batch, row] = context.args;
  if (batch !== undefined && row !== undefined) {
    return { places: [{ batch, row: wholeNumber(row, 'ROW', 1, 999_999_999) }] };
  }
  const filter = filtersOf(context);
  if (filter.source === undefined || filter.dataset === undefined) {
    throw argumentMissing(command.usage, {
      zh: '“批次 行号”，或 --source 与 --dataset',
      en: 'BATCH ROW, or --source and --dataset',
    });
  }
  return { filter };
}

function datasetOf(selection: Selection): { source: string; dataset: string } {
  if (!('filter' in selection)) return datasetOfBatch(selection.places[0]?.batch ?? '');
  const { source = '', dataset = '' } = selection.filter;
  return { source, dataset };
}

function datasetOfBatch(batch: string): { source: string; dataset: string } {
  const [source = '', dataset = ''] = batch.split('.');
  return { source, dataset };
}

function subjectOf(selection: Selection): string {
  const { source, dataset } = datasetOf(selection);
  return `${source}.${dataset}`;
}

function reasonOf({ options }: CommandContext, command: Command): string {
  const reason = typeof options.reason === 'string' ? options.reason.trim() : '';
  if (reason.length < 2) throw argumentMissing(command.usage, { zh: '原因', en: '--reason TEXT' });
  return reason;
}

function stateOf(value: unknown): 'open' | 'fixed' | 'dismissed' {
  if (value === 'open' || value === 'fixed' || value === 'dismissed') return value;
  throw badOption('state', String(value), { zh: 'open、fixed 或 dismissed', en: 'open, fixed or dismissed' });
}

function shown(value: unknown): string {
  return value === null || value === undefined ? '∅' : String(value);
}

/** The commands of the quarantine desk. */
export const quarantineCommands: readonly Command[] = [list, show, fix, replay, dismiss, release];
