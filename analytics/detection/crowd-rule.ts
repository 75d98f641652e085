import { z } from 'zod';
import { civilTimestamp } from '../../core/civil-time.ts';
import type { Message } from '../../core/errors.ts';
import { type CrowdEpisode, type CrowdRun, type CrowdThresholds, IDLE, runBins } from './crowd-run.ts';
import { type CarrierCount, type CrowdWindow, sumOf, withCount } from './crowd-window.ts';
import type { Ring } from './ring.ts';

export interface CrowdZone {
  readonly code: string;
  readonly name: string;
  readonly orgPath: string;
  /** The most people that may be there. */
  readonly limit: number;
}

export interface CrowdTransition {
  readonly rule: 'crowd';
  /** Zone code; `*` when the whole feed is silent. */
  readonly subject: string;
  readonly kind: 'opened' | 'raised' | 'cleared' | 'no_data';
  /** Civil time of the bin that decided; of the last bin for `no_data`. */
  readonly at: string;
  readonly value: number;
  readonly threshold: number;
  readonly ring: Ring;
  readonly orgPath: string;
  readonly title: Message;
}

/** How a zone stands now; `null`: below every ring. */
export interface ZoneLevel {
  readonly zone: string;
  readonly ring: Ring | null;
  /** No data for `noDataBins`: the ring is the last one known. */
  readonly noData: boolean;
  readonly open: boolean;
  readonly persons: number | null;
  readonly at: string | null;
}

export interface CrowdRuleOptions {
  readonly zones: readonly CrowdZone[];
  /** Length of a bin; 5 min unless told. */
  readonly binMs?: number;
  /** Carriers whose counts make a bin complete; 3 unless told. */
  readonly carriers?: number;
  /** A late bin counts while it lies among this many newest ones; 24 unless told. */
  readonly windowBins?: number;
  /** A zone without a bin for this many is in the state "no data"; 6 unless told. */
  readonly noDataBins?: number;
  /** What an earlier run of the rule answered to `state()`. */
  readonly state?: CrowdState;
}

export interface CrowdRule {
  /**
   * Takes counts in any order, late or repeated, and answers what changed. History is taken in silently: a bin that
   * ended longer ago than `noDataBins` opens nothing.
   */
  observe(counts: readonly CarrierCount[], now: Date): CrowdTransition[];
  /** Notices silence; call it once a bin, also when nothing comes. */
  tick(now: Date): CrowdTransition[];
  levels(): ZoneLevel[];
  setZones(zones: readonly CrowdZone[]): void;
  /** Everything that the rule remembers, as JSON. */
  state(): CrowdState;
}

interface ZoneMemory {
  /** Where the bins before the window left the zone. */
  base: CrowdRun;
  window: CrowdWindow;
  /** What has been told: the open episode, and the end of the last one. */
  told: { openSinceMs: number | null; peak: number; lastEndMs: number };
  /** True until the first fresh bin: only who was heard can fall silent. */
  noData: boolean;
}

const runSchema = z.object({
  lastMs: z.number(),
  persons: z.number(),
  above: z.array(z.number()).length(3),
  below: z.array(z.number()).length(3),
  ring: z.number().int().min(0).max(3),
  openSinceMs: z.number().nullable(),
  peak: z.number(),
});
const stateSchema = z.object({
  feedSilent: z.boolean(),
  zones: z.record(
    z.string(),
    z.object({
      base: runSchema,
      window: z.array(z.tuple([z.number(), z.record(z.string(), z.number())])),
      told: z.object({ openSinceMs: z.number().nullable(), peak: z.number(), lastEndMs: z.number() }),
      noData: z.boolean(),
    }),
  ),
});
export type CrowdState = z.infer<typeof stateSchema>;

/** A state that was kept, checked; null for anything else. */
export function readCrowdState(value: unknown): CrowdState | null {
  const result = stateSchema.safeParse(value);
  return result.success ? result.data : null;
}

/** A new peak is told when it exceeds the last one by this share. */
const RAISE_STEP = 0.05;
const RINGS: readonly (Ring | null)[] = [null, 'warning', 'control', 'core'];
const ALL = '*';

/**
 * Watches zones against their limits. A zone over its limit for two bins in a row opens an incident, a new peak raises
 * it, two complete bins in a row below 90 % of the limit clear it. The rings are the same with 60, 80 and 100 % of the
 * limit. Silence is a state of its own and clears nothing.
 *
 * @example
 * const rule = createCrowdRule({ zones, state });
 * for (const transition of rule.observe(counts, clock.now())) …
 */
export function createCrowdRule(options: CrowdRuleOptions): CrowdRule {
  const { binMs = 300_000, carriers = 3, windowBins = 24, noDataBins = 6 } = options;
  let zones = new Map(options.zones.map((zone) => [zone.code, zone]));
  const memory = new Map<string, ZoneMemory>(Object.entries(structuredClone(options.state?.zones ?? {})));
  let feedSilent = options.state?.feedSilent ?? true;

  function thresholds(zone: CrowdZone): CrowdThresholds {
    return { binMs, rings: [zone.limit * 0.6, zone.limit * 0.8, zone.limit] };
  }

  function remember(code: string): ZoneMemory {
    const known = memory.get(code);
    if (known) return known;
    const made: ZoneMemory = {
      base: IDLE,
      window: [],
      told: { openSinceMs: null, peak: 0, lastEndMs: Number.MIN_SAFE_INTEGER },
      noData: true,
    };
    memory.set(code, made);
    return made;
  }

  /** Puts the counts in; answers the zones that changed. */
  function take(counts: readonly CarrierCount[]): Set<string> {
    const changed = new Set<string>();
    for (const count of counts) {
      if (!zones.has(count.zone)) continue;
      const zone = remember(count.zone);
      const at = Date.parse(count.start);
      if (Number.isNaN(at)) continue;
      const startMs = Math.floor(at / binMs) * binMs;
      if (startMs <= zone.base.lastMs) continue;
      const window = withCount(zone.window, startMs, count);
      if (window === null) continue;
      zone.window = window;
      changed.add(count.zone);
      slide(zone, zones.get(count.zone)!);
    }
    return changed;
  }

  /** Bins that are too old to change any more are worked into the base. */
  function slide(zone: ZoneMemory, { code }: CrowdZone): void {
    const newest = zone.window.at(-1)?.[0] ?? 0;
    const settled = zone.window.filter(([startMs]) => startMs <= newest - windowBins * binMs);
    if (settled.length === 0) return;
    const { run, episodes } = runBins(zone.base, sumOf(settled, carriers), thresholds(zones.get(code)!));
    zone.base = run;
    zone.window = zone.window.slice(settled.length);
    // An episode that ended before anybody could be told is history.
    for (const episode of episodes) zone.told.lastEndMs = Math.max(zone.told.lastEndMs, episode.untilMs);
  }

  function tell(
    zone: CrowdZone,
    kind: CrowdTransition['kind'],
    atMs: number,
    value: number,
    ring: Ring,
  ): CrowdTransition {
    return {
      rule: 'crowd',
      subject: zone.code,
      kind,
      at: civilTimestamp(new Date(atMs)),
      value,
      threshold: zone.limit,
      ring,
      orgPath: zone.orgPath,
      title: titleOf(zone, kind, value),
    };
  }

  /** Compares what the bins say with what was told. */
  function reconcile(zone: CrowdZone, now: Date): CrowdTransition[] {
    const held = remember(zone.code);
    const { run, episodes } = runBins(held.base, sumOf(held.window, carriers), thresholds(zone));
    const { told } = held;
    const fresh = run.lastMs + binMs + noDataBins * binMs > now.getTime();
    const result: CrowdTransition[] = [];
    const ended = (episode: CrowdEpisode) => {
      result.push(tell(zone, 'cleared', episode.untilMs, episode.value, RINGS[run.ring] ?? 'warning'));
      told.openSinceMs = null;
      told.lastEndMs = Math.max(told.lastEndMs, episode.untilMs);
    };
    for (const episode of episodes) {
      if (told.openSinceMs !== null) {
        if (episode.untilMs > told.openSinceMs) ended(episode);
      } else if (episode.sinceMs > told.lastEndMs) {
        // Late bins tell of an episode that is over already.
        if (fresh) result.push(tell(zone, 'opened', episode.sinceMs, episode.peak, 'core'));
        if (fresh) ended(episode);
        else told.lastEndMs = episode.untilMs;
      }
    }
    if (run.openSinceMs === null && told.openSinceMs !== null && fresh) {
      // A correction took the crowd back.
      ended({ sinceMs: told.openSinceMs, untilMs: run.lastMs, peak: told.peak, value: run.persons });
    }
    if (run.openSinceMs !== null && told.openSinceMs === null && fresh) {
      told.openSinceMs = run.openSinceMs;
      told.peak = run.peak;
      result.push(tell(zone, 'opened', run.openSinceMs, run.peak, 'core'));
    } else if (told.openSinceMs !== null && run.peak > told.peak * (1 + RAISE_STEP)) {
      told.peak = run.peak;
      result.push(tell(zone, 'raised', run.lastMs, run.peak, 'core'));
    }
    return result;
  }

  function lastBinMs(code: string): number {
    const held = memory.get(code);
    return held?.window.at(-1)?.[0] ?? held?.base.lastMs ?? Number.MIN_SAFE_INTEGER;
  }

  function levelOf(zone: CrowdZone): ZoneLevel {
    const held = memory.get(zone.code);
    if (!held || lastBinMs(zone.code) <= IDLE.lastMs) {
      return { zone: zone.code, ring: null, noData: true, open: false, persons: null, at: null };
    }
    const { run } = runBins(held.base, sumOf(held.window, carriers), thresholds(zone));
    return {
      zone: zone.code,
      ring: RINGS[run.ring] ?? null,
      noData: held.noData,
      open: held.told.openSinceMs !== null,
      persons: run.persons,
      at: civilTimestamp(new Date(run.lastMs)),
    };
  }

  function tick(now: Date): CrowdTransition[] {
    const silent = (code: string) => lastBinMs(code) + binMs + noDataBins * binMs <= now.getTime();
    const heard = [...zones.values()].filter((zone) => lastBinMs(zone.code) > IDLE.lastMs);
    const result: CrowdTransition[] = [];
    const allSilent = heard.length > 0 && heard.every((zone) => silent(zone.code));
    for (const zone of heard) {
      const held = remember(zone.code);
      if (!silent(zone.code)) held.noData = false;
      else if (!held.noData) {
        held.noData = true;
        // When the whole feed is silent one message says so; a zone with an incident has its own all the same.
        if (allSilent && held.told.openSinceMs === null) continue;
        const { persons, ring } = levelOf(zone);
        result.push(tell(zone, 'no_data', lastBinMs(zone.code), persons ?? 0, ring ?? 'warning'));
      }
    }
    if (allSilent && !feedSilent) {
      const newest = Math.max(...heard.map((zone) => lastBinMs(zone.code)));
      const feed: CrowdZone = { code: ALL, name: ALL, orgPath: shortest(heard), limit: 0 };
      result.push(tell(feed, 'no_data', newest, 0, 'warning'));
    }
    feedSilent = allSilent;
    return result;
  }

  return {
    observe: (counts, now) => {
      const changed = take(counts);
      const result = [...changed].flatMap((code) => reconcile(zones.get(code)!, now));
      return [...result, ...tick(now)];
    },
    tick,
    levels: () => [...zones.values()].map(levelOf),
    setZones: (next) => {
      zones = new Map(next.map((zone) => [zone.code, zone]));
    },
    state: () => structuredClone({ feedSilent, zones: Object.fromEntries(memory) }) as CrowdState,
  };
}

/** The org unit that holds all zones, as far as their paths agree. */
function shortest(zones: readonly CrowdZone[]): string {
  const paths = zones.map((zone) => zone.orgPath.split('/'));
  const first = paths[0] ?? [];
  const same = first.findIndex((segment, i) => paths.some((path) => path[i] !== segment));
  return (same < 0 ? first : first.slice(0, same)).join('/');
}

function titleOf(zone: CrowdZone, kind: CrowdTransition['kind'], value: number): Message {
  const share = zone.limit > 0 ? Math.round((value / zone.limit) * 100) : 0;
  switch (kind) {
    case 'opened':
      return {
        zh: `${zone.name}人数超限：${value} 人，上限 ${zone.limit} 人（${share}%）`,
        en: `${zone.name} is over its limit: ${value} of ${zone.limit} people (${share} %)`,
      };
    case 'raised':
      return {
        zh: `${zone.name}人数继续上升：${value} 人，为上限的 ${share}%`,
        en: `${zone.name} is still filling: ${value} people, ${share} % of the limit`,
      };
    case 'cleared':
      return {
        zh: `${zone.name}人数已回落：${value} 人，低于上限的 90%`,
        en: `${zone.name} has emptied: ${value} people, below 90 % of the limit`,
      };
    case 'no_data':
      return zone.code === ALL
        ? { zh: '人流数据全部中断，无法判断各区域是否超限', en: 'No headcounts arrive at all; no zone can be judged' }
        : {
            zh: `${zone.name}人流数据中断，无法判断是否超限`,
            en: `No headcounts from ${zone.name}; it cannot be judged`,
          };
  }
}
