/** Numbers happenings through: so many each day from `start` on, in order of time. */
export interface Daily {
  /** How many there have been up to the end of `day`. */
  countTo(day: number): number;
  /** The day of the happening with this number, and its number within that day. */
  locate(ordinal: number): { day: number; sequence: number };
}

export function createDaily(start: number, perDay: (day: number) => number): Daily {
  /** offsets[d] = happenings before day start + d */
  const offsets = [0];
  const grow = (day: number) => {
    while (offsets.length <= day - start + 1) offsets.push(offsets.at(-1)! + perDay(start + offsets.length - 1));
  };
  return {
    countTo: (day) => {
      if (day < start) return 0;
      grow(day);
      return offsets[day - start + 1]!;
    },
    locate: (ordinal) => {
      while (offsets.at(-1)! <= ordinal) grow(start + offsets.length - 1);
      let low = 0;
      let high = offsets.length - 1;
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (offsets[middle]! <= ordinal) low = middle;
        else high = middle;
      }
      return { day: start + low, sequence: ordinal - offsets[low]! };
    },
  };
}

/** Share of a day's happenings in each hour: quiet nights, busy mornings and evenings. */
const HOURS = [
  1, 0.7, 0.5, 0.4, 0.5, 1, 2.4, 4.6, 6, 6.2, 6, 5.6, 5.2, 5, 5.6, 5.8, 5.9, 6.4, 6.6, 6, 5.2, 4, 2.8, 1.7,
];
const TOTAL = HOURS.reduce((sum, weight) => sum + weight, 0);
const CUMULATIVE = HOURS.map((_, hour) => HOURS.slice(0, hour + 1).reduce((sum, weight) => sum + weight, 0) / TOTAL);

/** A second of the day for a share in [0, 1): shares in order give seconds in order. */
export function secondOfDay(share: number): number {
  const hour = CUMULATIVE.findIndex((edge) => share < edge);
  const before = hour > 0 ? CUMULATIVE[hour - 1]! : 0;
  const within = (share - before) / (CUMULATIVE[hour]! - before);
  return hour * 3600 + Math.min(3599, Math.floor(within * 3600));
}

/** How busy an hour is, 1 on average. */
export function hourWeight(hour: number): number {
  return (HOURS[hour]! / TOTAL) * 24;
}
