import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Message } from '../core/errors.ts';
import { packageRoot } from '../core/paths.ts';
import { type Contract, datasetName } from './contract.ts';
import { declarationWrong } from './errors.ts';

/** The pseudo source of a value that a person vouched for. */
export const CONFIRMATION = 'confirmation';
/** Set in `<field>_s` while another source says otherwise. */
export const CONFLICT_BIT = 128;

export interface SourceCode {
  readonly name: string;
  /** 1 to 127: bit 7 of `<field>_s` is the conflict bit. */
  readonly code: number;
  readonly title: Message;
}

const schema = z.record(
  z.string(),
  z.strictObject({
    code: z
      .number()
      .int()
      .min(1)
      .max(CONFLICT_BIT - 1),
    zh: z.string(),
    en: z.string(),
  }),
);

/**
 * The sources of `platform/sources.yaml` by name.
 *
 * @throws FillOnceError `warehouse.declaration` when a code is used twice or a contract's source has none.
 */
export function loadSourceCodes(
  contracts: ReadonlyMap<string, Contract>,
  file = join(packageRoot(), 'warehouse', 'platform', 'sources.yaml'),
): ReadonlyMap<string, SourceCode> {
  const result = schema.safeParse(parse(readFileSync(file, 'utf8')));
  if (!result.success) throw declarationWrong(file, z.prettifyError(result.error));
  const entries = Object.entries(result.data);
  const codes = new Map(entries.map(([name, { code, zh, en }]) => [name, { name, code, title: { zh, en } }]));
  if (new Set(entries.map(([, { code }]) => code)).size !== entries.length) {
    throw declarationWrong(file, 'a code is used twice');
  }
  for (const contract of contracts.values()) {
    if (!codes.has(contract.source))
      throw declarationWrong(file, `${datasetName(contract)} has a source without a code`);
  }
  return codes;
}
