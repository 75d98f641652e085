import { type ChildProcess, fork } from 'node:child_process';

/** Starts processes that read one file from outside each. */
export interface SafeProcesses {
  /** One that nobody has used; whoever takes it ends it. */
  take(heapMb: number): ChildProcess;
  /** Says that a process was used up, and that nobody waits at the moment. */
  used(): void;
}

/** A process for each file, started when the file is there. */
export function coldProcesses(workerFile: string): SafeProcesses {
  return { take: (heapMb) => start(workerFile, heapMb), used: () => undefined };
}

/**
 * Keeps one process started ahead, so that a file is answered in the time that reading it takes: Node's own start is longer than
 * most of them need. Each still reads one file only. The one that waits keeps nobody alive and ends with this process.
 */
export function warmProcesses(workerFile: string, heapMb: number): SafeProcesses & { close(): void } {
  let spare: ChildProcess | undefined;
  let closed = false;

  function prepare(): void {
    if (closed || spare) return;
    const one = start(workerFile, heapMb);
    spare = one;
    one.unref();
    one.channel?.unref();
    const gone = () => {
      if (spare === one) spare = undefined;
    };
    one.once('exit', gone);
    one.once('error', gone);
  }

  prepare();
  return {
    take: (wanted) => {
      const one = spare;
      if (!one || wanted !== heapMb || !one.connected) return start(workerFile, wanted);
      spare = undefined;
      one.ref();
      one.channel?.ref();
      return one;
    },
    used: prepare,
    close: () => {
      closed = true;
      spare?.kill('SIGKILL');
      spare = undefined;
    },
  };
}

function start(workerFile: string, heapMb: number): ChildProcess {
  return fork(workerFile, {
    serialization: 'advanced',
    env: {},
    execArgv: [`--max-old-space-size=${heapMb}`],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
}
