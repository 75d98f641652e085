import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { packageRoot } from '../core/paths.ts';
import { sourceConfigWrong, unknownDataset } from './errors.ts';
import type { FileDataset } from './files.ts';

const head = {
  pattern: z.string(),
  headerContains: z.array(z.string()).min(1),
  dropRowsWhere: z.strictObject({ column: z.string(), blankOr: z.array(z.string()) }).optional(),
};
const layoutSchema = z.discriminatedUnion('kind', [
  z.strictObject({ ...head, kind: z.literal('csv'), encoding: z.enum(['gb18030', 'utf-8']) }),
  z.strictObject({ ...head, kind: z.literal('xlsx'), sheet: z.string() }),
]);
const contractSchema = z.looseObject({
  source: z.string(),
  dataset: z.string(),
  file: layoutSchema.optional(),
  columns: z.record(z.string(), z.looseObject({ aliases: z.array(z.string()).optional() })),
});

/**
 * The layouts of files, from the `file` part of the contracts (`<folder>/<theme>/contracts/*.yaml`). The aliases of the
 * contract's columns help to find the header.
 *
 * @throws FillOnceError `connectors.config` for a contract that is not well-formed; the answered function throws
 * `connectors.dataset` for a dataset that does not come in files
 */
export function loadFileLayouts(
  folder = join(packageRoot(), 'warehouse', 'themes'),
): (source: string, dataset: string) => FileDataset {
  const layouts = new Map<string, FileDataset>();
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!/[\\/]contracts[\\/][^\\/]+\.yaml$/.test(name)) continue;
    const result = contractSchema.safeParse(parse(readFileSync(join(folder, name), 'utf8')));
    if (!result.success) throw sourceConfigWrong(name, z.prettifyError(result.error));
    const { source, dataset, file, columns } = result.data;
    if (!file) continue;
    const aliases = Object.entries(columns).flatMap(([column, { aliases }]) => (aliases ? [[column, aliases]] : []));
    layouts.set(`${source}.${dataset}`, { ...file, aliases: Object.fromEntries(aliases) });
  }
  return (source, dataset) => {
    const layout = layouts.get(`${source}.${dataset}`);
    if (!layout) throw unknownDataset(source, dataset);
    return layout;
  };
}
