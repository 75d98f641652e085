import { parseArgs } from 'node:util';
import { toErrorBody } from '../core/errors.ts';
import { createCity } from './city.ts';

/** Entry of the child process: prints `{"controlUrl":"…"}` when ready; stops on SIGTERM and, with `--with-parent`, when its standard input ends. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '7' },
      scale: { type: 'string', default: '1' },
      today: { type: 'string' },
      inbox: { type: 'string', default: './data/inbox' },
      state: { type: 'string', default: './data/city' },
      port: { type: 'string', default: '0' },
      live: { type: 'string', default: 'true' },
      'with-parent': { type: 'boolean', default: false },
    },
  });
  const city = await createCity({
    seed: Number(values.seed),
    scale: Number(values.scale),
    inbox: values.inbox,
    state: values.state,
    port: Number(values.port),
    live: values.live !== 'false',
    ...(values.today === undefined ? {} : { today: values.today }),
  });
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    city.stop().finally(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  if (values['with-parent']) process.stdin.once('end', stop).once('error', stop).resume();
  process.stdout.write(`${JSON.stringify({ controlUrl: city.controlUrl })}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${JSON.stringify(toErrorBody(error))}\n${error instanceof Error ? error.stack : ''}\n`);
  process.exit(1);
});
