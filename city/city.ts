import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadCatalogue } from '../core/catalogue.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { civilSecond, createCalendar, dayOf, dayOfSecond } from './calendar.ts';
import { openControl } from './control.ts';
import { type CityEndpoints, SOURCE_NAMES, type SourceName } from './endpoints.ts';
import { badOption } from './errors.ts';
import { createFaults, type FaultSwitch } from './faults.ts';
import { createGb18030Encoder } from './formats/gb18030.ts';
import { type CityProgress, createProgress } from './progress.ts';
import { mix } from './random.ts';
import { type CameraState, openCamera } from './sources/camera.ts';
import { openGrid } from './sources/grid.ts';
import { gridDwelling, gridEnterprise, gridHousehold, gridResident } from './sources/grid-registers.ts';
import { gridCase, policeIncident } from './sources/happenings.ts';
import { openInbox } from './sources/inbox.ts';
import {
  civilAssistance,
  civilDisability,
  civilElderAllowance,
  civilPerson,
  housingBuilding,
  housingLease,
  housingProperty,
  housingSpace,
} from './sources/office-registers.ts';
import { type Offices, type OfficeTable, openOffices } from './sources/offices.ts';
import { openParking } from './sources/parking.ts';
import { gridCamera, parkingLot, signalZone } from './sources/place-registers.ts';
import { openPolice } from './sources/police.ts';
import { policeRegistration, policeRental } from './sources/police-registers.ts';
import { openSignal } from './sources/signal.ts';
import { createEventTable, createTable, type Table, type TableParts } from './sources/table.ts';
import { openWebhook, type WebhookState } from './sources/webhook.ts';
import { type CityState, openStateFile } from './state.ts';
import { createTimeline } from './timeline.ts';
import { createTruthView, type TruthRecord } from './truth/entities.ts';
import { createRhythm } from './truth/rhythm.ts';
import { createWorld, type World } from './truth/world.ts';

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

/** What a source gives the city to hold. */
interface OpenSource {
  close(): Promise<void>;
  /** The city's time has moved. */
  advanced?(): Promise<void>;
  push?(platformUrl: string): void;
}

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
  const before = remembered?.today === today ? remembered : { today, shiftDays: dayOf(today) - realDay, jumps: [] };
  const timeline = createTimeline({ clock, live, today, shiftDays: before.shiftDays, jumps: before.jumps });
  const remember = () => stateFile.write({ today, shiftDays: before.shiftDays, jumps: timeline.jumps });
  remember();

  const world = createWorld({ seed, scale, today });
  world.advanceTo(timeline.day());
  const faults = createFaults();
  const progress = createProgress();
  const truth = createTruthView(world, timeline);
  const catalogue = loadCatalogue();
  const parts: TableParts = {
    seed,
    base: world.base,
    timeline,
    catalogue,
    calendar: world.calendar,
    gridPaths: world.geography.grids.map((grid) => grid.path),
    rhythmOf: (salt, staleRate) => createRhythm({ salt: mix(salt, 1), base: world.base, staleRate, everyPeriods: 16 }),
  };
  const wanted = new Set(options.sources ?? SOURCE_NAMES);
  const secret = (name: string) => createHash('sha256').update(`${seed}/${name}`).digest('hex').slice(0, 32);
  const shared = { seed, world, timeline, clock, faults, progress };

  const open: OpenSource[] = [];
  const grid = { clientId: 'fillonce', clientSecret: secret('grid'), url: '' };
  if (wanted.has('grid')) {
    const source = await openGrid({
      ...shared,
      ...grid,
      tokenSeconds: options.tokenSeconds ?? 120,
      correctionsFile: join(state, 'corrections.ndjson'),
      tables: gridTables(parts, world),
    });
    grid.url = source.url;
    open.push(source);
  }
  let offices: Offices | undefined;
  if (wanted.has('civil') || wanted.has('housing')) {
    offices = await openOffices({ catalogue, faults, progress, tables: officeTables(parts, world) });
    open.push(offices);
  }
  if (wanted.has('tax') || wanted.has('market')) {
    open.push(await openInbox({ folder: inbox, ...shared, tableParts: parts, encode: createGb18030Encoder(), wanted }));
  }
  const police = { apiKey: secret('police'), url: '' };
  if (wanted.has('police')) {
    const tables = [
      createTable(parts, policeRegistration(world), 231),
      createTable(parts, policeRental(world), 232),
      createEventTable(parts, policeIncident(world), 233),
    ];
    const source = await openPolice({ ...shared, ...police, tables });
    police.url = source.url;
    open.push(source);
  }
  const parking = { appKey: secret('parking-app'), webhookSecret: secret('parking-webhook'), url: '' };
  if (wanted.has('parking')) {
    const source = await openParking({
      ...shared,
      table: createTable(parts, parkingLot(world), 241),
      appKey: parking.appKey,
    });
    parking.url = source.url;
    const positions = openStateFile<WebhookState>(state, 'parking.json');
    open.push(source, openWebhook({ ...shared, rowParts: parts, secret: parking.webhookSecret, state: positions }));
  }
  const signal = { token: secret('signal'), url: '' };
  if (wanted.has('signal')) {
    const source = await openSignal({
      ...shared,
      table: createTable(parts, signalZone(world), 242),
      rowParts: parts,
      token: signal.token,
    });
    signal.url = source.url;
    open.push(source);
  }
  const camera = { username: 'fillonce', password: secret('camera'), url: '' };
  if (wanted.has('camera')) {
    const source = await openCamera({ ...shared, ...camera, state: openStateFile<CameraState>(state, 'camera.json') });
    camera.url = source.url;
    open.push(source);
  }
  const endpoints: CityEndpoints = {
    grid,
    offices: { url: offices?.url ?? '' },
    police,
    inbox: { folder: resolve(inbox) },
    parking,
    signal,
    camera,
  };

  /** Follows the calendar when the city is left to run over midnight. */
  const follow = () => world.advanceTo(timeline.day());

  const body: Omit<City, 'controlUrl'> = {
    endpoints,
    today: async () => ({ first: today, now: world.calendar.date(timeline.day() + 1) }),
    advance: async (days) => {
      if (!Number.isInteger(days) || days < 1 || days > 400) throw badOption('days', String(days));
      timeline.jump(days);
      world.advanceTo(timeline.day());
      remember();
      for (const source of open) await source.advanced?.();
    },
    push: async (platformUrl) => {
      for (const source of open) source.push?.(platformUrl);
    },
    progress: async () => progress.read(),
    fault: async (change) => faults.set(change),
    truth: async function* (entity) {
      follow();
      yield* truth.all(entity);
    },
    truthByKey: async (entity, keys) => truth.byKey(entity, keys),
    stop: async () => {
      await control.close();
      await Promise.all(open.map((source) => source.close()));
    },
  };
  const control = await openControl(body, options.port ?? 0);
  return { ...body, controlUrl: control.url };
}

function officeTables(parts: TableParts, world: World): OfficeTable[] {
  const specs = [
    civilPerson(world),
    civilAssistance(world),
    civilDisability(world),
    civilElderAllowance(world),
    housingBuilding(world),
    housingProperty(world),
    housingLease(world),
    housingSpace(world),
  ];
  return specs.map((spec, at) => ({ shape: spec, table: createTable(parts, spec, 210 + at) }));
}

function gridTables(parts: TableParts, world: World): Table[] {
  return [
    createTable(parts, gridResident(world), 201),
    createTable(parts, gridHousehold(world), 202),
    createTable(parts, gridDwelling(world), 203),
    createTable(parts, gridEnterprise(world), 204),
    createTable(parts, gridCamera(world), 205),
    createEventTable(parts, gridCase(world), 206),
  ];
}
