import { type Catalogue, type Clock, civilTime } from '../../core/index.ts';
import type { Store } from '../../store/index.ts';
import type { TemplateSet } from '../../templates/index.ts';
import { type Landing, loadDeclared, type Reader } from '../../warehouse/index.ts';
import type { Backfills, Repulls, WorkflowStarter } from '../../workflows/index.ts';
import type { Assets, BackfillDesk, Dictionary } from '../ports-assets.ts';
import { type AssetModules, wireAssets } from './assets.ts';
import { wireBackfills } from './backfills.ts';
import { wireDictionary } from './dictionary.ts';
import { createLandedBytes } from './landed-bytes.ts';
import { lineageSource } from './lineage.ts';

export interface AssetPortModules {
  readonly store: Store;
  readonly reader: Reader;
  readonly catalogue: Catalogue;
  readonly templates: TemplateSet;
  readonly clock: Clock;
  readonly working?: AssetModules['working'];
  /** Absent where landing is on another machine: its size is then not told. */
  readonly landing?: Pick<Landing, 'manifests' | 'broughtAgain'>;
  /** Absent where this process has no workflows: nothing can be backfilled. */
  readonly backfill?: { readonly repulls: Repulls; readonly workflows: Backfills & Pick<WorkflowStarter, 'nextPulls'> };
}

/** Assets, backfills and the dictionary, which rest on the same declarations and the same lineage. */
export function wireAssetPorts(modules: AssetPortModules): {
  readonly assets: Assets;
  readonly backfills: BackfillDesk;
  readonly dictionary: Dictionary;
} {
  const { store, reader, catalogue, templates, clock, working, backfill } = modules;
  const declared = loadDeclared(catalogue);
  const lineage = lineageSource(declared, templates);
  const repulls: Repulls = backfill?.repulls ?? new Map();
  const backfills = wireBackfills({ repulls, workflows: backfill?.workflows, clock });
  const assets = wireAssets({
    ...{ declared, store, reader, lineage, backfills, repulls, working },
    now: () => civilTime(clock.now()),
    broughtAgain: async () => (await modules.landing?.broughtAgain()) ?? [],
    landedBytes: createLandedBytes(modules.landing, [...declared.plan.contracts.values()]),
    nextPulls: async () => (await backfill?.workflows.nextPulls()) ?? new Map(),
  });
  return { assets, backfills, dictionary: wireDictionary({ declared, templates, lineage }) };
}
