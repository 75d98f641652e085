/** `3.2 MB` */
export function byteText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  const [unit, size] =
    bytes < 1_000_000 ? ['kB', 1_000] : bytes < 1_000_000_000 ? ['MB', 1_000_000] : ['GB', 1_000_000_000];
  return `${(bytes / Number(size)).toFixed(1)} ${unit}`;
}

/** `240 ms`, `3.1 s`, `4 min` */
export function tookText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 90_000 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}
