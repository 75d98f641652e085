import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Message } from '../../core/errors.ts';
import { packageRoot } from '../../core/paths.ts';
import { declarationWrong } from '../errors.ts';

const comparison = z.enum(['equal', 'personName', 'enterpriseName', 'address', 'nearId']);
export type Comparison = z.infer<typeof comparison>;

const why = z.strictObject({ zh: z.string().min(1), en: z.string().min(1) });

const feature = z.strictObject({
  compare: comparison,
  agree: z.number(),
  partial: z.number().optional(),
  differ: z.number(),
  why,
});
export type Feature = z.infer<typeof feature>;

const block = z.strictObject({
  field: z.string(),
  /** Only so many first signs. */
  head: z.number().int().positive().optional(),
  /** The key of a name or an address instead of its text. */
  as: z.enum(['enterpriseName', 'address']).optional(),
});
export type Block = z.infer<typeof block>;

const schema = z.record(
  z.string(),
  z.strictObject({
    certain: z.number(),
    doubtful: z.number(),
    margin: z.number(),
    blocks: z.array(block).min(1),
    features: z.record(z.string(), feature),
    /** What two different keys weigh where both are valid; absent: such rows are never merged. */
    merge: z.strictObject({ differ: z.number(), why }).optional(),
  }),
);

/** How records of one kind of entity are matched. */
export interface MatchRule {
  readonly entity: string;
  readonly certain: number;
  readonly doubtful: number;
  readonly margin: number;
  readonly blocks: readonly Block[];
  readonly features: ReadonlyMap<string, Feature>;
  /** What two different keys weigh where both are valid; null: such rows are never merged. */
  readonly merge: { readonly differ: number; readonly why: Message } | null;
}

/**
 * The matching rules by entity.
 *
 * @throws FillOnceError `warehouse.declaration`
 */
export function loadMatchRules(
  file = join(packageRoot(), 'warehouse', 'matching', 'rules.yaml'),
): ReadonlyMap<string, MatchRule> {
  const result = schema.safeParse(parse(readFileSync(file, 'utf8')));
  if (!result.success) throw declarationWrong(file, z.prettifyError(result.error));
  return new Map(
    Object.entries(result.data).map(([entity, { features, merge = null, ...limits }]) => {
      if (limits.doubtful > limits.certain) throw declarationWrong(file, `${entity}: doubtful is above certain`);
      return [entity, { entity, ...limits, merge, features: new Map(Object.entries(features)) }];
    }),
  );
}
