import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Jump } from './timeline.ts';

/** What the city must remember over a restart, apart from its corrections. */
export interface CityState {
  /** First day of the simulation, `YYYY-MM-DD`. */
  readonly today: string;
  readonly shiftDays: number;
  readonly jumps: readonly Jump[];
  /** The city's horizon when this was written. */
  readonly lastSeen: number;
}

/** A JSON file that is replaced as a whole: a crash leaves the old one or the new one. */
export interface StateFile<T> {
  read(): T | undefined;
  write(value: T): void;
}

export function openStateFile<T>(folder: string, name: string): StateFile<T> {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  return {
    read: () => (existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T) : undefined),
    write: (value) => {
      writeFileSync(`${file}.new`, JSON.stringify(value));
      renameSync(`${file}.new`, file);
    },
  };
}
