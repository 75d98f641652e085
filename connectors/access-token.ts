import type { Clock } from '../core/clock.ts';
import { FillOnceError } from '../core/errors.ts';
import { answerShape } from './errors.ts';
import { type HttpSend, parseJsonAnswer, placeOf } from './http-request.ts';
import { isObject } from './json-shape.ts';
import type { Pace } from './pace.ts';

export interface AccessToken {
  /** Calls with a valid token; an answer 401 renews it and calls once more. */
  use<T>(signal: AbortSignal, call: (bearer: string) => Promise<T>): Promise<T>;
}

/** A token is renewed when a tenth of its life is left, so that none expires on the way. */
const RENEW_SHARE = 0.9;

/** An expiring bearer token (client credentials), fetched once for all requests that wait for it. */
export function accessToken(options: {
  url: string;
  tokenPath: string;
  clientId: string;
  clientSecret: string;
  pace: Pace;
  send: HttpSend;
  clock: Clock;
}): AccessToken {
  const { url, tokenPath, clientId, clientSecret, pace, send, clock } = options;
  let current: Promise<{ bearer: string; renewAtMs: number }> | null = null;

  async function fetchToken(signal: AbortSignal) {
    const address = new URL(tokenPath, url).href;
    const where = placeOf(address);
    const { body } = await send({
      url: address,
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ client_id: clientId, client_secret: clientSecret }),
      limitBytes: 64 << 10,
      waitMs: pace.requestMs,
      signal,
    });
    const answer = parseJsonAnswer(body, where);
    if (!isObject(answer) || typeof answer.access_token !== 'string') throw answerShape(where, 'access_token', 'text');
    if (typeof answer.expires_in !== 'number') throw answerShape(where, 'expires_in', 'number');
    return {
      bearer: answer.access_token,
      renewAtMs: clock.now().getTime() + answer.expires_in * 1000 * RENEW_SHARE,
    };
  }

  async function token(signal: AbortSignal): Promise<string> {
    const held = await current?.catch(() => null);
    if (held && clock.now().getTime() < held.renewAtMs) return held.bearer;
    current = fetchToken(signal);
    return (await current).bearer;
  }

  return {
    use: async (signal, call) => {
      const bearer = await token(signal);
      try {
        return await call(bearer);
      } catch (error) {
        if (!(error instanceof FillOnceError) || error.details.answered !== 401) throw error;
        if ((await current?.catch(() => null))?.bearer === bearer) current = null;
        return await call(await token(signal));
      }
    },
  };
}
