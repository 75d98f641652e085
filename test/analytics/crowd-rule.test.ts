import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CrowdTransition, createCrowdRule, readCrowdState } from '../../analytics/detection/crowd-rule.ts';
import type { CarrierCount } from '../../analytics/detection/crowd-window.ts';
import { civilTimestamp } from '../../core/civil-time.ts';

const BIN_MS = 300_000;
const START_MS = Date.parse('2026-11-22T09:00:00+08:00');
const ZONE = { code: 'Z1', name: '广场', orgPath: '310199/001/c05/g03', limit: 100 };

const minute = (bin: number) => new Date(START_MS + bin * BIN_MS);
const at = (bin: number) => civilTimestamp(minute(bin)).slice(11, 16);

/** `120` three carriers together; `120!` one carrier only; `_` no bin; `120s` the third carrier suppressed. */
function countsOf(text: string, bin: number, zone = 'Z1'): CarrierCount[] {
  if (text === '_') return [];
  const persons = Number.parseInt(text, 10);
  const start = civilTimestamp(minute(bin));
  const count = (carrier: string, of: number | null, suppressed = false) => ({
    zone,
    start,
    carrier,
    persons: of,
    suppressed,
  });
  if (text.endsWith('!')) return [count('移动', persons)];
  if (text.endsWith('s')) return [count('移动', persons), count('联通', 0), count('电信', null, true)];
  const half = Math.floor(persons / 2);
  return [count('移动', half), count('联通', persons - half), count('电信', 0)];
}

const brief = (transition: CrowdTransition) =>
  `${transition.at.slice(11, 16)} ${transition.subject} ${transition.kind} ${transition.value}`;

/** Feeds a row of bins one by one, each when it ends, and notes what the rule answered. */
function play(series: string): string[] {
  const rule = createCrowdRule({ zones: [ZONE] });
  return series
    .trim()
    .split(/\s+/)
    .flatMap((text, bin) => rule.observe(countsOf(text, bin), minute(bin + 1)).map(brief));
}

describe('a zone', () => {
  test.each([
    ['that is never over its limit stays quiet', '50 80 99 99 70', []],
    ['over for one bin is noise', '50 120 50 120 50', []],
    ['over for two bins in a row opens', '50 120 130', ['09:10 Z1 opened 130']],
    ['tells the higher of the two bins', '50 130 120', ['09:10 Z1 opened 130']],
    ['exactly at its limit is over', '100 100', ['09:05 Z1 opened 100']],
    ['is not opened twice', '120 120 120 120', ['09:05 Z1 opened 120']],
    ['tells a new peak', '120 120 140 141 150', ['09:05 Z1 opened 120', '09:10 Z1 raised 140', '09:20 Z1 raised 150']],
    ['between 90 and 100 % stays open', '120 120 95 95 95', ['09:05 Z1 opened 120']],
    ['below 90 % for one bin stays open', '120 120 80 95 80 95', ['09:05 Z1 opened 120']],
    ['below 90 % for two bins clears', '120 120 80 70', ['09:05 Z1 opened 120', '09:15 Z1 cleared 70']],
    ['exactly at 90 % does not clear', '120 120 90 90', ['09:05 Z1 opened 120']],
    [
      'opens again after it cleared',
      '120 120 80 70 120 120',
      ['09:05 Z1 opened 120', '09:15 Z1 cleared 70', '09:25 Z1 opened 120'],
    ],
    ['with a gap between two bins over the limit does not open', '120 _ 120', []],
    ['with a gap between two bins below does not clear', '120 120 80 _ 80', ['09:05 Z1 opened 120']],
    ['over the limit with one carrier alone opens', '120! 120!', ['09:05 Z1 opened 120']],
    ['with missing carriers does not clear', '120 120 10! 10! 10!', ['09:05 Z1 opened 120']],
    ['with an incomplete bin between two bins over opens', '120 30! 120', ['09:10 Z1 opened 120']],
    ['counts a suppressed carrier as 15', '84s 84s 85s 85s', ['09:15 Z1 opened 100']],
  ])('%s', (_, series, expected) => {
    expect(play(series)).toEqual(expected);
  });
});

describe('silence', () => {
  test('is told once, clears nothing, and ends with the next bin', () => {
    const rule = createCrowdRule({ zones: [ZONE, { ...ZONE, code: 'Z2', name: '公园' }], noDataBins: 3 });
    const told: string[] = [];
    const feed = (bin: number, one: string, two: string) =>
      told.push(
        ...rule
          .observe([...countsOf(one, bin), ...countsOf(two, bin, 'Z2')], minute(bin + 1))
          .map((transition) => `@${at(bin + 1)} ${brief(transition)}`),
      );
    feed(0, '120', '10');
    feed(1, '120', '10');
    for (let bin = 2; bin < 8; bin++) feed(bin, '_', '10');
    expect(rule.levels()[0]).toMatchObject({ zone: 'Z1', ring: 'core', noData: true, open: true });
    feed(8, '50', '10');
    expect(rule.levels()[0]).toMatchObject({ noData: false, open: true });
    feed(9, '50', '10');
    expect(told).toEqual(['@09:10 09:05 Z1 opened 120', '@09:25 09:05 Z1 no_data 120', '@09:50 09:45 Z1 cleared 50']);
  });

  test('of the whole feed is one message, beside those of standing incidents', () => {
    const zones = ['Z1', 'Z2', 'Z3'].map((code, i) => ({ ...ZONE, code, orgPath: `310199/001/c0${i}` }));
    const rule = createCrowdRule({ zones, noDataBins: 2 });
    for (const bin of [0, 1]) {
      rule.observe(
        [...countsOf('120', bin), ...countsOf('10', bin, 'Z2'), ...countsOf('10', bin, 'Z3')],
        minute(bin + 1),
      );
    }
    const told = [2, 3, 4, 5, 6].flatMap((bin) => rule.tick(minute(bin)));
    expect(told.map(brief)).toEqual(['09:05 Z1 no_data 120', '09:05 * no_data 0']);
    expect(told[1]?.orgPath).toBe('310199/001');
  });

  test('before the first bin is no alert', () => {
    const rule = createCrowdRule({ zones: [ZONE] });
    expect(rule.tick(minute(1000))).toEqual([]);
    expect(rule.levels()).toEqual([{ zone: 'Z1', ring: null, noData: true, open: false, persons: null, at: null }]);
  });
});

describe('bins that come late, twice or in disorder', () => {
  test('a late bin completes the two that open', () => {
    const rule = createCrowdRule({ zones: [ZONE] });
    expect(rule.observe(countsOf('120', 0), minute(1))).toEqual([]);
    expect(rule.observe(countsOf('95', 2), minute(3))).toEqual([]);
    expect(rule.observe(countsOf('120', 1), minute(4)).map(brief)).toEqual(['09:05 Z1 opened 120']);
  });

  test('a crowd that is only known when it is over is told from its start to its end, once', () => {
    const rule = createCrowdRule({ zones: [ZONE] });
    rule.observe([...countsOf('50', 3), ...countsOf('50', 2)], minute(4));
    const late = [...countsOf('120', 0), ...countsOf('130', 1)];
    expect(rule.observe(late, minute(4)).map(brief)).toEqual(['09:05 Z1 opened 130', '09:15 Z1 cleared 50']);
    expect(rule.observe(late, minute(4))).toEqual([]);
    expect(rule.observe(countsOf('50', 4), minute(5))).toEqual([]);
  });

  test('a correction takes a crowd back', () => {
    const rule = createCrowdRule({ zones: [ZONE] });
    rule.observe(countsOf('120', 0), minute(1));
    expect(rule.observe(countsOf('120', 1), minute(2)).map(brief)).toEqual(['09:05 Z1 opened 120']);
    const corrected = [...countsOf('50', 0), ...countsOf('50', 1), ...countsOf('50', 2)];
    expect(rule.observe(corrected, minute(3)).map(brief)).toEqual(['09:10 Z1 cleared 50']);
  });

  test('a bin older than the window changes nothing', () => {
    const rule = createCrowdRule({ zones: [ZONE], windowBins: 4 });
    for (let bin = 10; bin < 20; bin++) rule.observe(countsOf('50', bin), minute(bin + 1));
    expect(rule.observe([...countsOf('120', 10), ...countsOf('120', 11)], minute(20))).toEqual([]);
  });

  test('history is taken in silently; a crowd that still stands at its end is told', () => {
    const rule = createCrowdRule({ zones: [ZONE], windowBins: 4 });
    const history = '120 120 50 50 120 120 50 50 50 50 120 120'.split(' ');
    const told = history.flatMap((text, bin) => rule.observe(countsOf(text, bin), minute(1000)));
    expect(told).toEqual([]);
    expect(rule.observe(countsOf('120', 12), minute(13)).map(brief)).toEqual(['09:55 Z1 opened 120']);
  });

  test('bring the same end in any order, any number of times, and across restarts', () => {
    const level = fc.constantFrom('50', '95', '120', '150', '60!', '_');
    fc.assert(
      fc.property(
        fc.array(level, { minLength: 1, maxLength: 20 }),
        fc.infiniteStream(fc.nat()),
        fc.boolean(),
        (series, random, restart) => {
          const counts = series.flatMap((text, bin) => countsOf(text, bin));
          const now = minute(series.length);
          const whole = createCrowdRule({ zones: [ZONE] });
          whole.observe(counts, now);
          const shuffled = [...counts, ...counts]
            .map((count) => ({ count, order: random.next().value }))
            .sort((a, b) => a.order - b.order);
          let piecewise = createCrowdRule({ zones: [ZONE] });
          let open = 0;
          for (const { count } of shuffled) {
            for (const { kind } of piecewise.observe([count], now))
              open += kind === 'opened' ? 1 : kind === 'cleared' ? -1 : 0;
            expect(open === 0 || open === 1).toBe(true);
            if (restart) {
              const state = readCrowdState(JSON.parse(JSON.stringify(piecewise.state())));
              piecewise = createCrowdRule({ zones: [ZONE], state: state! });
            }
          }
          expect(piecewise.levels()).toEqual(whole.levels());
          expect(open).toBe(piecewise.levels()[0]!.open ? 1 : 0);
        },
      ),
    );
  });
});

test('rings are left at 90 % of their own threshold', () => {
  const rule = createCrowdRule({ zones: [ZONE] });
  const rings = '50 60 60 80 80 100 100 91 91 89 89 71 71 53 53'.split(' ').map((text, bin) => {
    rule.observe(countsOf(text, bin), minute(bin + 1));
    return rule.levels()[0]!.ring;
  });
  expect(rings).toEqual([
    null,
    null,
    'warning',
    'warning',
    'control',
    'control',
    'core',
    'core',
    'core',
    'core',
    'control',
    'control',
    'warning',
    'warning',
    null,
  ]);
});

test('a state that is not one is refused', () => {
  expect(readCrowdState({ zones: {} })).toBe(null);
  expect(readCrowdState(null)).toBe(null);
});
