import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import type { Clock } from '../core/clock.ts';
import type { CityEndpoints, SourceName } from './endpoints.ts';
import type { Faults } from './faults.ts';
import { createGb18030Encoder } from './formats/gb18030.ts';
import type { Ports } from './ports.ts';
import type { Progress } from './progress.ts';
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
import { openStateFile } from './state.ts';
import type { Timeline } from './timeline.ts';
import type { World } from './truth/world.ts';

/** A running source, as the city holds it. */
export interface OpenSource {
  close(): Promise<void>;
  /** The city's time has moved. */
  advanced?(): Promise<void>;
  push?(platformUrl: string): void;
}

export interface SourcesParts {
  readonly seed: number;
  readonly world: World;
  readonly timeline: Timeline;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly progress: Progress;
  readonly ports: Ports;
  readonly rows: TableParts;
  /** Which sources to open. */
  readonly wanted: ReadonlySet<SourceName>;
  readonly inbox: string;
  readonly state: string;
  readonly tokenSeconds: number;
}

/** Opens the wanted sources; the endpoints of the others are empty. */
export async function openSources(
  parts: SourcesParts,
): Promise<{ endpoints: CityEndpoints; open: readonly OpenSource[] }> {
  const { seed, world, timeline, clock, faults, progress, ports, rows, wanted, inbox, state } = parts;
  const shared = { seed, world, timeline, clock, faults, progress, ports };
  const secret = (name: string) => createHash('sha256').update(`${seed}/${name}`).digest('hex').slice(0, 32);

  const open: OpenSource[] = [];
  const grid = { clientId: 'fillonce', clientSecret: secret('grid'), url: '' };
  if (wanted.has('grid')) {
    const source = await openGrid({
      ...shared,
      ...grid,
      tokenSeconds: parts.tokenSeconds,
      correctionsFile: join(state, 'corrections.ndjson'),
      tables: gridTables(rows, world),
    });
    grid.url = source.url;
    open.push(source);
  }
  let offices: Offices | undefined;
  if (wanted.has('civil') || wanted.has('housing')) {
    offices = await openOffices({
      catalogue: rows.catalogue,
      faults,
      progress,
      ports,
      tables: officeTables(rows, world),
    });
    open.push(offices);
  }
  if (wanted.has('tax') || wanted.has('market')) {
    open.push(await openInbox({ folder: inbox, ...shared, tableParts: rows, encode: createGb18030Encoder(), wanted }));
  }
  const police = { apiKey: secret('police'), url: '' };
  if (wanted.has('police')) {
    const tables = [
      createTable(rows, policeRegistration(world), 231),
      createTable(rows, policeRental(world), 232),
      createEventTable(rows, policeIncident(world), 233),
    ];
    const source = await openPolice({ ...shared, ...police, tables });
    police.url = source.url;
    open.push(source);
  }
  const parking = { appKey: secret('parking-app'), webhookSecret: secret('parking-webhook'), url: '' };
  if (wanted.has('parking')) {
    const source = await openParking({
      ...shared,
      table: createTable(rows, parkingLot(world), 241),
      appKey: parking.appKey,
    });
    parking.url = source.url;
    const positions = openStateFile<WebhookState>(state, 'parking.json');
    open.push(source, openWebhook({ ...shared, rowParts: rows, secret: parking.webhookSecret, state: positions }));
  }
  const signal = { token: secret('signal'), url: '' };
  if (wanted.has('signal')) {
    const source = await openSignal({
      ...shared,
      table: createTable(rows, signalZone(world), 242),
      rowParts: rows,
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
  return { endpoints, open };
}

function officeTables(rows: TableParts, world: World): OfficeTable[] {
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
  return specs.map((spec, at) => ({ shape: spec, table: createTable(rows, spec, 210 + at) }));
}

function gridTables(rows: TableParts, world: World): Table[] {
  return [
    createTable(rows, gridResident(world), 201),
    createTable(rows, gridHousehold(world), 202),
    createTable(rows, gridDwelling(world), 203),
    createTable(rows, gridEnterprise(world), 204),
    createTable(rows, gridCamera(world), 205),
    createEventTable(rows, gridCase(world), 206),
  ];
}
