import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { can, type Message } from '../../core/index.ts';
import { allowed, type ServerEnv, userOf } from '../context.ts';
import { forbidden, notFound } from '../errors.ts';
import { answers, idParam, takes } from '../operation.ts';
import type { Ports } from '../ports.ts';
import { incident, incidentAction, incidentNote, incidentQuery } from '../schema/incident.ts';
import { done, listing } from '../schema/vocabulary.ts';

const INCIDENT: Message = { zh: '事件', en: 'incident' };

/** What goes wrong right now, and what the duty officer does about it. */
export function incidentRoutes(app: OpenAPIHono<ServerEnv>, ports: Ports): void {
  async function incidentFor(context: Context<ServerEnv>, id: string) {
    const user = userOf(context);
    const found = await ports.incidents.find(user, id);
    if (!found || !can(user, 'incident.read', { org: found.org })) throw notFound(INCIDENT, id);
    return { user, found };
  }

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/incidents',
      operationId: 'listIncidents',
      tags: ['incidents'],
      summary: 'Incidents in my scope, the gravest and newest first',
      request: { query: incidentQuery },
      responses: answers(listing(incident).openapi('IncidentList'), 'One page of incidents'),
    }),
    async (context) => {
      const user = allowed(context, 'incident.read');
      const page = await ports.incidents.list(user, context.req.valid('query'));
      return context.json(
        { ...page, items: page.items.filter((item) => can(user, 'incident.read', { org: item.org })) },
        200,
      );
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/incidents/{id}',
      operationId: 'readIncident',
      tags: ['incidents'],
      summary: 'One incident with its history',
      request: { params: idParam },
      responses: answers(incident, 'The incident'),
    }),
    async (context) => {
      const { found } = await incidentFor(context, context.req.valid('param').id);
      return context.json(found, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/incidents/{id}/{action}',
      operationId: 'handleIncident',
      tags: ['incidents'],
      summary: 'Acknowledge, dispatch, resolve, or call it a false alarm',
      request: { params: idParam.extend({ action: incidentAction }), body: takes(incidentNote) },
      responses: answers(done, 'The step is written down; the incident follows over /api/events'),
    }),
    async (context) => {
      const { id, action } = context.req.valid('param');
      const { user, found } = await incidentFor(context, id);
      if (!can(user, 'incident.handle', { org: found.org })) throw forbidden('incident.handle');
      const { note, clientOpId } = context.req.valid('json');
      await ports.workflows.handleIncident(found.rule, found.subject, {
        action: action === 'false-alarm' ? 'false_alarm' : action,
        by: user.id,
        note,
        key: clientOpId,
      });
      return context.json({ ok: true as const }, 200);
    },
  );
}
