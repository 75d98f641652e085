import { DRIFT_KINDS, type DriftKind } from '../warehouse/index.ts';
import { asOption } from './acting-as.ts';
import type { Command } from './command.ts';
import { argumentMissing, badOption } from './errors.ts';
import { withWarehouse } from './open-warehouse.ts';
import { dataOption, jsonOption } from './settings.ts';
import { textTable } from './sql-table.ts';

const list: Command = {
  name: 'drift list',
  usage: 'drift list [--all] [--data DIR] [--json]',
  summary: {
    zh: '来源的列与契约的差异：新增、缺少、改名、类型不符，从何时起，示例值',
    en: 'how the columns of sources differ from their contracts: new, missing, renamed, of another type; since when, with samples',
  },
  options: {
    data: dataOption,
    json: jsonOption,
    all: { type: 'boolean', help: { zh: '也列已处理的', en: 'decided ones too' } },
  },
  examples: ['fillonce drift list', 'fillonce drift list --all --json'],
  run: (context) =>
    withWarehouse(context, async ({ warehouse }) => {
      const page = { open: context.options.all !== true, offset: 0, limit: 100 };
      const { differences, total } = await warehouse.driftDesk.list(page);
      if (context.options.json) context.stdout.write(`${JSON.stringify({ total, differences })}\n`);
      else {
        context.stdout.write(
          textTable(
            ['dataset', 'kind', 'column', 'since', 'stopped', 'samples', 'decided'],
            differences.map((one) => [
              `${one.source}.${one.dataset}`,
              one.kind,
              one.column,
              one.since,
              one.blocked,
              one.samples.join(', '),
              one.ruling ? `${one.ruling.decision} ${one.ruling.by}: ${one.ruling.reason ?? ''}` : '',
            ]),
          ),
        );
        if (total > differences.length) context.stdout.write(`… ${total}\n`);
      }
      return 0;
    }),
};

const deciding = (word: 'accept' | 'refuse', zh: string, en: string): Command => {
  const usage = `drift ${word} SOURCE.DATASET KIND COLUMN --reason TEXT [--as USER] [--data DIR] [--json]`;
  return {
    name: `drift ${word}`,
    usage,
    summary: { zh, en },
    options: {
      data: dataOption,
      json: jsonOption,
      as: asOption,
      reason: { type: 'string', value: 'TEXT', help: { zh: '原因，必填', en: 'why; required' } },
    },
    examples: [`fillonce drift ${word} signal.headcount unknown mood --reason 来源已说明`],
    run: (context) =>
      withWarehouse(context, async ({ warehouse, by, must, writeDown, publish }) => {
        const [name, kind, column] = context.args;
        const [source, dataset] = (name ?? '').split('.');
        const reason = typeof context.options.reason === 'string' ? context.options.reason.trim() : '';
        if (!source || !dataset || !kind || !column || reason.length < 2) {
          throw argumentMissing(usage, { zh: '数据集、变化、列或原因', en: 'SOURCE.DATASET KIND COLUMN --reason' });
        }
        if (!isKind(kind)) {
          throw badOption('KIND', kind, { zh: DRIFT_KINDS.join('、'), en: DRIFT_KINDS.join(', ') });
        }
        must('quarantine.decide', { source, dataset }, false);
        const subject = `${source}.${dataset}:${kind}:${column}`;
        await writeDown({ action: `drift.${word}`, subject, detail: { reason } });
        const { entities } = await warehouse.driftDesk.decide({ source, dataset, kind, column }, word, { by, reason });
        const publication = entities.length > 0 ? await publish(entities) : null;
        const said = { subject, decision: word, publication };
        context.stdout.write(
          context.options.json
            ? `${JSON.stringify(said)}\n`
            : `✓ ${word} ${subject}${publication ? ` → ${publication}` : ''}\n`,
        );
        return 0;
      }),
  };
};

function isKind(kind: string): kind is DriftKind {
  return (DRIFT_KINDS as readonly string[]).includes(kind);
}

/** The commands about columns that came otherwise than promised. */
export const driftCommands: readonly Command[] = [
  list,
  deciding(
    'accept',
    '接受一个结构变化：因它拦下的批次补收并发布',
    'accept a change of columns: batches stopped for it are let in',
  ),
  deciding(
    'refuse',
    '拒绝一个结构变化：以后再出现就整批拦下',
    'refuse a change of columns: batches that show it from now on are stopped',
  ),
];
