/** A random id of 24 characters. `crypto.randomUUID` is missing on plain-HTTP intranets; `getRandomValues` is not. */
export function newOpId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
