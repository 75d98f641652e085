// Run as a process of its own by landing-kill.test.ts, which kills it at a moment of its choosing.
import { appendFileSync } from 'node:fs';
import { systemClock } from '../../core/clock.ts';
import { openLanding } from '../../warehouse/landing.ts';
import { pullToLanding } from '../../warehouse/landing-pull.ts';

const [folder, acknowledgements] = process.argv.slice(2) as [string, string];
const landing = openLanding({ folder, clock: systemClock });

const connector = {
  async *pull({ cursor }: { cursor: unknown }) {
    for (let page = Number(cursor ?? 0); page < Number(cursor ?? 0) + 3; page++) {
      yield { records: [{ n: page * 2 }, { n: page * 2 + 1 }], cursor: page + 1 };
    }
  },
};

async function pullForever(): Promise<void> {
  for (;;) {
    await pullToLanding({
      landing,
      connector,
      source: 'grid',
      dataset: 'case',
      signal: new AbortController().signal,
      commitAfterRecords: 4,
    });
  }
}

async function pushForever(): Promise<void> {
  const spool = await landing.openSpool('parking', 'passage', { sealAfterRecords: 20 });
  for (let i = 0; ; i++) {
    const id = `${process.pid}-${i}`;
    await spool.append([{ id }]);
    appendFileSync(acknowledgements, `${id}\n`);
    process.stdout.write('.');
  }
}

await Promise.all([pullForever(), pushForever()]);
