import { between, chance, lastChange, mix, pick, unit, weighted } from '../random.ts';
import { PROPERTY_COMPANIES } from '../vocabulary.ts';
import type { Geography } from './geography.ts';

export interface BuildingTruth {
  readonly building_code: string;
  readonly building_name: string;
  readonly address: string;
  readonly grid_path: string;
  readonly building_use: string;
  readonly floors_above: number;
  readonly floors_below: number;
  readonly area_m2: number;
  readonly built_year: number;
  readonly elevators: number;
  readonly property_company: string;
}

/** What never changes about a building. */
export interface Building {
  readonly code: string;
  readonly grid: number;
  readonly use: string;
  readonly floors: number;
  readonly floorsBelow: number;
  /** Staircases of a residential building. */
  readonly staircases: number;
  /** Dwellings (residential) or spaces (offices) on a floor of a staircase. */
  readonly perFloor: number;
  /** Index of its first dwelling or space; their number is floors × staircases × perFloor, but for the last building. */
  readonly first: number;
  readonly count: number;
  readonly builtYear: number;
  /** `锦绣路128弄12号` */
  readonly address: string;
  readonly name: string;
  readonly structure: string;
  readonly propertyType: string;
}

export interface Buildings {
  readonly list: readonly Building[];
  /** Residential ones come first. */
  readonly residential: number;
  /** Indices of office buildings. */
  readonly offices: readonly number[];
  readonly dwellings: number;
  readonly spaces: number;
  at(index: number, day: number): BuildingTruth;
  company(index: number, day: number): string;
  lastChange(index: number, day: number): number;
}

const OTHER_USES = ['商业', '公共服务', '工业', '综合'] as const;

/** The buildings of the subdistrict: about 1,150 residential ones in estates, 60 office towers and 90 others at scale 1. */
export function createBuildings(seed: number, scale: number, geography: Geography, floor: number): Buildings {
  const salt = mix(seed, 21);
  const dwellings = Math.max(60, Math.round(52_000 * scale));
  const spaces = Math.max(12, Math.round(4_000 * scale));
  const offices = Math.max(2, Math.round(60 * scale));
  const others = Math.max(2, Math.round(90 * scale));
  const grids = geography.grids;
  const list: Building[] = [];

  const expected = Math.ceil(dwellings / 45);
  const inGrid = new Map<number, number>();
  for (let first = 0; first < dwellings; ) {
    const at = list.length;
    const hash = mix(salt, at);
    const grid = Math.min(grids.length - 1, Math.floor((at / expected) * grids.length));
    const number = (inGrid.get(grid) ?? 0) + 1;
    inGrid.set(grid, number);
    const tower = chance(mix(hash, 1), 0.25);
    const floors = tower ? 18 : 6;
    const staircases = tower ? 1 : between(mix(hash, 2), 2, 4);
    const perFloor = tower ? 4 : 2;
    const count = Math.min(dwellings - first, floors * staircases * perFloor);
    const place = grids[grid]!;
    const builtYear = tower ? between(mix(hash, 3), 1998, 2020) : between(mix(hash, 3), 1979, 2004);
    list.push({
      code: buildingCode(at),
      grid,
      use: '住宅',
      floors,
      floorsBelow: tower ? 1 : 0,
      staircases,
      perFloor,
      first,
      count,
      builtYear,
      address: `${place.street}${10 + grid * 5 + (mix(mix(salt, 7), grid) % 5)}弄${number}号`,
      name: `${place.estate}${number}号楼`,
      structure: tower ? '钢混' : builtYear < 1983 ? '砖木' : '砖混',
      propertyType:
        builtYear >= 1999
          ? (['商品房', '商品房', '动迁安置房', '经济适用房'] as const)[weighted(mix(hash, 4), [0.55, 0.2, 0.18])]!
          : (['售后公房', '商品房', '直管公房', '系统公房', '自建房'] as const)[
              weighted(mix(hash, 4), [0.7, 0.2, 0.05, 0.04])
            ]!,
    });
    first += count;
  }
  const residential = list.length;

  const officeIndices: number[] = [];
  let firstSpace = 0;
  for (let at = 0; at < offices; at++) {
    const hash = mix(salt, 100_000 + at);
    const last = at === offices - 1;
    const count = last ? spaces - firstSpace : Math.floor(((at + 1) * spaces) / offices) - firstSpace;
    const perFloor = between(mix(hash, 1), 3, 5);
    const grid = Math.floor(unit(mix(hash, 2)) * grids.length);
    officeIndices.push(list.length);
    list.push(
      tower(list.length, hash, grid, '商务办公', Math.max(3, Math.ceil(count / perFloor)), perFloor, firstSpace, count),
    );
    firstSpace += count;
  }
  for (let at = 0; at < others; at++) {
    const hash = mix(salt, 200_000 + at);
    const grid = Math.floor(unit(mix(hash, 2)) * grids.length);
    list.push(tower(list.length, hash, grid, pick(mix(hash, 3), OTHER_USES), between(mix(hash, 4), 2, 8), 0, 0, 0));
  }

  function tower(
    at: number,
    hash: number,
    grid: number,
    use: string,
    floors: number,
    perFloor: number,
    first: number,
    count: number,
  ): Building {
    const place = grids[grid]!;
    const number = between(mix(hash, 8), 1001, 3999);
    return {
      code: buildingCode(at),
      grid,
      use,
      floors,
      floorsBelow: between(mix(hash, 5), 0, 3),
      staircases: 1,
      perFloor,
      first,
      count,
      builtYear: between(mix(hash, 6), 1992, 2023),
      address: `${place.street}${number}号`,
      name:
        use === '商务办公'
          ? `${place.estate.slice(0, 2)}${pick(mix(hash, 7), ['国际大厦', '商务中心', '广场', '科创中心', '金融大厦'])}`
          : `${place.street}${number}号${use === '工业' ? '厂房' : '楼'}`,
      structure: '钢混',
      propertyType: '商品房',
    };
  }

  const companySalt = mix(seed, 22);
  const changed = (index: number, day: number) => lastChange(mix(companySalt, list[index]!.grid), 0.03, day, floor);
  const company = (index: number, day: number) =>
    pick(mix(mix(companySalt, list[index]!.grid), changed(index, day) + 1), PROPERTY_COMPANIES);
  return {
    list,
    residential,
    offices: officeIndices,
    dwellings,
    spaces,
    company,
    lastChange: changed,
    at: (index, day) => {
      const of = list[index]!;
      return {
        building_code: of.code,
        building_name: of.name,
        address: of.address,
        grid_path: grids[of.grid]!.path,
        building_use: of.use,
        floors_above: of.floors,
        floors_below: of.floorsBelow,
        area_m2: Math.round(of.floors * Math.max(1, of.perFloor) * of.staircases * (of.use === '住宅' ? 92 : 260)),
        built_year: of.builtYear,
        elevators: of.floors > 7 ? 2 + of.staircases : of.use === '住宅' ? 0 : 2,
        property_company: company(index, day),
      };
    },
  };
}

function buildingCode(index: number): string {
  return `310199001${String(index + 1).padStart(4, '0')}`;
}
