// Run as a process of its own by kill.test.ts, which kills it at a moment of its choosing.
import { appendFileSync } from 'node:fs';
import { systemClock } from '../../core/index.ts';
import { addToOutbox, audit, openStore } from '../../store/index.ts';

const [folder, acknowledgements] = process.argv.slice(2) as [string, string];
const store = await openStore({ folder, clock: systemClock });
for (let i = 0; ; i++) {
  const key = `${process.pid}-${i}`;
  await store.system.transaction(async (tx) => {
    await audit(tx, { action: 'test', subject: key });
    await addToOutbox(tx, 'test', key, { key });
  });
  appendFileSync(acknowledgements, `${key}\n`);
  process.stdout.write('.');
}
