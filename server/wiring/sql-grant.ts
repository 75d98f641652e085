import { dirname, join } from 'node:path';
import type { SqlGrant } from '../../analytics/index.ts';
import { can, type Theme, type User } from '../../core/index.ts';
import type { PublicationManifest, Reader } from '../../warehouse/index.ts';
import { maySee } from '../masking.ts';
import type { Marts } from '../ports.ts';
import type { MartDescription } from '../schema/mart.ts';

/** The column of a mart that says to which org unit a row belongs. */
const ORG = '_org';

export interface OpenMart {
  readonly description: MartDescription;
  readonly types: ReadonlyMap<string, string>;
  readonly org: string | null;
}

/** The marts of a publication that a person may read, as his pages of data show them. */
export async function openMarts(user: User, manifest: PublicationManifest, marts: Marts): Promise<OpenMart[]> {
  const open: OpenMart[] = [];
  for (const published of manifest.marts) {
    const theme = published.theme as Theme;
    if (!can(user, 'mart.read', { theme })) continue;
    const description = await marts.describe(user, theme, published.name);
    if (!description || !can(user, 'mart.read', { sensitivity: description.sensitivity })) continue;
    open.push({
      description,
      types: new Map(published.columns.map(({ name, type }) => [name, type])),
      org: published.columns.some(({ name }) => name === ORG) ? ORG : null,
    });
  }
  return open;
}

/**
 * What a person may ask of a publication: the same marts, columns, rows and masks as his pages of data.
 *
 * @example const grant = await grantOf(user, await reader.current(), { reader, marts });
 */
export async function grantOf(
  user: User,
  manifest: PublicationManifest,
  { reader, marts }: { readonly reader: Reader; readonly marts: Marts },
): Promise<SqlGrant> {
  const open = await openMarts(user, manifest, marts);
  const first = manifest.marts[0];
  const folder = first === undefined ? '' : dirname(await reader.parquetFile(manifest.id, first.mart));
  return {
    publicationId: manifest.id,
    scope: user.scope,
    marts: open.map(({ description, org }) => ({
      table: `${description.theme}.${description.name}`,
      theme: description.theme,
      name: description.name,
      columns: description.columns.map((column) => ({ name: column.id, masked: !maySee(user, column) })),
      org,
    })),
    files: Object.fromEntries(manifest.themes.map(({ theme, file }) => [theme, join(folder, file)])),
  };
}
