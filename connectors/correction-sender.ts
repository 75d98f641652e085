import type { Clock } from '../core/clock.ts';
import type { Json } from '../core/json.ts';
import { accessToken } from './access-token.ts';
import { answerShape } from './errors.ts';
import { createHttpSend, parseJsonAnswer, placeOf } from './http-request.ts';
import { isObject } from './json-shape.ts';
import { type PulledSource, paceOf } from './source-config.ts';

/** One accepted change on its way to the department that owns it, in the catalogue's names and values. */
export interface OutgoingCorrection {
  /** The same correction sent twice has the same key, and counts once. */
  readonly idempotencyKey: string;
  readonly dataset: string;
  /** Key of the record, joined by `|`. */
  readonly key: string;
  readonly field: string;
  readonly value: Json;
  /** ISO 8601 with offset. */
  readonly confirmedAt: string;
  readonly confirmedBy: string;
}

export type CorrectionSender = (correction: OutgoingCorrection) => Promise<{ readonly ackId: string }>;

type HttpPagingSource = Extract<PulledSource, { protocol: 'http-paging' }>;

/**
 * Hands corrections to a source of protocol `http-paging` that has a `correctionsPath`; null for one that takes none.
 *
 * @throws (the sender) FillOnceError `connectors.http.*`, `connectors.answer.*`, with `retryable` set right
 */
export function createCorrectionSender(config: HttpPagingSource, clock: Clock): CorrectionSender | null {
  const { correctionsPath, url } = config;
  if (correctionsPath === undefined) return null;
  const send = createHttpSend(clock);
  const pace = paceOf(config);
  const token = accessToken({ ...config, pace, send, clock });
  const address = new URL(correctionsPath, url).href;
  return (correction) => {
    const signal = AbortSignal.timeout(pace.retryMs);
    return token.use(signal, async (bearer) => {
      const { body } = await send({
        url: address,
        method: 'POST',
        headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify(correction),
        limitBytes: 64 << 10,
        waitMs: pace.requestMs,
        signal,
      });
      const answer = parseJsonAnswer(body, placeOf(address));
      if (!isObject(answer) || typeof answer.ackId !== 'string') throw answerShape(placeOf(address), 'ackId', 'text');
      return { ackId: answer.ackId };
    });
  };
}
