import { z } from '@hono/zod-openapi';
import { orNull, role, sensitivity, timestamp } from './vocabulary.ts';

export const me = z
  .object({
    id: z.string(),
    login: z.string(),
    name: z.string(),
    roles: z.array(role),
    scope: z.string(),
    scopeName: z.string(),
    themes: z.array(z.string()),
    sensitivity,
    /** What the person may do anywhere in their scope; the screens show only these. */
    actions: z.array(z.string()),
    expiresAt: timestamp,
  })
  .openapi('Me');

export const demoLogin = z
  .object({ login: z.string(), password: z.string(), name: z.string(), roles: z.array(role) })
  .openapi('DemoLogin');
export type DemoLogin = z.infer<typeof demoLogin>;

export const sessionInfo = z
  .object({
    subdistrict: z.string(),
    /** Who is signed in; null when nobody is. */
    me: orNull(me),
    /** Present only when the server shows the demonstration subdistrict. */
    demoLogins: z.array(demoLogin),
  })
  .openapi('SessionInfo');

export const credentials = z
  .object({ login: z.string().min(1).max(64), password: z.string().min(1).max(256) })
  .openapi('Credentials');
