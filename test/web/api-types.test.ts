import { expect, it } from 'vitest';
import { virtualClock } from '../../core/index.ts';
import { apiTypes, createServer, type Ports } from '../../server/index.ts';

it('the types of the web app are those of the API', async () => {
  // The document is made of the routes' declarations: no port is called.
  const ports = { announcements: { subscribe: () => () => {} } } as unknown as Ports;
  const server = createServer(ports, {
    clock: virtualClock(new Date('2026-11-22T00:00:00Z')),
    log: { info: () => {}, warn: () => {}, error: () => {} },
    version: '0',
    subdistrict: '',
    uploadFolder: '',
    secureCookies: false,
    trustProxy: false,
    demoLogins: [],
    graceMs: 0,
  });
  await expect(apiTypes(server.openApi())).toMatchFileSnapshot('../../web/api-types.ts');
});
