import type { Json, PeriodKind } from '../core/index.ts';
import { asJson, type JsonColumn } from './json-column.ts';
import type { Tx } from './store.ts';

export type TemplateKind = 'roster' | 'indicator' | 'crosstab';

export interface TemplateVersionTable {
  template_id: string;
  version: number;
  kind: TemplateKind;
  title: string;
  period_kind: PeriodKind;
  file_ref: string;
  binding: JsonColumn<Json>;
  hash: string;
  created_at: Date;
  created_by: string | null;
}

export interface TemplateVersion {
  readonly templateId: string;
  readonly version: number;
  readonly kind: TemplateKind;
  readonly title: string;
  readonly periodKind: PeriodKind;
  /** Object reference of the workbook, exactly as upstream sent it. */
  readonly fileRef: string;
  readonly binding: Json;
  /** Over file and binding: tells whether a version already stands. */
  readonly hash: string;
}

/** Registers a template version; one that is known stays as it is, because a version never changes. */
export async function keepTemplateVersion(tx: Tx, template: TemplateVersion): Promise<void> {
  await tx.db
    .insertInto('template_version')
    .values({
      template_id: template.templateId,
      version: template.version,
      kind: template.kind,
      title: template.title,
      period_kind: template.periodKind,
      file_ref: template.fileRef,
      binding: asJson(template.binding),
      hash: template.hash,
      created_at: tx.clock.now(),
      created_by: tx.user?.id ?? null,
    })
    .onConflict((conflict) => conflict.columns(['template_id', 'version']).doNothing())
    .execute();
}

export async function findTemplateVersion(
  tx: Tx,
  templateId: string,
  version: number,
): Promise<TemplateVersion | null> {
  const row = await tx.db
    .selectFrom('template_version')
    .select(COLUMNS)
    .where('template_id', '=', templateId)
    .where('version', '=', version)
    .executeTakeFirst();
  return row ?? null;
}

/** The newest version of every template. */
export async function listTemplateVersions(tx: Tx): Promise<TemplateVersion[]> {
  return tx.db
    .selectFrom('template_version')
    .distinctOn('template_id')
    .select(COLUMNS)
    .orderBy('template_id')
    .orderBy('version', 'desc')
    .limit(500)
    .execute();
}

const COLUMNS = [
  'template_id as templateId',
  'version',
  'kind',
  'title',
  'period_kind as periodKind',
  'file_ref as fileRef',
  'binding',
  'hash',
] as const;
