import { errorText, FillOnceError } from '../../core/errors.ts';

/** The name of the schema that would be written to SQL as it is. */
export function servingSchemaName(schema: string): FillOnceError {
  return new FillOnceError({
    code: 'warehouse.serving.schema_name',
    status: 400,
    message: {
      zh: `“${schema}”不能作为模式名；请用小写字母开头，只含小写字母、数字、下划线，至多 30 个字符。`,
      en: `'${schema}' cannot name the schema; use a lower-case letter, then lower-case letters, digits and underscores, 30 at most.`,
    },
    details: { where: schema },
  });
}

/** A schema, role or view of that name was made by someone else: it is left as it is. */
export function servingNameTaken(kind: 'schema' | 'role' | 'relation', name: string, cause?: unknown): FillOnceError {
  return new FillOnceError({
    code: 'warehouse.serving.name_taken',
    status: 409,
    message: {
      zh: `数据库中已有同名对象 ${name}（${kind}），且不是本平台建立的，未作任何改动。请用 --schema 换一个模式名。`,
      en: `The database has a ${kind} named ${name} that this platform did not make; nothing was changed. Choose another name with --schema.`,
    },
    details: { where: name, kind },
    cause,
  });
}

export function servingUnreachable(where: string, cause: unknown): FillOnceError {
  return new FillOnceError({
    code: 'warehouse.serving.unreachable',
    status: 503,
    retryable: true,
    message: {
      zh: `对外服务数据库 ${where} 连接不上或连接中断（${errorText(cause)}）；原有版本继续可读，恢复后会重试。`,
      en: `The serving database ${where} cannot be reached or broke off (${errorText(cause)}); what was served stays readable, it will be tried again.`,
    },
    details: { where },
    cause,
  });
}

/** The login may not do what the installation needs. */
export function servingNotAllowed(statement: string, cause: unknown): FillOnceError {
  return new FillOnceError({
    code: 'warehouse.serving.not_allowed',
    status: 403,
    message: {
      zh: `数据库账号权限不足（${errorText(cause)}）。请用可建角色（CREATEROLE）且对该库有 CREATE 权限的账号，或由管理员先执行：${statement}`,
      en: `The database login may not do this (${errorText(cause)}). Use one with CREATEROLE and CREATE on the database, or let the administrator run: ${statement}`,
    },
    details: { where: statement },
    cause,
  });
}

/** Another process is serving to the same schema, or readers hold a lock that the change of a view's columns needs. */
export function servingBusy(what: { readonly zh: string; readonly en: string }, cause?: unknown): FillOnceError {
  return new FillOnceError({
    code: 'warehouse.serving.busy',
    status: 409,
    retryable: true,
    message: {
      zh: `${what.zh}；原有版本继续可读，稍后会重试。`,
      en: `${what.en}; what was served stays readable, it will be tried again.`,
    },
    cause,
  });
}

export function readerRefused(role: string, reason: { readonly zh: string; readonly en: string }): FillOnceError {
  return new FillOnceError({
    code: 'warehouse.serving.reader',
    status: 400,
    message: { zh: `不能为角色“${role}”授权：${reason.zh}。`, en: `Role '${role}' cannot be granted: ${reason.en}.` },
    details: { where: role },
  });
}

export function servingFailed(cause: unknown): FillOnceError {
  return new FillOnceError({
    code: 'warehouse.serving.failed',
    status: 500,
    retryable: true,
    message: {
      zh: `对外服务未完成：${errorText(cause)}。原有版本继续可读；请检查数据库日志与磁盘空间。`,
      en: `Serving failed: ${errorText(cause)}. What was served stays readable; check the database's log and disk.`,
    },
    cause,
  });
}
