import { readdirSync, readFileSync } from 'node:fs';

/**
 * Memory of this process and all that descend from or were started by it, in MB: proportional set size, so that pages shared
 * between processes count once. Null where the system does not tell (only Linux does).
 */
export function stackMemoryMb(extraPids: readonly number[]): number | null {
  const parents = parentsOfAll();
  if (parents === null) return null;
  const members = new Set([process.pid, ...extraPids]);
  for (let grew = true; grew; ) {
    grew = false;
    for (const [pid, parent] of parents) {
      if (!members.has(pid) && members.has(parent)) grew = members.add(pid).size > 0;
    }
  }
  let kilobytes = 0;
  for (const pid of members) kilobytes += proportionalKb(pid);
  return Math.round(kilobytes / 1024);
}

/** Samples until stopped; `stop` returns the highest sample. */
export function watchStackMemory(extraPids: () => readonly number[], everyMs = 1_000): { stop: () => number | null } {
  let peak: number | null = null;
  const sample = () => {
    const now = stackMemoryMb(extraPids());
    if (now !== null) peak = Math.max(peak ?? 0, now);
  };
  const timer = setInterval(sample, everyMs);
  timer.unref();
  return {
    stop: () => {
      sample();
      clearInterval(timer);
      return peak;
    },
  };
}

function parentsOfAll(): Map<number, number> | null {
  try {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return new Map(pids.map((pid) => [Number(pid), parentOf(pid)]));
  } catch {
    return null;
  }
}

function parentOf(pid: string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return 0;
  }
}

function proportionalKb(pid: number): number {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
