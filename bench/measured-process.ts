import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface MeasuredProcess {
  readonly seconds: number;
  readonly stdout: string;
  /** Peak resident memory where the system tells (Linux). */
  readonly peakMb: number | null;
}

/** Runs a program to its end. @throws Error with what it said, when it ends with another code than 0 */
export function measureProcess(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<MeasuredProcess> {
  const start = process.hrtime.bigint();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    let peakMb: number | null = null;
    const watch = setInterval(() => {
      peakMb = Math.max(peakMb ?? 0, highWaterMb(child.pid) ?? 0) || null;
    }, 100);
    child.stdout.on('data', (text: Buffer) => {
      stdout += text.toString();
    });
    child.stderr.on('data', (text: Buffer) => {
      stderr = (stderr + text.toString()).slice(-4_000);
    });
    child.on('error', (error) => {
      clearInterval(watch);
      reject(error);
    });
    child.on('close', (code) => {
      clearInterval(watch);
      const seconds = Number(process.hrtime.bigint() - start) / 1e9;
      if (code === 0) resolve({ seconds, stdout, peakMb });
      else reject(new Error(`${command} ${args.join(' ')} ended with ${code}: ${stdout.slice(-2_000)}${stderr}`));
    });
  });
}

function highWaterMb(pid: number | undefined): number | null {
  try {
    const kilobytes = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? null : Math.round(Number(kilobytes) / 1024);
  } catch {
    return null;
  }
}
