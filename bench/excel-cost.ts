import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A program to be measured, as a whole process. */
export interface Contender {
  readonly who: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Where it runs; peers look for their tables there. */
  readonly cwd?: string;
  /** The file it writes, where it writes one. */
  readonly writes?: string;
  /** Takes minutes for a million rows: one round there. */
  readonly isSlow?: boolean;
}

export interface Cost {
  readonly seconds: number;
  readonly cpuSeconds: number | undefined;
  /** Most memory resident at once. */
  readonly peakMb: number | undefined;
  readonly output: string;
}

/** What our own runs say of themselves in their last line. */
export interface OwnAccount {
  readonly cpuSeconds: number;
  readonly peakMb: number;
  /** Longest time in which the event loop did nothing else. */
  readonly longestPauseMs: number;
  readonly outcome: unknown;
}

const POLL_MS = 10;
/** No contender takes longer than this for a million rows. */
const DEADLINE_MS = 900_000;

/** Runs one contender to its end. Linux tells the peak of a running process; elsewhere only our own runs tell theirs. */
export function measure({ who, command, args, cwd }: Contender): Promise<Cost> {
  const start = process.hrtime.bigint();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], timeout: DEADLINE_MS });
    let output = '';
    let complaint = '';
    let polled: number | undefined;
    const poll = setInterval(() => {
      polled = peakOf(child.pid) ?? polled;
    }, POLL_MS);
    child.stdout.on('data', (text) => {
      output += text;
    });
    child.stderr.on('data', (text) => {
      complaint = (complaint + text).slice(-2_000);
    });
    child.on('error', (error) => {
      clearInterval(poll);
      reject(error);
    });
    child.on('close', (code) => {
      clearInterval(poll);
      const seconds = Number(process.hrtime.bigint() - start) / 1e9;
      if (code !== 0) reject(new Error(`${who} ended with ${code}: ${output.slice(-500)} ${complaint}`));
      else {
        const own = ownAccount(output);
        resolve({ seconds, cpuSeconds: own?.cpuSeconds, peakMb: own?.peakMb ?? polled, output });
      }
    });
  });
}

export function ownAccount(output: string): OwnAccount | undefined {
  return output.startsWith('{') ? (JSON.parse(output) as OwnAccount) : undefined;
}

/** Megabytes a process (this one unless told) had resident at most; undefined where the system does not tell. */
export function peakOf(pid: number | 'self' | undefined): number | undefined {
  try {
    const found = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return found ? Number(found[1]) / 1024 : undefined;
  } catch {
    return undefined;
  }
}
