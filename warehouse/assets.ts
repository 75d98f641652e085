import type { Catalogue } from '../core/catalogue.ts';
import { contentHash } from '../core/ids.ts';
import { type Check, loadChecks } from './checks.ts';
import { datasetName, loadContracts } from './contract.ts';
import { declarationWrong } from './errors.ts';
import { loadMarts, type Mart } from './marts.ts';
import { contractsOf, type GoldenPlan, goldenPlan } from './refresh.ts';
import { loadSourceCodes } from './source-codes.ts';

export type AssetKind = 'landing' | 'staged' | 'golden' | 'mart' | 'publication';

/** A table that the warehouse makes, or what it is made from. */
export interface Asset {
  /** `landing.grid.resident`, `staged.grid.resident`, `golden.person`, `mart.population.person`, `publication`. */
  readonly key: string;
  readonly kind: AssetKind;
  /** Assets it is made from. */
  readonly deps: readonly string[];
  /** Ids of the checks that guard it. */
  readonly checks: readonly string[];
  /** It is late when nothing came for longer; absent: as fresh as what it is made from. */
  readonly freshWithinHours?: number;
  /** The department that answers for it. */
  readonly owner: string;
  /** Hash of what makes it. */
  readonly code: string;
}

export interface AssetGraph {
  /** Each after everything it is made from. */
  readonly assets: readonly Asset[];
  /** @throws FillOnceError `warehouse.declaration` for a key that is not there. */
  asset(key: string): Asset;
  /** Everything an asset is made from, directly or not, in the order of making. */
  upstream(key: string): readonly Asset[];
  /** Everything that has to be made again after an asset changed, in the order of making. */
  downstream(key: string): readonly Asset[];
  /** Hash of an asset's code and that of everything upstream. */
  codeVersion(key: string): string;
}

/** Declares one asset; what is not given is empty. */
export function defineAsset(
  spec: Pick<Asset, 'key' | 'kind' | 'owner' | 'code'> & Partial<Pick<Asset, 'deps' | 'checks' | 'freshWithinHours'>>,
): Asset {
  return { deps: [], checks: [], ...spec };
}

/**
 * Puts assets in an order in which each comes after what it is made from.
 *
 * @throws FillOnceError `warehouse.declaration` for a key given twice, a missing dependency or a circle.
 */
export function assetGraph(declared: readonly Asset[]): AssetGraph {
  const byKey = new Map(declared.map((asset) => [asset.key, asset]));
  if (byKey.size !== declared.length) throw declarationWrong('assets', 'a key is given twice');
  const ordered: Asset[] = [];
  const state = new Map<string, 'visiting' | 'done'>();
  const visit = (key: string, from: string) => {
    const asset = byKey.get(key);
    if (!asset) throw declarationWrong('assets', `${from} is made from ${key}, which is not declared`);
    if (state.get(key) === 'done') return;
    if (state.get(key) === 'visiting') throw declarationWrong('assets', `${key} is made from itself`);
    state.set(key, 'visiting');
    for (const dep of asset.deps) visit(dep, key);
    state.set(key, 'done');
    ordered.push(asset);
  };
  for (const { key } of declared) visit(key, key);

  const asset = (key: string) => {
    const found = byKey.get(key);
    if (!found) throw declarationWrong('assets', `there is no asset ${key}`);
    return found;
  };
  const upstream = (key: string) => {
    const wanted = new Set(asset(key).deps);
    for (const one of ordered.toReversed()) if (wanted.has(one.key)) for (const dep of one.deps) wanted.add(dep);
    return ordered.filter((one) => wanted.has(one.key));
  };
  return {
    assets: ordered,
    asset,
    upstream,
    downstream: (key) => {
      const touched = new Set([asset(key).key]);
      return ordered.filter((one) => {
        const follows = one.deps.some((dep) => touched.has(dep));
        if (follows) touched.add(one.key);
        return follows;
      });
    },
    codeVersion: (key) =>
      contentHash([...upstream(key), asset(key)].map((one) => `${one.key} ${one.code}`).join('\n')).slice(0, 16),
  };
}

/** What the warehouse is made by, as its files declare it. */
export interface Declared {
  readonly plan: GoldenPlan;
  readonly marts: readonly Mart[];
  readonly checks: readonly Check[];
  readonly assets: AssetGraph;
}

/**
 * Reads the declarations of a warehouse without opening one.
 *
 * @throws FillOnceError `warehouse.declaration` for a broken contract, model or check
 * @example loadDeclared(loadCatalogue()).assets.upstream('mart.economy.building')
 */
export function loadDeclared(catalogue: Catalogue): Declared {
  const contracts = loadContracts(catalogue);
  const plan = goldenPlan({ catalogue, contracts, sources: loadSourceCodes(contracts) });
  const marts = loadMarts(plan);
  const checks = loadChecks();
  return { plan, marts, checks, assets: warehouseAssets(plan, marts, checks) };
}

/** The platform's own department: it answers for what no entity's owner does. */
const PLATFORM_OWNER = '城运中心';

/** The warehouse as assets: datasets as landed and staged, entities, marts, and the publication of them all. */
export function warehouseAssets(plan: GoldenPlan, marts: readonly Mart[], checks: readonly Check[]): AssetGraph {
  const owners = new Map(plan.catalogue.entities.map((entity) => [entity.name, entity.elements[0]!.owner]));
  const datasets = [...plan.contracts.values()].flatMap((contract) => {
    const name = datasetName(contract);
    const owner = owners.get(contract.entity ?? '') ?? PLATFORM_OWNER;
    const { freshWithinHours } = contract;
    const fresh = freshWithinHours === undefined ? {} : { freshWithinHours };
    return [
      defineAsset({ key: `landing.${name}`, kind: 'landing', owner, code: '', ...fresh }),
      defineAsset({ key: `staged.${name}`, kind: 'staged', owner, code: contract.hash, deps: [`landing.${name}`] }),
    ];
  });
  const golden = plan.catalogue.entities.map((entity) =>
    defineAsset({
      key: `golden.${entity.name}`,
      kind: 'golden',
      owner: owners.get(entity.name)!,
      code: plan.codes.get(entity.name) ?? '',
      deps: [
        ...contractsOf(plan, entity).map((contract) => `staged.${datasetName(contract)}`),
        ...(entity.kind === 'golden' ? ['staged.platform.confirmation'] : []),
      ],
    }),
  );
  const martAssets = marts.map((mart) => {
    const themeOwner = plan.catalogue.themes.find(({ theme }) => theme === mart.theme)?.entities[0]?.elements[0]?.owner;
    return defineAsset({
      key: `mart.${mart.id}`,
      kind: 'mart',
      owner: owners.get(mart.entity ?? '') ?? themeOwner ?? PLATFORM_OWNER,
      code: mart.code,
      deps: depsOfMart(mart, marts, plan),
      checks: checks.filter(({ theme }) => theme === mart.theme).map(({ id }) => id),
    });
  });
  const publication = defineAsset({
    key: 'publication',
    kind: 'publication',
    owner: PLATFORM_OWNER,
    code: '',
    deps: martAssets.map(({ key }) => key),
    checks: checks.map(({ id }) => id),
  });
  return assetGraph([...datasets, ...golden, ...martAssets, publication]);
}

function depsOfMart(mart: Mart, marts: readonly Mart[], plan: GoldenPlan): string[] {
  const deps = mart.inputs.flatMap((input) => {
    if (input === 'ledger') return [...plan.contracts.keys()].map((name) => `staged.${name}`);
    // A mart and a dataset may have the same name (`housing.building`); only the platform's own marts mean the dataset.
    const other = marts.find(({ id }) => id === input);
    if (other?.kind === 'golden' || other?.kind === 'event') return [`golden.${other.entity}`];
    return [other?.kind === 'made' ? `mart.${input}` : `staged.${input}`];
  });
  return [...new Set(deps)];
}
