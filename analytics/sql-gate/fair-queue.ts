import { queueFull } from './errors.ts';

export interface Turn {
  /** Resolves when it is this one's turn; the function ends the turn. Rejects with the reason given to `leave`. */
  readonly ready: Promise<() => void>;
  /** 1 is next; null when it does not wait (any more). */
  position(): number | null;
  leave(reason: unknown): void;
}

export interface FairQueue {
  /** @throws FillOnceError 429 `analytics.sql.queue` */
  enter(owner: string): Turn;
  waiting(): number;
}

interface Waiting {
  readonly owner: string;
  readonly begin: () => void;
  readonly refuse: (reason: unknown) => void;
}

/**
 * Turns, a few at a time. Owners take them in rotation, whoever asks how often: one who has forty waiting delays another by one.
 *
 * @example
 * const queue = createFairQueue({ atOnce: 1, perOwner: 5, inAll: 50 });
 * const end = await queue.enter(user.id).ready;
 */
export function createFairQueue(limits: {
  readonly atOnce: number;
  /** Waiting or running, of one owner. */
  readonly perOwner: number;
  /** Waiting, of all. */
  readonly inAll: number;
}): FairQueue {
  const waiting: Waiting[] = [];
  const running: string[] = [];
  /** Owners by when they last began, the longest ago first. */
  let served: string[] = [];

  /** The order in which those who wait would begin, if nobody else came. */
  function order(): Waiting[] {
    const left = [...waiting];
    let turns = [...served];
    const ordered: Waiting[] = [];
    while (left.length > 0) {
      const rank = (owner: string) => turns.indexOf(owner);
      const next = left.reduce((a, b) => (rank(b.owner) < rank(a.owner) ? b : a));
      left.splice(left.indexOf(next), 1);
      turns = [...turns.filter((owner) => owner !== next.owner), next.owner];
      ordered.push(next);
    }
    return ordered;
  }

  function advance(): void {
    while (running.length < limits.atOnce) {
      const next = order()[0];
      if (!next) return;
      waiting.splice(waiting.indexOf(next), 1);
      running.push(next.owner);
      served = [...served.filter((owner) => owner !== next.owner), next.owner].slice(-1_000);
      next.begin();
    }
  }

  return {
    waiting: () => waiting.length,
    enter: (owner) => {
      const mine = [...running, ...waiting.map((each) => each.owner)].filter((each) => each === owner).length;
      if (mine >= limits.perOwner) throw queueFull(mine, true);
      if (waiting.length >= limits.inAll) throw queueFull(waiting.length, false);
      let entry: Waiting | undefined;
      const ready = new Promise<() => void>((resolve, reject) => {
        let over = false;
        const end = () => {
          if (over) return;
          over = true;
          running.splice(running.indexOf(owner), 1);
          advance();
        };
        entry = { owner, begin: () => resolve(end), refuse: reject };
      });
      waiting.push(entry!);
      advance();
      return {
        ready,
        position: () => {
          const at = order().indexOf(entry!);
          return at < 0 ? null : at + 1;
        },
        leave: (reason) => {
          const at = waiting.indexOf(entry!);
          if (at < 0) return;
          waiting.splice(at, 1);
          entry!.refuse(reason);
        },
      };
    },
  };
}
