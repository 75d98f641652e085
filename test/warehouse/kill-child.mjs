// Runs a warehouse until it is killed: lands, stages, refreshes, publishes, and says on stdout what is acknowledged.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [root, folder, firstText] = process.argv.slice(2);
const load = (file) => import(pathToFileURL(join(root, 'dist', file)).href);
const { loadCatalogue } = await load('core/catalogue.js');
const { systemClock } = await load('core/clock.js');
const { openLanding, openWarehouse } = await load('warehouse/index.js');

const landing = openLanding({ folder: join(folder, 'landing'), clock: systemClock });
const warehouse = await openWarehouse({
  folder: join(folder, 'warehouse'),
  landing,
  catalogue: loadCatalogue(),
  clock: systemClock,
  memoryMb: 256,
  threads: 1,
});
await warehouse.stageOutstanding();
process.stdout.write('open\n');
for (let n = Number(firstText); ; n++) {
  const writer = landing.write('grid', 'case');
  await writer.append(
    Array.from({ length: 50 }, (_, i) => ({
      caseNo: `c${n}-${i}`,
      category: '1',
      gridPath: '310199/001/c01/g01',
      reportedAt: '2026-11-01T08:00:00+08:00',
      updatedAt: '2026-11-01T09:00:00+08:00',
    })),
  );
  const { id } = await writer.commit({ n });
  await warehouse.stage(id);
  process.stdout.write(`staged ${id}\n`);
  await warehouse.refresh(['case']);
  const { id: publication } = await warehouse.publish();
  process.stdout.write(`published ${publication} ${n}\n`);
}
