import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { civilDate } from '../core/civil-time.ts';
import type { Clock } from '../core/clock.ts';
import { FillOnceError, type Message } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import type { Spool } from './connector.ts';
import type { PlateHash } from './plate-hash.ts';

export interface WebhookRequest {
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body as it came: the signature is over its bytes. */
  readonly body: Uint8Array;
}

export interface WebhookReply {
  readonly status: number;
  readonly body: string;
  readonly contentType: string;
}

export interface WebhookStatus {
  readonly deliveries: number;
  readonly records: number;
  /** Refused deliveries by reason. */
  readonly refused: Readonly<Record<string, number>>;
}

export interface WebhookReceiver {
  (request: WebhookRequest): Promise<WebhookReply>;
  readonly status: WebhookStatus;
}

export interface WebhookOptions {
  /** Any of these may have signed: the old and the new one while a secret is changed. */
  readonly secrets: readonly string[];
  readonly spool: Spool;
  readonly plateHash: PlateHash;
  readonly clock: Clock;
  /** Largest body; 1 MiB unless told. */
  readonly bodyBytes?: number;
}

/** How far a delivery's timestamp may be off the platform's clock: what was recorded cannot be sent again later. */
const WINDOW_S = 300;
const RECORDS_PER_DELIVERY = 500;

const delivery = z.object({
  deliveryId: z.string().max(128),
  records: z
    .array(
      z.object({
        uniqueId: z.string().max(128),
        parkCode: z.string().max(64),
        plateNo: z.string().max(32).nullish(),
        carType: z.string().max(32).nullish(),
        ioStatus: z.string().max(32),
        lane: z.string().max(64).nullish(),
        passTime: z.string().max(40),
      }),
    )
    .max(RECORDS_PER_DELIVERY),
});

/**
 * Receives signed deliveries of parking passages. Nothing is parsed before the signature holds, the plate is hashed
 * before anything is stored, fields that are not named above are dropped, and the reply 200 means: on disk. A delivery
 * may come twice; its records carry their own keys.
 *
 * @example const receive = createWebhookReceiver({ secrets, spool, plateHash: createPlateHash(key), clock });
 */
export function createWebhookReceiver(options: WebhookOptions): WebhookReceiver {
  const { secrets, spool, plateHash, clock } = options;
  const bodyBytes = options.bodyBytes ?? 1 << 20;
  const refused: Record<string, number> = {};
  let deliveries = 0;
  let records = 0;

  function refuse(status: number, reason: keyof typeof REFUSALS): WebhookReply {
    refused[reason] = (refused[reason] ?? 0) + 1;
    return reply(status, { code: `connectors.webhook.${reason}`, status, message: REFUSALS[reason] });
  }

  async function receive({ headers, body }: WebhookRequest): Promise<WebhookReply> {
    if (body.length > bodyBytes) return refuse(413, 'large');
    const timestamp = headers['x-timestamp'] ?? '';
    if (!isSigned(secrets, timestamp, body, headers['x-signature'] ?? '')) return refuse(401, 'signature');
    const offBy = Math.abs(Number(timestamp) - clock.now().getTime() / 1000);
    if (!(offBy <= WINDOW_S)) return refuse(401, 'timestamp');
    const parsed = delivery.safeParse(parse(body));
    if (!parsed.success) return refuse(400, 'shape');
    try {
      await spool.append(parsed.data.records.map(store));
    } catch (error) {
      if (!(error instanceof FillOnceError)) throw error;
      return refuse(503, 'busy');
    }
    deliveries += 1;
    records += parsed.data.records.length;
    return reply(200, { accepted: parsed.data.records.length });
  }

  /** The record as it is stored, field by field. */
  function store(record: z.infer<typeof delivery>['records'][number]): JsonObject {
    const month = /^\d{4}-\d{2}/.exec(record.passTime)?.[0] ?? civilDate(clock.now()).slice(0, 7);
    return {
      uniqueId: record.uniqueId,
      parkCode: record.parkCode,
      plateHash: plateHash(record.plateNo ?? null, month),
      carType: record.carType ?? null,
      ioStatus: record.ioStatus,
      lane: record.lane ?? null,
      passTime: record.passTime,
    };
  }

  return Object.defineProperty(receive, 'status', {
    get: (): WebhookStatus => ({ deliveries, records, refused: { ...refused } }),
  }) as typeof receive & { readonly status: WebhookStatus };
}

const REFUSALS = {
  large: {
    zh: '推送内容超过 1 MB；请减少每次推送的条数。',
    en: 'The body exceeds 1 MB; send fewer records at a time.',
  },
  signature: {
    zh: '签名不正确；请核对密钥与签名算法。',
    en: 'The signature is wrong; check the secret and the algorithm.',
  },
  timestamp: {
    zh: '时间戳与平台时间相差超过 300 秒；请校准时钟后重发。',
    en: 'The timestamp is more than 300 s off; set the clock right and send again.',
  },
  shape: {
    zh: '推送内容不符合约定结构；请对照接口文档检查字段。',
    en: 'The body is not of the agreed shape; check its fields against the interface.',
  },
  busy: { zh: '平台暂时无法写入；请稍后重发。', en: 'The platform cannot store it right now; send again later.' },
} satisfies Record<string, Message>;

/** Compares in the same time for every secret and every signature. */
function isSigned(secrets: readonly string[], timestamp: string, body: Uint8Array, signature: string): boolean {
  const given = Buffer.alloc(32);
  const wellFormed = /^[0-9a-f]{64}$/i.test(signature) && given.write(signature, 'hex') === 32;
  let signed = false;
  for (const secret of secrets) {
    const expected = createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest();
    signed = timingSafeEqual(expected, given) || signed;
  }
  return signed && wellFormed;
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return null;
  }
}

function reply(status: number, body: unknown): WebhookReply {
  return { status, body: JSON.stringify(body), contentType: 'application/json; charset=utf-8' };
}
