import type { Message } from '../core/index.ts';
import type { FormColumn } from './plan.ts';
import type { SnapshotCell } from './snapshot-rows.ts';

/** Why a cell is asked, in a sentence for the clerk. */
export function reasonFor(column: FormColumn, cell: SnapshotCell, asOf: string, source: Message | undefined): Message {
  if (column.source === 'indicator') return indicatorReason(column, cell);
  if (column.source === 'measure') return measureReason(cell);
  if (cell.class === 'm') {
    return column.source === 'manual'
      ? { zh: '只有本表用到，没有系统掌握，请填写。', en: 'Only this form uses it and no system holds it; fill it in.' }
      : {
          zh: '各系统都没有这一项，请填写；确实没有请选“无”。',
          en: 'No system holds it; fill it in, or answer "none".',
        };
  }
  const [zh, en] = [source?.zh ?? '来源不详', source?.en ?? 'an unknown source'];
  if (cell.class === 'c') {
    return {
      zh: `不同来源的说法不一致，暂按${zh}的值。请核实。`,
      en: `Sources disagree; the value shown is that of ${en}. Check it.`,
    };
  }
  if (cell.observed === null) {
    return { zh: `${zh}的值不知何时采集。请核实。`, en: `It is not known when ${en} observed this. Check it.` };
  }
  const days = Math.round((Date.parse(asOf) - Date.parse(cell.observed)) / 86_400_000);
  return {
    zh: `${zh}于 ${cell.observed} 采集，已过 ${days} 天，超出 ${column.ttlDays} 天的有效期。请核实是否仍然如此。`,
    en: `Observed by ${en} on ${cell.observed}, ${days} days ago; it stays good for ${column.ttlDays}. Check that it still holds.`,
  };
}

function measureReason(cell: SnapshotCell): Message {
  if (cell.class === 'm') {
    return {
      zh: '该期有月份缺数，合计不完整。请核实并填写全期的数。',
      en: 'Some months of the period are incomplete. Check and give the figure of the whole period.',
    };
  }
  return {
    zh: '该期有月份的分项与合计对不上，无法判断哪项有误。请核实这个数。',
    en: 'In some months of the period the parts do not add up to the total. Check the figure.',
  };
}

function indicatorReason({ indicator }: FormColumn, { inputs = 0, doubtful = 0 }: SnapshotCell): Message {
  if (indicator!.askAbove < 0) {
    return {
      zh: '各系统得知这一项太晚或太粗，统计数只供参考。请按实际情况填写。',
      en: 'Systems hear of this too late or too roughly; the number counted is only a hint. Give the number as it is.',
    };
  }
  if (doubtful <= indicator!.askAbove * inputs) {
    return {
      zh: `从 ${inputs} 条记录中数出，人数少；只由一个系统登记的项目偶有笔误，同一户的登记也可能不一致，会使这个数超出允许误差。请按实际情况填写。`,
      en: `A small number out of ${inputs} records. Slips in what one system alone keeps, or a household whose records disagree, may carry it past the tolerance. Give the number as it is.`,
    };
  }
  return {
    zh: `由 ${inputs} 条记录统计得出，其中 ${doubtful} 条缺项、过期或有冲突。请核实这个数。`,
    en: `Counted from ${inputs} records, ${doubtful} of which are incomplete, out of date or in conflict. Check the number.`,
  };
}
