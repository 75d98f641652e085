import { z } from '@hono/zod-openapi';
import { orNull, theme } from './vocabulary.ts';

export const serverEventType = z
  .enum(['task', 'campaign', 'incident', 'publication', 'source'])
  .openapi('ServerEventType');
export type ServerEventType = z.infer<typeof serverEventType>;

/** One thing that changed, as it travels over `/api/events`. It names the thing; the screen reads it anew. */
export const serverEvent = z
  .object({
    /** Grows with every event of one server. */
    id: z.number().int(),
    type: serverEventType,
    subject: z.string(),
    org: z.string().nullable(),
    theme: orNull(theme),
    data: z.record(z.string(), z.unknown()),
  })
  .openapi('ServerEvent');
export type ServerEvent = z.infer<typeof serverEvent>;
