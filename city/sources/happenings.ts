import type { World } from '../truth/world.ts';
import type { EventSpec, TruthRow } from './table.ts';

export function gridCase(world: World): EventSpec {
  const { cases } = world;
  return {
    source: 'grid',
    dataset: 'case',
    entity: 'case',
    key: 'case_no',
    columns: {
      caseNo: 'case_no',
      category: 'category',
      subcategory: 'subcategory',
      source: 'case_source',
      address: 'address',
      gridPath: 'grid_path',
      lng: 'lng',
      lat: 'lat',
      reportedAt: 'reported_at',
      acceptedAt: 'accepted_at',
      dispatchedAt: 'dispatched_at',
      handledAt: 'handled_at',
      closedAt: 'closed_at',
      department: 'department',
      status: 'case_status',
      satisfaction: 'satisfaction',
      overdue: 'overdue',
    },
    codes: 'standard',
    dates: 'plain',
    observed: { column: 'updatedAt', form: 'stamp' },
    countTo: cases.countTo,
    keyOf: cases.no,
    lastStep: cases.lastStep,
    truth: (ordinal, second) => cases.at(ordinal, second) as TruthRow | null,
  };
}

export function policeIncident(world: World): EventSpec {
  const { incidents } = world;
  return {
    source: 'police',
    dataset: 'incident',
    entity: 'police_incident',
    key: 'incident_no',
    columns: {
      jqbh: 'incident_no',
      jqlb: 'category',
      fssj: 'occurred_at',
      fsdd: 'address',
      wgbm: 'grid_path',
      yzcd: 'severity',
      bjsj: 'closed_at',
    },
    codes: 'standard',
    dates: 'compact',
    observed: { column: 'gxsj', form: 'compactTime' },
    countTo: incidents.countTo,
    keyOf: incidents.no,
    lastStep: incidents.lastStep,
    truth: (ordinal, second) => incidents.at(ordinal, second) as TruthRow | null,
  };
}
