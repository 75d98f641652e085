import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serveStatic } from '@hono/node-server/serve-static';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { ServerEnv } from './context.ts';

/** The built pages: files by name (precompressed where a twin lies beside), and the one page for every screen. */
export function webApp(app: OpenAPIHono<ServerEnv>, folder: string): void {
  app.get(
    '/assets/*',
    serveStatic({
      root: folder,
      precompressed: true,
      onFound: (_path, context) => {
        // Names carry a content hash, so a file never changes under its name.
        context.header('Cache-Control', 'public, max-age=31536000, immutable');
      },
    }),
    // A page of an older build asks for files that are gone; the index would not be the script it expects.
    (context) => context.notFound(),
  );
  app.get('/favicon.svg', serveStatic({ root: folder }));
  app.get('*', async (context, next) => {
    const path = context.req.path;
    if (path.startsWith('/api/') || path.startsWith('/hooks/')) return next();
    const page = await readFile(join(folder, 'index.html'), 'utf8');
    return context.html(page, 200, { 'Cache-Control': 'no-cache' });
  });
}
