import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Contender } from './excel-cost.ts';

/** A library of another language (or exceljs) as a program that writes or reads the bench table. */
export interface Peer {
  readonly who: string;
  readonly isSlow?: boolean;
  write?(count: number, file: string): Pick<Contender, 'command' | 'args'>;
  read?(count: number, file: string): Pick<Contender, 'command' | 'args'>;
}

export interface Peers {
  readonly found: readonly Peer[];
  readonly missing: readonly string[];
  /** Runs the Python side's own writer, to prepare a table; undefined without Python. */
  readonly python: string | undefined;
}

interface Candidate {
  readonly peer: Peer;
  isThere(): Promise<boolean>;
}

/** Looks for the peers' programs in a folder: `rs/peers`, `go/peers`, and `py/w.py` and `py/r.py` with the venv `py/v`. */
export async function findPeers(folder: string | undefined): Promise<Peers> {
  const candidates = folder === undefined ? candidatesIn('') : candidatesIn(folder);
  const found: Peer[] = [];
  const missing: string[] = [];
  for (const { peer, isThere } of candidates) {
    if (folder !== undefined && (await isThere())) found.push(peer);
    else missing.push(peer.who);
  }
  const python = folder === undefined ? '' : join(folder, 'py', 'v', 'bin', 'python');
  return { found, missing, python: existsSync(python) ? python : undefined };
}

function candidatesIn(folder: string): Candidate[] {
  const [rust, go] = [join(folder, 'rs', 'peers'), join(folder, 'go', 'peers')];
  const python = join(folder, 'py', 'v', 'bin', 'python');
  const script = (name: string) => join(folder, 'py', name);
  const binary = (file: string, peer: Peer): Candidate => ({ peer, isThere: async () => existsSync(file) });
  const module = (name: string, who: string, words: { write?: string; read?: string }, isSlow = false): Candidate => ({
    peer: {
      who,
      isSlow,
      ...(words.write && {
        write: (count, file) => ({ command: python, args: [script('w.py'), words.write!, String(count), file] }),
      }),
      ...(words.read && { read: (_count, file) => ({ command: python, args: [script('r.py'), words.read!, file] }) }),
    },
    isThere: async () => existsSync(python) && (await imports(python, name)),
  });
  return [
    binary(rust, {
      who: 'rust_xlsxwriter',
      write: (count, file) => ({ command: rust, args: ['w', 'constant', String(count), file] }),
    }),
    module('duckdb_extension_excel', 'duckdb-excel', { write: 'duckdb', read: 'duckdb' }),
    binary(go, {
      who: 'excelize',
      write: (count, file) => ({ command: go, args: ['w', 'excelize', String(count), file] }),
    }),
    binary(rust, { who: 'calamine', read: (_count, file) => ({ command: rust, args: ['r', 'cells', '1', file] }) }),
    module('fastexcel', 'fastexcel', { read: 'fastexcel' }),
    module('python_calamine', 'python-calamine', { read: 'calamine' }),
    binary(go, {
      who: 'excelize',
      isSlow: true,
      read: (count, file) => ({ command: go, args: ['r', 'excelize', String(count), file] }),
    }),
    module('xlsxwriter', 'XlsxWriter', { write: 'xlsxwriter' }, true),
    module('openpyxl', 'openpyxl', { write: 'openpyxl', read: 'openpyxl' }, true),
  ];
}

async function imports(python: string, name: string): Promise<boolean> {
  return promisify(execFile)(python, ['-c', `import ${name}`], { timeout: 60_000 }).then(
    () => true,
    () => false,
  );
}
