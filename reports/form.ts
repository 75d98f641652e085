import { type Catalogue, type OrgPath, orgPath, parsePeriod } from '../core/index.ts';
import type { Campaign, Snapshot, SnapshotCounts } from '../store/index.ts';
import type { Template, TemplateSet } from '../templates/index.ts';
import { CONFIRMATION, type SqlSession } from '../warehouse/index.ts';
import { type FormPlan, planForm } from './plan.ts';

/** Lays out the form of a campaign; plans are kept, because a template version never changes. */
export interface Forms {
  readonly catalogue: Catalogue;
  template(id: string, version?: number): Template;
  plan(campaign: Pick<Campaign, 'templateId' | 'templateVersion' | 'period'>): FormPlan;
}

const KEPT = 64;

export function createForms({
  templates,
  catalogue,
}: {
  readonly templates: TemplateSet;
  readonly catalogue: Catalogue;
}): Forms {
  const plans = new Map<string, FormPlan>();
  return {
    catalogue,
    template: (id, version) => templates.get(id, version),
    plan: ({ templateId, templateVersion, period }) => {
      const name = `${templateId} ${templateVersion} ${period}`;
      const known = plans.get(name);
      if (known) return known;
      const plan = planForm(templates.get(templateId, templateVersion).binding, parsePeriod(period), catalogue);
      if (plans.size >= KEPT) plans.clear();
      plans.set(name, plan);
      return plan;
    },
  };
}

/** How many segments of a path name the unit that answers for a row. */
export function unitLevel(plan: FormPlan): number {
  return { subdistrict: 2, community: 3, grid: 4 }[plan.binding.responsible];
}

/** The unit whose task the doubtful cells of a row at `path` become. */
export function unitOf(plan: FormPlan, path: string): OrgPath {
  return orgPath(path.split('/').slice(0, unitLevel(plan)).join('/'));
}

/** The code under which a publication marks what people vouched for. */
export async function confirmationCode(sql: SqlSession): Promise<number> {
  const [row] = await sql.all<{ code: number }>('SELECT code FROM platform.source WHERE name = $1', [CONFIRMATION]);
  if (!row) throw new Error(`The publication has no source '${CONFIRMATION}'`);
  return row.code;
}

/** Cells by class, from how often each class string occurs: a few hundred strings stand for all rows. */
export function countClasses(
  columns: readonly { readonly name: string }[],
  strings: readonly { readonly class: string; readonly rows: number }[],
): SnapshotCounts {
  const total: Record<string, number> = {};
  const byColumn = columns.map((): Record<string, number> => ({}));
  for (const { class: letters, rows } of strings) {
    for (let i = 0; i < columns.length; i++) {
      const letter = letters[i]!;
      total[letter] = (total[letter] ?? 0) + rows;
      byColumn[i]![letter] = (byColumn[i]![letter] ?? 0) + rows;
    }
  }
  return { total, byColumn: Object.fromEntries(columns.map((column, i) => [column.name, byColumn[i]!])) };
}

/** Share of the cells that nobody has to be asked for, 0 to 1; cells outside the form do not count. */
export function coverageOf({ counts }: Pick<Snapshot, 'counts'>): number {
  const { h = 0, d = 0, s = 0, c = 0, m = 0 } = counts.total;
  const all = h + d + s + c + m;
  return all === 0 ? 1 : (h + d) / all;
}
