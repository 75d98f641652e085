// Serves a publication until it is killed: says on stdout when it begins, how far it is, and when it is done.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [root, folder, databaseUrl, publication] = process.argv.slice(2);
const load = (file) => import(pathToFileURL(join(root, 'dist', file)).href);
const { loadCatalogue } = await load('core/catalogue.js');
const { createServing, openReader } = await load('warehouse/index.js');

const reader = openReader({ folder: join(folder, 'warehouse') });
const serving = createServing({
  databaseUrl,
  reader: { ...reader, current: () => reader.manifest(publication) },
  catalogue: loadCatalogue(),
  visibleAfterMs: 0,
  keepMs: 0,
});
// Whoever kills it stops listening a moment before.
process.stdout.on('error', () => process.exit(1));
process.stdout.write('begun\n');
await serving.serve({ onProgress: ({ rows }) => process.stdout.write(`${rows}\n`) });
process.stdout.write('served\n');
await reader.close();
