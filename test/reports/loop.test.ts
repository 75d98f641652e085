import { afterAll, it } from 'vitest';
import { findPostgres, type PostgresServer, startPostgres } from '../postgres-server.ts';
import { describeLoop } from './loop.ts';

describeLoop('pglite', async () => ({ folder: 'memory' }));

let server: PostgresServer | undefined;
afterAll(() => server?.stop());

if (findPostgres() || process.env.CI === 'true') {
  describeLoop('postgres', async () => {
    server ??= await startPostgres();
    return { databaseUrl: await server.createDatabase() };
  });
} else {
  it.skip('the reporting loop over postgres: NOT RUN, no initdb and postgres on this machine', () => undefined);
}
