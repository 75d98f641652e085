import { SENSITIVITIES, type Sensitivity, type Theme } from './catalogue.ts';
import type { UserId } from './ids.ts';
import { isWithin, type OrgPath } from './org.ts';

export const ROLES = ['admin', 'reviewer', 'clerk', 'leader', 'analyst', 'duty'] as const;
export type Role = (typeof ROLES)[number];

/** Who acts. Scope = org subtree × themes × the most sensitive data the person may see. */
export interface User {
  readonly id: UserId;
  readonly login: string;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly scope: OrgPath;
  readonly themes: '*' | readonly Theme[];
  readonly sensitivity: Sensitivity;
}

export type Action =
  | 'campaign.manage'
  | 'campaign.read'
  | 'task.answer'
  | 'task.review'
  | 'release.export'
  | 'mart.read'
  | 'sql.query'
  | 'source.read'
  | 'source.manage'
  | 'quarantine.read'
  | 'quarantine.decide'
  | 'incident.read'
  | 'incident.handle'
  | 'user.manage';

/** What is acted on; what is absent does not restrict. */
export interface Resource {
  readonly org?: string;
  readonly theme?: Theme;
  readonly sensitivity?: Sensitivity;
}

const ALLOWED: Readonly<Record<Role, readonly Action[]>> = {
  admin: [
    'campaign.manage',
    'campaign.read',
    'task.review',
    'release.export',
    'mart.read',
    'source.read',
    'source.manage',
    'quarantine.read',
    'quarantine.decide',
    'incident.read',
    'user.manage',
  ],
  reviewer: [
    'campaign.manage',
    'campaign.read',
    'task.review',
    'release.export',
    'mart.read',
    'source.read',
    'quarantine.read',
  ],
  clerk: ['campaign.read', 'task.answer', 'mart.read'],
  leader: ['campaign.read', 'release.export', 'mart.read', 'source.read', 'incident.read'],
  analyst: ['mart.read', 'sql.query', 'source.read', 'quarantine.read'],
  duty: ['incident.read', 'incident.handle', 'mart.read', 'source.read'],
};

/**
 * The one question asked before every read and write. In Postgres row-level security asks it again.
 *
 * @example can(clerk, 'task.answer', { org: '310199/001/c05' })
 */
export function can(user: User, action: Action, resource: Resource = {}): boolean {
  if (!user.roles.some((role) => ALLOWED[role].includes(action))) return false;
  if (resource.org !== undefined && !isWithin(resource.org, user.scope)) return false;
  if (resource.theme !== undefined && user.themes !== '*' && !user.themes.includes(resource.theme)) return false;
  if (
    resource.sensitivity !== undefined &&
    SENSITIVITIES.indexOf(resource.sensitivity) > SENSITIVITIES.indexOf(user.sensitivity)
  ) {
    return false;
  }
  return true;
}
