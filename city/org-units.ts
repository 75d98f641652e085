import type { OrgUnit } from '../core/org.ts';
import { createGeography } from './truth/geography.ts';

/** The org tree of the simulated subdistrict: 1 district, 1 subdistrict, 20 communities of 8 to 10 grids. */
export function orgUnits(seed: number): readonly OrgUnit[] {
  return createGeography(seed, 0).units;
}
