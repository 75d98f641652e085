import type { TemplateSet } from '../../templates/index.ts';
import { type ColumnLineage, type Declared, loadLineage } from '../../warehouse/index.ts';
import { formQueries } from './form-queries.ts';

/** The lineage as of now: made once, and anew when a form is added. */
export type LineageSource = () => Promise<ColumnLineage>;

export function lineageSource(declared: Declared, templates: TemplateSet): LineageSource {
  let made: { readonly of: string; readonly lineage: Promise<ColumnLineage> } | null = null;
  return () => {
    const of = templates.all.map(({ id, version }) => `${id} ${version}`).join('\n');
    if (made?.of !== of) {
      const lineage = loadLineage(declared, formQueries(templates.all));
      made = { of, lineage };
      lineage.catch(() => {
        made = null;
      });
    }
    return made.lineage;
  };
}
