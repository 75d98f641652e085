import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import pg from 'pg';

export interface PostgresServer {
  /** Connection string of a fresh empty database; each call makes another one. Its owner may create roles and no more. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

/** The folder of a Postgres ≥15 installation on this machine, or null. */
export function findPostgres(): string | null {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(root, version, 'bin')),
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/local/pgsql/bin',
    '/opt/homebrew/opt/postgresql/bin',
  ];
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres'))) ?? null;
}

/**
 * A real Postgres in a temporary folder on a free port of the loopback, gone with `stop()`.
 *
 * @throws Error naming the folders searched when there is none; call {@link findPostgres} first to skip instead
 */
export async function startPostgres(): Promise<PostgresServer> {
  const bin = findPostgres();
  if (!bin) throw new Error('No initdb and postgres on PATH or under /usr/lib/postgresql: install postgresql ≥15');
  const folder = mkdtempSync(join(tmpdir(), 'fillonce-postgres-'));
  // Postgres refuses to run as root: as root the folder goes to an unprivileged user, and the server runs as that user.
  const identity = process.getuid?.() === 0 ? unprivileged() : undefined;
  if (identity) chownSync(folder, identity.uid, identity.gid);
  const data = join(folder, 'data');
  const options = { ...identity, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' } };
  await finished(
    spawn(join(bin, 'initdb'), ['-D', data, '-U', 'owner', '-A', 'trust', '-E', 'UTF8', '--no-locale', '-N'], options),
    'initdb',
  );
  const port = await freePort();
  const settings = { port, listen_addresses: '127.0.0.1', unix_socket_directories: folder, fsync: 'off' };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn(join(bin, 'postgres'), ['-D', data, ...flags], options);
  let log = '';
  server.stderr?.on('data', (text: Buffer) => {
    log = (log + text.toString()).slice(-20_000);
  });
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  await ready(server, port, () => log);

  await query(port, 'CREATE ROLE plain LOGIN CREATEROLE');
  let databases = 0;
  return {
    createDatabase: async () => {
      const name = `test_${++databases}`;
      await query(port, `CREATE DATABASE ${name} OWNER plain`);
      return `postgres://plain@127.0.0.1:${port}/${name}`;
    },
    stop: async () => {
      server.kill('SIGQUIT');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function unprivileged(): { uid: number; gid: number } {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  const line = lines.find((each) => each.startsWith('postgres:')) ?? lines.find((each) => each.startsWith('nobody:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (uid === undefined || gid === undefined) throw new Error('Neither user postgres nor nobody exists');
  return { uid: Number(uid), gid: Number(gid) };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

/** Tries to connect until the server answers, for at most 30 seconds. */
async function ready(server: ChildProcess, port: number, log: () => string): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    if (server.exitCode !== null) throw new Error(`postgres ended: ${log()}`);
    try {
      await query(port, 'SELECT 1');
      return;
    } catch (error) {
      if (performance.now() > deadline) throw new Error(`postgres did not start: ${log()}`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function query(port: number, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: `postgres://owner@127.0.0.1:${port}/postgres` });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

function finished(child: ChildProcess, name: string): Promise<void> {
  let output = '';
  child.stdout?.on('data', (text: Buffer) => {
    output += text.toString();
  });
  child.stderr?.on('data', (text: Buffer) => {
    output += text.toString();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${name} ended with ${code}: ${output}`))));
  });
}
