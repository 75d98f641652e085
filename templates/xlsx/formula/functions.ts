import type { FormulaFunction } from './evaluate.ts';
import { AGGREGATE_FUNCTIONS } from './functions-aggregate.ts';
import { CRITERIA_FUNCTIONS } from './functions-criteria.ts';
import { LOGIC_FUNCTIONS } from './functions-logic.ts';
import { LOOKUP_FUNCTIONS } from './functions-lookup.ts';
import { MATH_FUNCTIONS } from './functions-math.ts';
import { TEXT_FUNCTIONS } from './functions-text.ts';

/** The functions whose results are recomputed; a formula with any other loses its cached value. */
export const FUNCTIONS: ReadonlyMap<string, FormulaFunction> = new Map(
  [AGGREGATE_FUNCTIONS, CRITERIA_FUNCTIONS, LOGIC_FUNCTIONS, LOOKUP_FUNCTIONS, MATH_FUNCTIONS, TEXT_FUNCTIONS].flatMap(
    (group) => Object.entries(group),
  ),
);
