import type { Scalar } from '../api-types.ts';

/** A statement with its values, as it goes into a link. */
export interface Shared {
  readonly statement: string;
  readonly parameters: Readonly<Record<string, Scalar>>;
}

/** The part of a link after `#`: the server never sees it, and whoever opens it asks with his own rights. */
export function toFragment(shared: Shared): string {
  const bytes = new TextEncoder().encode(JSON.stringify(shared));
  return `s=${btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')}`;
}

/** Null when the fragment holds no statement. */
export function fromFragment(fragment: string): Shared | null {
  const packed = /^#?s=([\w-]+)$/.exec(fragment)?.[1];
  if (packed === undefined) return null;
  try {
    const binary = atob(packed.replaceAll('-', '+').replaceAll('_', '/'));
    const text = new TextDecoder().decode(Uint8Array.from(binary, (char) => char.charCodeAt(0)));
    const { statement, parameters } = JSON.parse(text) as Partial<Shared>;
    return typeof statement === 'string' ? { statement, parameters: parameters ?? {} } : null;
  } catch {
    return null;
  }
}
