// Prebuilds the workflow bundle next to the compiled workflows, so that no worker spends seconds on it at start.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const folder = dirname(fileURLToPath(import.meta.url));
const { code } = await bundleWorkflowCode({
  workflowsPath: join(folder, 'workflows.js'),
  logger: new DefaultLogger('ERROR'),
});
writeFileSync(join(folder, 'workflow-bundle.js'), code);
