import { ApplicationFailure } from '@temporalio/common';
import { errorText, FillOnceError } from '../../core/errors.ts';

/**
 * An error as Temporal should see it: what is known to be hopeless is not retried, a wait that a source asked for (`retryAfterMs` in
 * the details) is kept. Unknown errors are retried by the activity's policy.
 */
export function asFailure(error: unknown, attempt: number): Error {
  if (error instanceof ApplicationFailure) return error;
  if (!(error instanceof FillOnceError)) return error instanceof Error ? error : new Error(errorText(error));
  const waitMs = error.details.retryAfterMs;
  return ApplicationFailure.create({
    message: error.message,
    type: error.code,
    nonRetryable: !error.retryable,
    details: [{ attempt, ...error.toJSON() }],
    cause: error,
    ...(typeof waitMs === 'number' ? { nextRetryDelay: waitMs } : {}),
  });
}
