import { existsSync, mkdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { instantOf, monthStart, partsOf, secondOf } from '../calendar.ts';
import type { SourceName } from '../endpoints.ts';
import type { Faults } from '../faults.ts';
import type { Gb18030Encoder } from '../formats/gb18030.ts';
import { writeXlsx } from '../formats/xlsx.ts';
import type { Progress } from '../progress.ts';
import { chance, mix } from '../random.ts';
import type { Timeline } from '../timeline.ts';
import { taxMonths } from '../truth/entities.ts';
import type { World } from '../truth/world.ts';
import { RATES } from './faults.ts';
import {
  type Extract,
  extract,
  marketCsv,
  marketRegister,
  type RegisterOn,
  taxMonthSheet,
  taxRegister,
  taxRegisterSheet,
} from './inbox-files.ts';
import type { TableParts } from './table.ts';

export interface InboxParts {
  readonly folder: string;
  readonly world: World;
  readonly timeline: Timeline;
  readonly faults: Faults;
  readonly progress: Progress;
  readonly tableParts: TableParts;
  readonly encode: Gb18030Encoder;
  readonly wanted: ReadonlySet<SourceName>;
}

export interface Inbox {
  advanced(): Promise<void>;
  close(): Promise<void>;
}

/** Offices close a month on the 3rd of the next, in the morning; one file in fifty comes ten days late. */
const CLOSING_DATE = 3;
const LATE_DAYS = 10;
const MARKET_MONTHS = 3;

/**
 * The tax office and market regulation drop one file a month: the newest of the first delivery holds the whole register, the
 * others what changed. A file is written as `.part`, then renamed, and never touched again.
 */
export async function openInbox(parts: InboxParts): Promise<Inbox> {
  const { folder, world, timeline, faults, progress } = parts;
  mkdirSync(folder, { recursive: true });
  const dueOn = (month: number, tag: number) => {
    const late = chance(mix(mix(world.seed, tag), month), RATES.lateDelivery / 2);
    return monthStart(month, 1) + CLOSING_DATE - 1 + (late ? LATE_DAYS : 0);
  };
  /** Months in order, with the days on which their files come. */
  const months = (first: number, tag: number) => {
    const list: { month: number; due: number }[] = [];
    for (let month = first; dueOn(month, tag) <= timeline.day(); month = monthStart(month, 1))
      list.push({ month, due: dueOn(month, tag) });
    return list;
  };

  function drop(name: string, due: number, make: () => Uint8Array): void {
    const file = join(folder, name);
    if (existsSync(file)) return;
    writeFileSync(`${file}.part`, make());
    const at = instantOf(secondOf(due) + 9 * 3600);
    utimesSync(`${file}.part`, at, at);
    renameSync(`${file}.part`, file);
  }

  /** Deliveries of a source up to now; each with what its register shows: the whole of it once, else what changed. */
  function deliveries(
    first: number,
    tag: number,
    registerOf: (parts: TableParts, world: World, base: number, due: number) => RegisterOn,
  ) {
    const list = months(first, tag);
    const whole = list.findLastIndex(({ due }) => due <= world.base);
    return list.map(({ month, due }, at) => ({
      month,
      due,
      text: world.calendar.month(month),
      register: (): Extract => {
        const last = list[at - 1]?.due ?? due - 30;
        if (at > whole)
          return extract(registerOf(parts.tableParts, world, list[whole]?.due ?? due, due), secondOf(last + 1));
        const register = registerOf(parts.tableParts, world, due, due);
        return at === whole ? extract(register, 0) : extract(register, 0, register.changedAfter(last));
      },
    }));
  }

  function dropTax(suffix = ''): void {
    const list = deliveries(taxMonths(world.base, world.base).first, 131, taxRegister);
    for (const { month, due, text, register } of suffix === '' ? list : list.slice(-1)) {
      const quirk = {
        changed: partsOf(month).month % 4 === 2,
        unknown: suffix !== '' && faults.has('tax', 'changed-column'),
      };
      drop(`tax-${text}${suffix}.xlsx`, due, () => {
        const taxes = taxMonthSheet(parts.tableParts, world, month, due, quirk);
        const taxpayers = taxRegisterSheet(register(), text, quirk);
        progress.served('tax', 'tax_month', taxes.records);
        progress.served('tax', 'taxpayer', taxpayers.records);
        return writeXlsx([taxpayers.sheet, taxes.sheet]);
      });
    }
  }

  function dropMarket(suffix = ''): void {
    const list = deliveries(monthStart(world.base, -MARKET_MONTHS), 132, marketRegister);
    for (const { month, due, text, register } of suffix === '' ? list : list.slice(-1)) {
      const quirk = {
        changed: partsOf(month).month % 3 === 1,
        unknown: suffix !== '' && faults.has('market', 'changed-column'),
      };
      drop(`market-enterprise-${text}${suffix}.csv`, due, () => {
        const csv = marketCsv(register(), text, quirk);
        progress.served('market', 'enterprise', csv.records);
        const garbled = suffix !== '' && faults.has('market', 'bad-encoding');
        return garbled ? Buffer.from(csv.text, 'utf16le') : parts.encode(csv.text);
      });
    }
  }

  function dropAll(): void {
    if (parts.wanted.has('tax') && !faults.has('tax', 'down')) dropTax();
    if (parts.wanted.has('market') && !faults.has('market', 'down')) dropMarket();
  }

  let extra = 0;
  faults.onChange(({ source, kind, on }) => {
    if (!on && kind === 'down') return dropAll();
    if (!on || (kind !== 'changed-column' && kind !== 'bad-encoding')) return;
    if (source === 'tax') dropTax(`-${++extra}`);
    if (source === 'market') dropMarket(`-${++extra}`);
  });
  dropAll();
  return { advanced: async () => dropAll(), close: async () => {} };
}
