import { type Action, FillOnceError, type Message } from '../core/index.ts';

export function notSignedIn(): FillOnceError {
  return new FillOnceError({
    code: 'server.session.none',
    status: 401,
    message: {
      zh: '尚未登录，或登录已过期；请重新登录。',
      en: 'Not signed in, or the session has ended. Sign in again.',
    },
  });
}

export function tooManyAttempts(waitSeconds: number): FillOnceError {
  return new FillOnceError({
    code: 'server.session.attempts',
    status: 429,
    message: {
      zh: `登录失败次数过多，请在 ${Math.ceil(waitSeconds / 60)} 分钟后再试，或联系管理员重置密码。`,
      en: `Too many failed sign-ins. Try again in ${Math.ceil(waitSeconds / 60)} minutes, or ask the administrator to reset the password.`,
    },
    details: { waitSeconds },
    retryable: true,
  });
}

const ACTION_NAMES: Readonly<Record<Action, Message>> = {
  'campaign.manage': { zh: '管理填报批次', en: 'manage campaigns' },
  'campaign.read': { zh: '查看填报批次', en: 'see campaigns' },
  'task.answer': { zh: '填报任务', en: 'answer tasks' },
  'task.review': { zh: '审核任务', en: 'review tasks' },
  'release.export': { zh: '导出报表', en: 'export forms' },
  'mart.read': { zh: '查看专题数据', en: 'read datasets' },
  'sql.query': { zh: '运行查询', en: 'run queries' },
  'source.read': { zh: '查看来源状态', en: 'see sources' },
  'source.manage': { zh: '管理来源', en: 'manage sources' },
  'quarantine.read': { zh: '查看隔离区', en: 'see the quarantine' },
  'quarantine.decide': { zh: '处理隔离数据', en: 'decide on quarantined records' },
  'incident.read': { zh: '查看事件', en: 'see incidents' },
  'incident.handle': { zh: '处置事件', en: 'handle incidents' },
  'user.manage': { zh: '管理用户', en: 'manage users' },
};

export function forbidden(action: Action): FillOnceError {
  const name = ACTION_NAMES[action];
  return new FillOnceError({
    code: 'server.forbidden',
    status: 403,
    message: {
      zh: `您的账号没有在此范围内“${name.zh}”的权限；如需要，请联系管理员。`,
      en: `Your account may not ${name.en} here. Ask the administrator if you need to.`,
    },
    details: { action },
  });
}

/** A write without the header that only our own pages send: another site may be behind it. */
export function foreignWrite(): FillOnceError {
  return new FillOnceError({
    code: 'server.foreign',
    status: 403,
    message: {
      zh: '请求缺少 X-Requested-With 头，已拒绝；请在本系统页面中操作，接口调用请加上该请求头。',
      en: 'The X-Requested-With header is missing, so the write was refused. Use the pages of this system, or send the header.',
    },
  });
}

export function notFound(what: Message, where: string): FillOnceError {
  return new FillOnceError({
    code: 'server.missing',
    status: 404,
    message: {
      zh: `找不到${what.zh}“${where}”，它可能已被删除，或不在您的范围内；请返回列表重新选择。`,
      en: `There is no ${what.en} '${where}', or it lies outside your scope. Go back to the list and choose again.`,
    },
    details: { where },
  });
}

export function invalidRequest(where: string, why: string): FillOnceError {
  return new FillOnceError({
    code: 'server.invalid',
    status: 400,
    message: {
      zh: `请求内容有误（${where}：${why}），请修改后重试。`,
      en: `The request is wrong (${where}: ${why}). Correct it and try again.`,
    },
    details: { where },
  });
}

export function tooLarge(limitBytes: number): FillOnceError {
  const megabytes = Math.round(limitBytes / 1_048_576);
  return new FillOnceError({
    code: 'server.size',
    status: 413,
    message: {
      zh: `内容超过 ${megabytes} MB 的上限；请删去图片等多余内容，或分次提交。`,
      en: `The content is larger than ${megabytes} MB. Remove pictures and the like, or send it in parts.`,
    },
    details: { limitBytes },
  });
}

/** The server runs without the part that carries out statements. */
export function sqlAbsent(): FillOnceError {
  return new FillOnceError({
    code: 'server.sql.absent',
    status: 503,
    message: {
      zh: '本服务未启用 SQL 查询；请联系管理员。',
      en: 'This server runs without analyst SQL. Ask the administrator.',
    },
  });
}

/** Backfills are carried out by workflows, which this process has none of. */
export function backfillsAbsent(): FillOnceError {
  return new FillOnceError({
    code: 'server.backfill.absent',
    status: 503,
    message: {
      zh: '本服务未连接工作流，不能补数；请连接运行工作流的那台服务器。',
      en: 'This server runs without workflows, so it cannot backfill; use the server that runs them.',
    },
  });
}

/** Decisions change the working file: they are taken where the warehouse is. */
export function deskElsewhere(): FillOnceError {
  return new FillOnceError({
    code: 'server.desk',
    status: 503,
    message: {
      zh: '数据仓库不在本进程中，隔离区不能在此处理；请连接运行数据仓库的那台服务器。',
      en: 'The warehouse is not in this process, so quarantine cannot be decided here; use the server that runs the warehouse.',
    },
  });
}

export function busy(): FillOnceError {
  return new FillOnceError({
    code: 'server.busy',
    status: 503,
    message: { zh: '当前使用人数过多，请稍后重试。', en: 'Too many at once. Try again shortly.' },
    retryable: true,
  });
}
