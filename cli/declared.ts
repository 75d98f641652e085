import type { Catalogue } from '../core/index.ts';
import { dictionaryEntries, lineageSource } from '../server/index.ts';
import type { DictionaryEntry } from '../server/schema/asset.ts';
import { loadTemplates } from '../templates/index.ts';
import { type ColumnLineage, loadDeclared } from '../warehouse/index.ts';

/** The lineage of the shipped warehouse and forms, without a data folder. */
export function declaredLineage(catalogue: Catalogue): Promise<ColumnLineage> {
  return lineageSource(loadDeclared(catalogue), loadTemplates({ catalogue }))();
}

/** The data dictionary of the shipped warehouse and forms. */
export async function declaredDictionary(catalogue: Catalogue): Promise<readonly DictionaryEntry[]> {
  const declared = loadDeclared(catalogue);
  const templates = loadTemplates({ catalogue });
  return dictionaryEntries(declared, templates, await lineageSource(declared, templates)());
}

export { dictionaryCsv, dictionaryTable } from '../server/index.ts';
