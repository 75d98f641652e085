import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { type Action, can, type Message, parsePeriod } from '../../core/index.ts';
import { attachment } from '../attachment.ts';
import { allowed, type ServerEnv, userOf } from '../context.ts';
import { forbidden, invalidRequest, notFound } from '../errors.ts';
import { answers, idParam, PROBLEMS, takes } from '../operation.ts';
import type { Ports } from '../ports.ts';
import {
  campaign,
  campaignInput,
  campaignListQuery,
  campaignSummary,
  conflict,
  conflictDecision,
  provenance,
} from '../schema/campaign.ts';
import { done, listing, pageQuery } from '../schema/vocabulary.ts';

const CAMPAIGN: Message = { zh: '填报批次', en: 'campaign' };
const CELL: Message = { zh: '单元格', en: 'cell' };
const UNIT: Message = { zh: '组织', en: 'org unit' };

/** Campaigns from creation to export. Long work is ordered here and done by workers; `/api/events` tells its progress. */
export function campaignRoutes(app: OpenAPIHono<ServerEnv>, ports: Ports): void {
  async function campaignFor(context: Context<ServerEnv>, action: Action) {
    const user = userOf(context);
    const id = context.req.param('id') ?? '';
    const found = await ports.campaigns.find(user, id);
    if (!found || !can(user, 'campaign.read')) throw notFound(CAMPAIGN, id);
    // A clerk's scope lies inside the campaign's: they may see the campaign, and of its tasks only their own.
    if (action === 'campaign.read') {
      const visible = found.taskList.filter((task) => can(user, 'campaign.read', { org: task.org }));
      if (visible.length === 0 && !can(user, 'campaign.read', { org: found.scope })) throw notFound(CAMPAIGN, id);
      return { user, found: { ...found, taskList: visible } };
    }
    if (!can(user, action, { org: found.scope })) throw forbidden(action);
    for (const theme of found.themes) if (!can(user, action, { theme })) throw forbidden(action);
    return { user, found };
  }

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/campaigns',
      operationId: 'listCampaigns',
      tags: ['campaigns'],
      summary: 'The campaigns in my scope',
      request: { query: campaignListQuery },
      responses: answers(listing(campaignSummary).openapi('CampaignList'), 'One page of campaigns'),
    }),
    async (context) => {
      const user = allowed(context, 'campaign.read');
      return context.json(await ports.campaigns.list(user, context.req.valid('query')), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/campaigns',
      operationId: 'createCampaign',
      tags: ['campaigns'],
      summary: 'Create a campaign and start prefilling it',
      request: { body: takes(campaignInput) },
      responses: answers(campaign, 'The campaign'),
    }),
    async (context) => {
      const input = context.req.valid('json');
      const user = allowed(context, 'campaign.manage', { org: input.scope });
      parsePeriod(input.period);
      if (Number.isNaN(Date.parse(input.deadline))) throw invalidRequest('deadline', input.deadline);
      if (!(await ports.org.find(input.scope))) throw notFound(UNIT, input.scope);
      const created = await ports.campaigns.create(user, input);
      await ports.workflows.startCampaign(created.id);
      return context.json(created, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/campaigns/{id}',
      operationId: 'readCampaign',
      tags: ['campaigns'],
      summary: 'Stage, progress, counts, coverage and tasks of one campaign',
      request: { params: idParam },
      responses: answers(campaign, 'The campaign'),
    }),
    async (context) => context.json((await campaignFor(context, 'campaign.read')).found, 200),
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/campaigns/{id}/prefill',
      operationId: 'prefillCampaign',
      tags: ['campaigns'],
      summary: 'Prefill again after that failed',
      request: { params: idParam },
      responses: answers(done, 'The order is written down; progress comes over /api/events'),
    }),
    async (context) => {
      const { found } = await campaignFor(context, 'campaign.manage');
      await ports.workflows.startCampaign(found.id);
      return context.json({ ok: true as const }, 200);
    },
  );

  const summaries = {
    issue: 'Issue the tasks',
    merge: 'Merge snapshot, answers and newer data',
    release: 'Approve the result and release it',
  } as const;
  for (const name of ['issue', 'merge', 'release'] as const) {
    app.openapi(
      createRoute({
        method: 'post',
        path: `/api/campaigns/{id}/${name}`,
        operationId: `${name}Campaign`,
        tags: ['campaigns'],
        summary: summaries[name],
        request: { params: idParam },
        responses: answers(done, 'The order is written down; progress comes over /api/events'),
      }),
      async (context) => {
        const { user, found } = await campaignFor(context, 'campaign.manage');
        await ports.workflows.requestOfCampaign(found.id, { kind: name, by: user.id });
        return context.json({ ok: true as const }, 200);
      },
    );
  }

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/campaigns/{id}/conflicts',
      operationId: 'listConflicts',
      tags: ['campaigns'],
      summary: 'The cells on which answers and newer data disagree',
      request: { params: idParam, query: pageQuery },
      responses: answers(listing(conflict).openapi('ConflictList'), 'One page of conflicts'),
    }),
    async (context) => {
      const { user, found } = await campaignFor(context, 'task.review');
      return context.json(await ports.campaigns.conflicts(user, found.id, context.req.valid('query')), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/campaigns/{id}/conflicts/{conflictId}',
      operationId: 'decideConflict',
      tags: ['campaigns'],
      summary: 'Choose what stands in a disputed cell',
      request: {
        params: idParam.extend({ conflictId: z.string().min(1).max(600) }),
        body: takes(conflictDecision),
      },
      responses: answers(conflict, 'The conflict, decided'),
    }),
    async (context) => {
      const { user, found } = await campaignFor(context, 'task.review');
      const { conflictId } = context.req.valid('param');
      return context.json(await ports.campaigns.decide(user, found.id, conflictId, context.req.valid('json')), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/campaigns/{id}/export',
      operationId: 'exportCampaign',
      tags: ['campaigns'],
      summary: 'The form in its upstream layout, as xlsx',
      request: { params: idParam },
      responses: {
        200: {
          description: 'The workbook',
          content: { 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': { schema: z.string() } },
        },
        ...PROBLEMS,
      },
    }),
    async (context) => {
      const { user, found } = await campaignFor(context, 'release.export');
      const { fileName, body } = await ports.releases.exportFile(user, found.id);
      return attachment(fileName, body);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/campaigns/{id}/cells/{rowKey}/{column}',
      operationId: 'readProvenance',
      tags: ['campaigns'],
      summary: 'Where the value of a cell came from',
      request: {
        params: idParam.extend({ rowKey: z.string().min(1).max(500), column: z.string().min(1).max(200) }),
      },
      responses: answers(provenance, 'Every step of the value, oldest first'),
    }),
    async (context) => {
      const { user, found } = await campaignFor(context, 'campaign.read');
      const { rowKey, column } = context.req.valid('param');
      const cell = await ports.campaigns.provenance(user, found.id, rowKey, column);
      if (!cell) throw notFound(CELL, `${rowKey} · ${column}`);
      return context.json(cell, 200);
    },
  );
}
