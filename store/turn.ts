import type { Clock } from '../core/index.ts';
import { busy } from './errors.ts';

/** One at a time, first come first served, with a bounded queue and a deadline for each who waits. */
export interface Turn {
  /** Resolves with the function that ends the turn. @throws FillOnceError `store.busy` */
  take(): Promise<() => void>;
  waiting(): number;
}

export interface TurnOptions {
  readonly clock: Clock;
  readonly deadlineMs: number;
  readonly queueLimit: number;
}

export function createTurn({ clock, deadlineMs, queueLimit }: TurnOptions): Turn {
  const queue: (() => void)[] = [];
  let taken = false;

  const end = () => {
    const next = queue.shift();
    if (next) next();
    else taken = false;
  };
  const once = () => {
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      end();
    };
  };

  return {
    waiting: () => queue.length,
    take: async () => {
      if (!taken) {
        taken = true;
        return once();
      }
      if (queue.length >= queueLimit) throw busy();
      const cancel = new AbortController();
      await new Promise<void>((resolve, reject) => {
        const mine = () => {
          cancel.abort();
          resolve();
        };
        queue.push(mine);
        clock.sleep(deadlineMs, cancel.signal).then(
          () => {
            const place = queue.indexOf(mine);
            if (place < 0) return;
            queue.splice(place, 1);
            reject(busy());
          },
          () => undefined,
        );
      });
      return once();
    },
  };
}
