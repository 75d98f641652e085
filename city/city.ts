import { setMaxListeners } from 'node:events';
import { mkdirSync } from 'node:fs';
import { loadCatalogue } from '../core/catalogue.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { civilSecond, createCalendar, dayOf, dayOfSecond } from './calendar.ts';
import { openControl } from './control.ts';
import { type CityEndpoints, SOURCE_NAMES, type SourceName } from './endpoints.ts';
import { badOption } from './errors.ts';
import { createFaults, type FaultSwitch } from './faults.ts';
import { openSources } from './open-sources.ts';
import { createPorts } from './ports.ts';
import { type CityProgress, createProgress } from './progress.ts';
import { mix } from './random.ts';
import type { TableParts } from './sources/table.ts';
import { type CityState, openStateFile } from './state.ts';
import { createTimeline } from './timeline.ts';
import { createTruthView, type TruthRecord } from './truth/entities.ts';
import { createRhythm } from './truth/rhythm.ts';
import { createWorld } from './truth/world.ts';

export interface CityOptions {
  /** Default 7. */
  readonly seed?: number;
  /** Default 1: a subdistrict of 118,000 people. */
  readonly scale?: number;
  /** First day, `YYYY-MM-DD`; default: what the state folder remembers, else the real date. */
  readonly today?: string;
  /** Folder into which tax and market files are dropped. */
  readonly inbox: string;
  /** Folder that keeps what must survive a restart. */
  readonly state: string;
  /** Port of the control server; default 0, any free one. */
  readonly port?: number;
  /** Whether passages, counts and camera events go on as real time passes; default true. */
  readonly live?: boolean;
  /** Which sources to open; default all. */
  readonly sources?: readonly SourceName[];
  readonly clock?: Clock;
  /** Life of a grid token in seconds; default 120. */
  readonly tokenSeconds?: number;
}

/** A running city, in this process or in a child. */
export interface City {
  readonly controlUrl: string;
  readonly endpoints: CityEndpoints;
  /** The first day and the present one. */
  today(): Promise<{ readonly first: string; readonly now: string }>;
  /** Moves the city's time forward by whole days; resolves when the sources show it. */
  advance(days: number): Promise<void>;
  /** Starts pushing webhooks to `<platformUrl>/hooks/parking`. */
  push(platformUrl: string): Promise<void>;
  progress(): Promise<CityProgress>;
  fault(change: FaultSwitch): Promise<void>;
  /** All records of an entity, as they truly are. For the demo's clerks, tests and bench only. */
  truth(entity: string): AsyncIterable<TruthRecord>;
  truthByKey(entity: string, keys: readonly string[]): Promise<readonly TruthRecord[]>;
  stop(): Promise<void>;
}

const MAX_ADVANCE_DAYS = 400;
/** How often a live city looks whether a day has passed, and writes down that it is alive. */
const WATCH_MS = 30_000;

/**
 * Opens the city in this process. The same seed, scale and first day give the same city, to the byte of each register.
 *
 * @throws FillOnceError `city.option` for options that make no sense.
 * @example const city = await createCity({ seed: 7, scale: 0.02, inbox, state, today: '2026-11-22', live: false })
 */
export async function createCity(options: CityOptions): Promise<City> {
  const { seed = 7, scale = 1, clock = systemClock, live = true, inbox, state } = options;
  if (!(scale >= 0.005 && scale <= 4)) throw badOption('scale', String(scale));
  if (!Number.isInteger(seed) || seed < 0) throw badOption('seed', String(seed));
  mkdirSync(inbox, { recursive: true });
  const stateFile = openStateFile<CityState>(state, 'city.json');
  const remembered = stateFile.read();
  const realDay = dayOfSecond(civilSecond(clock.now()));
  const today = options.today ?? remembered?.today ?? createCalendar().date(realDay);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(today) || Number.isNaN(dayOf(today))) throw badOption('today', today);
  const before = remembered?.today === today ? remembered : undefined;
  const shiftDays = before?.shiftDays ?? dayOf(today) - realDay;
  const timeline = createTimeline({ clock, live, today, shiftDays, jumps: before?.jumps ?? [] });
  if (before) timeline.wake(before.lastSeen);
  const remember = () => stateFile.write({ today, shiftDays, jumps: timeline.jumps, lastSeen: timeline.horizon() });
  remember();

  const world = createWorld({ seed, scale, today });
  /** The day up to which the city has lived; registers show this day, also when the clock is past midnight already. */
  let lived = timeline.day();
  world.advanceTo(lived);
  const rows: TableParts = {
    seed,
    base: world.base,
    timeline: { day: () => lived, horizon: timeline.horizon },
    catalogue: loadCatalogue(),
    calendar: world.calendar,
    gridPaths: world.geography.grids.map((grid) => grid.path),
    rhythmOf: (salt, staleRate) => createRhythm({ salt: mix(salt, 1), base: world.base, staleRate, everyPeriods: 16 }),
  };
  const faults = createFaults();
  const progress = createProgress();
  const ports = createPorts(openStateFile(state, 'ports.json'));
  const wanted = new Set(options.sources ?? SOURCE_NAMES);
  const tokenSeconds = options.tokenSeconds ?? 120;
  const { endpoints, open } = await openSources({
    seed,
    world,
    timeline,
    clock,
    faults,
    progress,
    ports,
    rows,
    wanted,
    inbox,
    state,
    tokenSeconds,
  });
  const truth = createTruthView(world, { ...timeline, day: () => lived });

  async function settle(): Promise<void> {
    remember();
    if (timeline.day() === lived) return;
    lived = timeline.day();
    world.advanceTo(lived);
    for (const source of open) await source.advanced?.();
  }
  const stopping = new AbortController();
  // A virtual clock keeps the listener of every sleep that is over.
  setMaxListeners(0, stopping.signal);
  const watching = live ? watch() : Promise.resolve();
  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      await clock.sleep(WATCH_MS, stopping.signal).catch(() => {});
      await settle();
    }
  }

  const body: Omit<City, 'controlUrl'> = {
    endpoints,
    today: async () => ({ first: today, now: world.calendar.date(timeline.day() + 1) }),
    advance: async (days) => {
      if (!Number.isInteger(days) || days < 1 || days > MAX_ADVANCE_DAYS) throw badOption('days', String(days));
      timeline.jump(days);
      await settle();
    },
    push: async (platformUrl) => {
      for (const source of open) source.push?.(platformUrl);
    },
    progress: async () => progress.read(),
    fault: async (change) => faults.set(change),
    truth: async function* (entity) {
      yield* truth.all(entity);
    },
    truthByKey: async (entity, keys) => truth.byKey(entity, keys),
    stop: async () => {
      stopping.abort();
      await control.close();
      await watching;
      await Promise.all(open.map((source) => source.close()));
      remember();
    },
  };
  const control = await openControl(body, truth, (server) => ports.listen(server, 'control', options.port));
  return { ...body, controlUrl: control.url };
}
