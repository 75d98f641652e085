import type { OrgPath, OrgUnit } from '../../core/org.ts';
import { between, lastChange, mix, pick, unit } from '../random.ts';
import { COMMUNITIES, ESTATE_HEADS, ESTATE_TAILS, MOBILE_HEADS, NUMERALS, STREETS } from '../vocabulary.ts';
import { givenName, surname } from './names.ts';

export const SUBDISTRICT = '310199/001' as OrgPath;
const CENTRE = { lng: 121.532, lat: 31.226 };

export interface Grid {
  readonly path: OrgPath;
  readonly community: number;
  readonly street: string;
  /** The residential estate of the grid. */
  readonly estate: string;
  readonly lng: number;
  readonly lat: number;
}

/** The grid worker who looks after a grid on a day. */
export interface GridWorker {
  readonly name: string;
  readonly phone: string;
}

export interface Geography {
  readonly units: readonly OrgUnit[];
  readonly grids: readonly Grid[];
  worker(grid: number, day: number): GridWorker;
  workerChange(grid: number, day: number, floor: number): number;
  /** A point in a grid, six decimals. */
  point(grid: number, hash: number): { lng: number; lat: number };
}

/** The org tree and the map of the subdistrict: 20 communities of 8 to 10 grids, whatever the scale. */
export function createGeography(seed: number, floor: number): Geography {
  const salt = mix(seed, 11);
  const units: OrgUnit[] = [
    { path: '310199' as OrgPath, name: '浦汇区', kind: 'district' },
    { path: SUBDISTRICT, name: '锦澜街道', kind: 'subdistrict' },
  ];
  const grids: Grid[] = [];
  COMMUNITIES.forEach((community, at) => {
    const path = `${SUBDISTRICT}/c${String(at + 1).padStart(2, '0')}`;
    units.push({ path: path as OrgPath, name: `${community}居民区`, kind: 'community' });
    const count = between(mix(salt, at), 8, 10);
    for (let g = 0; g < count; g++) {
      const hash = mix(mix(salt, at + 100), g);
      const gridPath = `${path}/g${String(g + 1).padStart(2, '0')}` as OrgPath;
      units.push({ path: gridPath, name: `${community}第${NUMERALS[g]}网格`, kind: 'grid' });
      grids.push({
        path: gridPath,
        community: at,
        street: STREETS[(at + (g % 3)) % STREETS.length]!,
        estate: `${pick(
          hash,
          ESTATE_HEADS.filter((head) => head !== community[g % 2]),
        )}${community[g % 2]}${pick(mix(hash, 1), ESTATE_TAILS)}`,
        lng: CENTRE.lng + ((at % 5) - 2) * 0.012 + ((g % 3) - 1) * 0.0038,
        lat: CENTRE.lat + (Math.floor(at / 5) - 1.5) * 0.01 + (Math.floor(g / 3) - 1) * 0.003,
      });
    }
  });
  const workerSalt = mix(seed, 12);
  const change = (grid: number, day: number) => lastChange(mix(workerSalt, grid), 0.08, day, floor);
  return {
    units,
    grids,
    worker: (grid, day) => {
      const hash = mix(mix(workerSalt, grid), change(grid, day));
      return { name: surname(mix(hash, 1)) + givenName(mix(hash, 2), unit(hash) < 0.7), phone: mobile(mix(hash, 3)) };
    },
    workerChange: change,
    point: (grid, hash) => {
      const at = grids[grid]!;
      return {
        lng: round6(at.lng + (unit(hash) - 0.5) * 0.0034),
        lat: round6(at.lat + (unit(mix(hash, 1)) - 0.5) * 0.0026),
      };
    },
  };
}

/** A mobile number drawn from a hash. */
export function mobile(hash: number): string {
  return pick(hash, MOBILE_HEADS) + String(mix(hash, 5) % 100_000_000).padStart(8, '0');
}

function round6(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
