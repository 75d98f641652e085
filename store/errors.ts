import { errorText, FillOnceError } from '../core/index.ts';

/** The database could not be reached or opened. */
export function unavailable(where: string, cause: unknown): FillOnceError {
  return new FillOnceError({
    code: 'store.unavailable',
    status: 503,
    retryable: true,
    message: {
      zh: `业务数据库连接不上（${where}）。请检查数据库是否已启动、地址是否正确，然后重试。`,
      en: `The operational database cannot be reached (${where}). Check that it runs and that its address is right, then try again.`,
    },
    details: { where },
    cause,
  });
}

/** The files of the embedded database cannot be opened: a log or control file that is damaged or gone, or no room to write. */
export function unreadable(folder: string, cause: unknown): FillOnceError {
  return new FillOnceError({
    code: 'store.unreadable',
    status: 500,
    message: {
      zh: `业务数据库“${folder}”打不开（${errorText(cause)}）。请检查磁盘空间；若文件已损坏，请保留原目录，用 fillonce restore 把最近的备份恢复到一个空目录。`,
      en: `The operational database '${folder}' cannot be opened (${errorText(cause)}). Check the room on the disk; if its files are damaged, keep the folder and put the newest backup into an empty one with fillonce restore.`,
    },
    details: { where: folder },
    cause,
  });
}

/** Another process holds the data folder. */
export function folderTaken(folder: string, pid: number): FillOnceError {
  return new FillOnceError({
    code: 'store.folder-taken',
    status: 409,
    message: {
      zh: `数据目录 ${folder} 正被进程 ${pid} 使用。请先停止它，或用 --data 指定另一个目录，或设置 DATABASE_URL 使用 Postgres。`,
      en: `The data folder ${folder} is in use by process ${pid}. Stop it, choose another folder with --data, or set DATABASE_URL to use Postgres.`,
    },
    details: { where: folder, pid },
  });
}

/** Too many callers wait for the database, or one waited too long. */
export function busy(cause?: unknown): FillOnceError {
  return new FillOnceError({
    code: 'store.busy',
    status: 503,
    retryable: true,
    message: {
      zh: '业务数据库正忙，本次操作没有执行；请稍后重试。',
      en: 'The operational database is busy and nothing was done; try again shortly.',
    },
    cause,
  });
}

/** Row-level security refused a write that the program had let through. */
export function outOfScope(cause: unknown): FillOnceError {
  return new FillOnceError({
    code: 'store.out-of-scope',
    status: 403,
    message: {
      zh: '这条数据不在您的管辖范围或权限之内，没有保存。如需办理，请联系管理员调整范围。',
      en: 'This lies outside your scope or permission and was not saved. Ask the administrator if your scope should change.',
    },
    cause,
  });
}

/** A migration file differs from what was applied, or the database is newer than the program. */
export function migrationMismatch(name: string, reason: 'changed' | 'unknown'): FillOnceError {
  return new FillOnceError({
    code: `store.migration-${reason}`,
    status: 500,
    message:
      reason === 'changed'
        ? {
            zh: `迁移文件 ${name} 在执行之后被改动过。请恢复原文件，改动写进新的迁移文件。`,
            en: `Migration ${name} was changed after it had been applied. Restore it and put the change into a new file.`,
          }
        : {
            zh: `数据库已执行过本程序没有的迁移 ${name}：数据库比程序新。请升级程序，或恢复旧的备份。`,
            en: `The database has migration ${name}, which this program does not know: it is newer. Upgrade the program or restore an older backup.`,
          },
    details: { where: name },
  });
}

/** A restore goes into an empty database only. */
export function restoreNotEmpty(table: string): FillOnceError {
  return new FillOnceError({
    code: 'store.restore-not-empty',
    status: 409,
    message: {
      zh: `业务数据库不是空的（表 ${table} 已有数据），没有恢复。请换一个空库。`,
      en: `The operational database is not empty (table ${table} has rows); nothing was restored. Name an empty one.`,
    },
    details: { where: table },
  });
}

export function dumpUnreadable(reason: string): FillOnceError {
  return new FillOnceError({
    code: 'store.dump-unreadable',
    status: 422,
    message: {
      zh: `业务数据库的备份不完整或格式不对（${reason}），没有恢复。请换一份备份。`,
      en: `The dump of the operational database is incomplete or of another format (${reason}); nothing was restored. Use another backup.`,
    },
    details: { where: reason },
  });
}

/** The thing named does not exist, or lies outside what the caller may see. */
export function notFound(what: string, id: string): FillOnceError {
  return new FillOnceError({
    code: 'store.not-found',
    status: 404,
    message: {
      zh: `找不到 ${what} ${id}，或者它不在您的范围之内。`,
      en: `There is no ${what} ${id}, or it lies outside your scope.`,
    },
    details: { where: `${what} ${id}` },
  });
}

/** A login name that another user has. */
export function loginTaken(login: string): FillOnceError {
  return new FillOnceError({
    code: 'store.login-taken',
    status: 409,
    message: { zh: `登录名“${login}”已被使用，请换一个。`, en: `The login '${login}' is taken; choose another.` },
    details: { where: login },
  });
}

/** The same idempotency key came with another request. */
export function keyReused(key: string): FillOnceError {
  return new FillOnceError({
    code: 'store.idempotency-reused',
    status: 422,
    message: {
      zh: `幂等键 ${key} 已用于另一个内容不同的请求。请为新请求换一个键。`,
      en: `The idempotency key ${key} was used for a different request. Use a new key for a new request.`,
    },
    details: { where: key },
  });
}

const STATES: Readonly<Record<string, (cause: unknown) => FillOnceError>> = {
  '42501': outOfScope,
  '40001': busy,
  '40P01': busy,
  '55P03': busy,
  '57014': busy,
  '57P01': (cause) => unavailable('connection', cause),
  '57P03': (cause) => unavailable('connection', cause),
  '53300': busy,
};

/** An error of the driver as one of ours where the kind is known; anything else unchanged. */
export function translate(error: unknown): unknown {
  if (error instanceof FillOnceError || !(error instanceof Error)) return error;
  const code = (error as { code?: unknown }).code;
  if (typeof code !== 'string') return error;
  if (code.startsWith('08') || /^(ECONN|ENOTFOUND|EPIPE|ETIMEDOUT)/.test(code)) return unavailable('connection', error);
  return STATES[code]?.(error) ?? error;
}

/** True for the error of a unique constraint. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  const fields = error as { code?: unknown; constraint?: unknown };
  return fields.code === '23505' && (constraint === undefined || fields.constraint === constraint);
}

/** One person has as many saved queries as one may have. */
export function savedQueriesFull(limit: number): FillOnceError {
  return new FillOnceError({
    code: 'store.saved-queries',
    status: 409,
    message: {
      zh: `您已保存 ${limit} 条查询，达到上限。请先删除不再使用的，再保存新的。`,
      en: `You have ${limit} saved queries, which is the most. Delete one that you no longer use, then save the new one.`,
    },
    details: { limit },
  });
}
