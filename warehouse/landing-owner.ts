import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

const DAY_MS = 86_400_000;

/**
 * A new hidden file name that says which process is writing it: `.<host>.<pid>.<start>.<random>.<kind>`. The start of
 * the process tells a restart under the same pid (pid 1 in a container) from ourselves.
 */
export function ownedName(kind: 'part' | 'open'): string {
  return `.${ownHost()}.${process.pid}.${ownStart()}.${randomBytes(6).toString('hex')}.${kind}`;
}

/**
 * True when the process that was writing the file is gone. A file of another host counts as abandoned after a day
 * without a write, since its process cannot be asked.
 */
export function isAbandoned(name: string, modified: Date, now: Date): boolean {
  const [, host, pid, start] = name.split('.');
  if (host !== ownHost()) return now.getTime() - modified.getTime() > DAY_MS;
  if (Number(pid) === process.pid) return start !== ownStart();
  return !isAlive(Number(pid));
}

function ownHost(): string {
  return hostname().replaceAll(/[^A-Za-z0-9-]/g, '-') || 'localhost';
}

function ownStart(): string {
  return Math.round(performance.timeOrigin).toString(36);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
