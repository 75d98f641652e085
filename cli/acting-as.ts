import { userInfo } from 'node:os';
import { type Action, type Catalogue, can, type User } from '../core/index.ts';
import { listUsers, type Store } from '../store/index.ts';
import { loadContracts } from '../warehouse/index.ts';
import type { CommandOption } from './command.ts';
import { userMayNot, userUnknown } from './errors.ts';

/** Of commands that decide something; without it whoever may read the data folder decides, under his name on this machine. */
export const asOption: CommandOption = {
  type: 'string',
  value: 'USER',
  help: {
    zh: '以此用户的权限并以其名义处理（默认为本机操作者）',
    en: 'with the rights and in the name of this user (default: whoever operates this machine)',
  },
};

/** Who decides. */
export interface Acting {
  /** Null for the operator of this machine. */
  readonly user: User | null;
  /** As decisions name him. */
  readonly by: string;
  /**
   * Asks what the platform asks before it carries out the same order.
   *
   * @param seesAll true where what is done could show any column: then he must be allowed to see all of them
   * @throws FillOnceError `cli.user_may_not`
   */
  must(action: Action, of: { readonly source: string; readonly dataset: string }, seesAll: boolean): void;
}

/** The operator, as decisions name him. */
export function operatorName(): string {
  return `cli:${userInfo().username}`;
}

/** @throws FillOnceError `cli.user_unknown` for a login that no active user has */
export async function actingAs(login: string, store: Store, catalogue: Catalogue): Promise<Acting> {
  const users = await store.system.transaction((tx) => listUsers(tx, { limit: 10_000, offset: 0 }));
  const user = users.find((each) => each.login === login && each.disabledAt === null);
  if (!user) throw userUnknown(login);
  const contracts = loadContracts(catalogue);
  return {
    user,
    by: user.id,
    must: (action, { source, dataset }, seesAll) => {
      const entity = contracts.get(`${source}.${dataset}`)?.entity;
      const theme = entity ? { theme: catalogue.entity(entity).theme } : {};
      if (!can(user, action, { ...theme, ...(seesAll ? { sensitivity: 'sensitive' } : {}) })) {
        throw userMayNot(login, `${source}.${dataset}`);
      }
    },
  };
}
