import { FillOnceError } from '../../core/index.ts';

/** What the store says of a thing that is not there, or not in scope, as null. */
export async function orNothing<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof FillOnceError && error.status === 404) return null;
    throw error;
  }
}
