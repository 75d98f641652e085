import { loadCatalogue } from '../core/index.ts';
import { identityOf, loadContracts, type PairName, type Proposal } from '../warehouse/index.ts';
import { asOption } from './acting-as.ts';
import type { Command, CommandContext, CommandOption } from './command.ts';
import { argumentMissing } from './errors.ts';
import { type OpenedWarehouse, withWarehouse } from './open-warehouse.ts';
import { dataOption, jsonOption } from './settings.ts';
import { textTable } from './sql-table.ts';
import { wholeNumber } from './warehouse.ts';

const text = (value: string, zh: string, en: string): CommandOption => ({ type: 'string', value, help: { zh, en } });
const REASON = text('TEXT', '原因，必填', 'why; required');
const LIMIT = { ...text('N', '最多列几条（1–1000）', 'at most so many (1–1000)'), default: '20' };

const list: Command = {
  name: 'matching list',
  usage: 'matching list [--limit N] [--json]',
  summary: {
    zh: '没有可用主键的记录，各自最像哪个主体，得分与理由',
    en: 'records without a usable key, whom each resembles most, and why',
  },
  options: { data: dataOption, json: jsonOption, limit: LIMIT },
  examples: ['fillonce matching list --json'],
  run: (context) =>
    withWarehouse(context, async ({ warehouse }) => {
      const { options, stdout } = context;
      const pairs = await warehouse.matching.pairs(wholeNumber(options.limit, 'limit', 1, 1000));
      const shown = pairs.map(({ keyless, ...pair }) => ({ identity: identityOf(keyless), ...pair, raw: keyless.raw }));
      if (options.json) stdout.write(`${JSON.stringify({ pairs: shown })}\n`);
      else {
        const rows = shown.map(({ identity, key, verdict, score, features }) => [
          identity,
          key,
          verdict,
          score,
          reasons(features),
        ]);
        stdout.write(textTable(['record', 'entity', 'verdict', 'score', 'why'], rows));
      }
      return 0;
    }),
};

const link: Command = {
  name: 'matching link',
  usage: 'matching link --reason TEXT [--as USER] [--json]',
  summary: { zh: '把确定的配对全部归并并发布', en: 'link every certain pair and publish' },
  options: { data: dataOption, json: jsonOption, as: asOption, reason: REASON },
  examples: ['fillonce matching link --reason 月度归并'],
  run: (context) =>
    withWarehouse(context, async (opened) => {
      const reason = reasonOf(context, link);
      // It links in all themes at once.
      for (const entity of ['person', 'enterprise', 'dwelling']) mustDecide(opened, `${entity}:`);
      await opened.writeDown({ action: 'matching.link', subject: 'certain', detail: { reason } });
      return told(context, opened, await opened.warehouse.matching.link({ by: opened.by, reason }));
    }),
};

const decide: Command = {
  name: 'matching decide',
  usage: 'matching decide RECORD ENTITY same|different --reason TEXT [--as USER] [--json]',
  summary: { zh: '判定一对：同一主体或不同主体', en: 'decide a pair: the same entity, or not' },
  options: { data: dataOption, json: jsonOption, as: asOption, reason: REASON },
  examples: ['fillonce matching decide civil.person:310199198005120011 310199198005120012 same --reason 电话核实'],
  run: (context) =>
    withWarehouse(context, async (opened) => {
      const pair = pairOf(context, decide);
      const verdict = context.args[2];
      if (verdict !== 'same' && verdict !== 'different') {
        throw argumentMissing(decide.usage, { zh: 'same 或 different', en: 'same or different' });
      }
      const reason = reasonOf(context, decide);
      mustDecide(opened, pair.identity);
      await opened.writeDown({ action: `matching.${verdict}`, subject: pair.key, detail: { ...pair, reason } });
      return told(context, opened, await opened.warehouse.matching.decide(pair, verdict, { by: opened.by, reason }));
    }),
};

const split: Command = {
  name: 'matching split',
  usage: 'matching split RECORD ENTITY --reason TEXT [--as USER] [--json]',
  summary: { zh: '撤销一次归并或合并：记录回到隔离区，主记录重新分开', en: 'take a link or a merge back' },
  options: { data: dataOption, json: jsonOption, as: asOption, reason: REASON },
  examples: ['fillonce matching split civil.person:310199198005120011 310199198005120012 --reason 同名不同人'],
  run: (context) =>
    withWarehouse(context, async (opened) => {
      const pair = pairOf(context, split);
      const reason = reasonOf(context, split);
      mustDecide(opened, pair.identity);
      await opened.writeDown({ action: 'matching.split', subject: pair.key, detail: { ...pair, reason } });
      return told(context, opened, await opened.warehouse.matching.split(pair, { by: opened.by, reason }));
    }),
};

const duplicates: Command = {
  name: 'matching duplicates',
  usage: 'matching duplicates [--limit N] [--json]',
  summary: {
    zh: '疑似同一主体的两条主记录，得分与理由',
    en: 'golden records that look like one entity, and why',
  },
  options: { data: dataOption, json: jsonOption, limit: LIMIT },
  examples: ['fillonce matching duplicates'],
  run: (context) =>
    withWarehouse(context, async ({ warehouse }) => {
      const { options, stdout } = context;
      const found = await warehouse.matching.duplicates(wholeNumber(options.limit, 'limit', 1, 1000));
      if (options.json) stdout.write(`${JSON.stringify({ duplicates: found })}\n`);
      else {
        const rows = found.map(({ entity, keep, drop, score, features }) => [
          entity,
          keep,
          drop,
          score,
          reasons(features),
        ]);
        stdout.write(textTable(['entity', 'keep', 'drop', 'score', 'why'], rows));
      }
      return 0;
    }),
};

const merge: Command = {
  name: 'matching merge',
  usage: 'matching merge KEEP DROP --reason TEXT [--entity person|enterprise] [--as USER] [--json]',
  summary: {
    zh: '两条主记录是同一主体：此后 DROP 的记录都算 KEEP 的',
    en: 'two golden records are one entity: what is known under DROP counts as known under KEEP',
  },
  options: {
    data: dataOption,
    json: jsonOption,
    as: asOption,
    reason: REASON,
    entity: { ...text('NAME', '主体种类', 'kind of entity'), default: 'person' },
  },
  examples: ['fillonce matching merge 31019919800512002X 310199198005120011 --reason 本人核实'],
  run: (context) =>
    withWarehouse(context, async (opened) => {
      const [keep, drop] = context.args;
      if (keep === undefined || drop === undefined) {
        throw argumentMissing(merge.usage, { zh: '保留的主键与并入的主键', en: 'KEEP DROP' });
      }
      const reason = reasonOf(context, merge);
      const pair = { identity: `${String(context.options.entity)}:${drop}`, key: keep };
      mustDecide(opened, pair.identity);
      await opened.writeDown({ action: 'matching.merge', subject: keep, detail: { ...pair, reason } });
      return told(context, opened, await opened.warehouse.matching.decide(pair, 'same', { by: opened.by, reason }));
    }),
};

const history: Command = {
  name: 'matching history',
  usage: 'matching history [--limit N] [--json]',
  summary: { zh: '谁在何时为何归并或拆分了什么', en: 'who linked or split what, when and why' },
  options: { data: dataOption, json: jsonOption, limit: LIMIT },
  examples: ['fillonce matching history --json'],
  run: (context) =>
    withWarehouse(context, async ({ warehouse }) => {
      const { options, stdout } = context;
      const decisions = await warehouse.matching.history(wholeNumber(options.limit, 'limit', 1, 1000));
      if (options.json) stdout.write(`${JSON.stringify({ decisions })}\n`);
      else {
        stdout.write(
          textTable(
            ['at', 'by', 'verdict', 'record', 'entity', 'why'],
            decisions.map(({ at, by, verdict, identity, key, reason, stands }) => [
              at,
              by,
              stands ? verdict : `(${verdict})`,
              identity,
              key,
              reason,
            ]),
          ),
        );
      }
      return 0;
    }),
};

function reasons(features: Proposal['features']): string {
  return features
    .filter(({ outcome }) => outcome !== 'unknown')
    .map(({ field, weight }) => `${field}${weight < 0 ? '' : '+'}${weight}`)
    .join(' ');
}

/** The user of `--as` must be allowed what the page of the platform asks for: both sides are shown in full. */
function mustDecide({ must }: OpenedWarehouse, identity: string): void {
  const [name = ''] = identity.split(':');
  const contracts = loadContracts(loadCatalogue());
  const of = contracts.get(name) ?? [...contracts.values()].find(({ entity }) => entity === name);
  const [source = '', dataset = ''] = name.split('.');
  must('quarantine.decide', of ?? { source, dataset }, true);
}

async function told(
  { options, stdout }: CommandContext,
  { publish }: OpenedWarehouse,
  outcome: Awaited<ReturnType<OpenedWarehouse['warehouse']['matching']['link']>>,
): Promise<number> {
  const publication = outcome.entities.length > 0 ? await publish(outcome.entities) : null;
  const { linked, doubtful, apart } = outcome;
  stdout.write(
    options.json
      ? `${JSON.stringify({ ...outcome, publication })}\n`
      : `✓ ${linked} 条已归并，${doubtful} 对待判定，${apart} 条无相似 · linked, to decide, apart${publication ? ` → ${publication}` : ''}\n`,
  );
  return 0;
}

function pairOf({ args }: CommandContext, command: Command): PairName {
  const [identity, key] = args;
  if (identity === undefined || key === undefined) {
    throw argumentMissing(command.usage, { zh: '记录与主体', en: 'RECORD ENTITY' });
  }
  return { identity, key };
}

function reasonOf({ options }: CommandContext, command: Command): string {
  const reason = typeof options.reason === 'string' ? options.reason.trim() : '';
  if (reason.length < 2) throw argumentMissing(command.usage, { zh: '原因', en: '--reason TEXT' });
  return reason;
}

/** The commands of matching. */
export const matchingCommands: readonly Command[] = [list, link, decide, split, duplicates, merge, history];
