import type { Catalogue } from '../core/index.ts';
import type { Objects, Store } from '../store/index.ts';
import type { TemplateSet } from '../templates/index.ts';
import type { Landing } from '../warehouse/index.ts';
import { type Campaigns, createCampaigns } from './campaign.ts';
import { type Conflicts, createConflicts } from './conflict.ts';
import { type Corrections, createCorrections } from './correction.ts';
import { createExports, type Exports } from './export.ts';
import { createForms, type Forms } from './form.ts';
import { createMerges, type Merges } from './merge.ts';
import { createPatches, type Patches } from './patch.ts';
import { createPrefill, type Prefill, type ReportReader } from './prefill.ts';
import { createProvenance, type Provenance } from './provenance.ts';
import { createReleases, type Releases } from './release.ts';
import { createReminders, type Reminders } from './reminder.ts';
import { createReviews, type Reviews } from './review.ts';
import { createSnapshotRows } from './snapshot-rows.ts';
import { createSubmissions, type Submissions } from './submission.ts';
import { createTasks, type Tasks } from './task.ts';
import { createTaskWorkbooks, type TaskWorkbooks } from './task-workbook.ts';
import { createWriteBack, type WriteBack } from './write-back.ts';

export interface ReportsOptions {
  readonly store: Store;
  readonly reader: ReportReader;
  readonly objects: Objects;
  readonly templates: TemplateSet;
  readonly catalogue: Catalogue;
  readonly landing: Pick<Landing, 'write' | 'lastManifest'>;
}

/** The steps of the reporting loop over one store, one reader and one object folder. */
export interface Reports {
  readonly forms: Forms;
  readonly campaigns: Campaigns;
  readonly prefill: Prefill;
  readonly tasks: Tasks;
  readonly patches: Patches;
  readonly taskWorkbooks: TaskWorkbooks;
  readonly submissions: Submissions;
  readonly reviews: Reviews;
  readonly merges: Merges;
  readonly conflicts: Conflicts;
  readonly releases: Releases;
  readonly writeBack: WriteBack;
  readonly corrections: Corrections;
  readonly exports: Exports;
  readonly provenance: Provenance;
  readonly reminders: Reminders;
}

/**
 * Puts the steps together.
 *
 * @example
 * const reports = createReports({ store, reader, objects, templates, catalogue, landing });
 * const campaign = await reports.campaigns.create(user, { templateId, period: '2026-11', scope, deadline });
 * await reports.prefill.run(campaign.id);
 * await reports.campaigns.issue(campaign.id);
 */
export function createReports({ store, reader, objects, templates, catalogue, landing }: ReportsOptions): Reports {
  const forms = createForms({ templates, catalogue });
  const rows = createSnapshotRows({ reader, objects });
  const patches = createPatches({ store, forms, rows });
  const merges = createMerges({ store, reader, objects, forms });
  return {
    forms,
    campaigns: createCampaigns({ store, reader, objects, forms }),
    prefill: createPrefill({ store, reader, objects, forms }),
    tasks: createTasks({ store, reader, forms, rows }),
    patches,
    taskWorkbooks: createTaskWorkbooks({ store, reader, forms, rows, patches }),
    submissions: createSubmissions({ store }),
    reviews: createReviews({ store, forms, rows }),
    merges,
    conflicts: createConflicts({ store, reader, forms, rows }),
    releases: createReleases({ store, forms, merges }),
    writeBack: createWriteBack({ store, landing }),
    corrections: createCorrections({ store }),
    exports: createExports({ store, reader, objects, forms }),
    provenance: createProvenance({ store, reader, objects, forms, rows }),
    reminders: createReminders({ store }),
  };
}
