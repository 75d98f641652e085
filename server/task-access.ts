import type { Context } from 'hono';
import { type Action, can, type Message, type User } from '../core/index.ts';
import { type ServerEnv, userOf } from './context.ts';
import { forbidden, notFound } from './errors.ts';
import type { Ports } from './ports.ts';

export const TASK: Message = { zh: '任务', en: 'task' };

/**
 * The person, when they may do at least one of the actions where the task belongs.
 *
 * @throws FillOnceError 401, 403, and 404 for a task that they may not even see
 */
export async function allowedForTask(
  context: Context<ServerEnv>,
  { tasks }: Pick<Ports, 'tasks'>,
  id: string,
  actions: readonly Action[],
): Promise<User> {
  const user = userOf(context);
  const place = await tasks.place(id);
  if (!place || !can(user, 'campaign.read', place)) throw notFound(TASK, id);
  if (!actions.some((action) => can(user, action, place))) throw forbidden(actions[0]!);
  return user;
}
