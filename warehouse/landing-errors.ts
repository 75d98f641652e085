import { errorText, FillOnceError } from '../core/errors.ts';

/** Another writer moved the cursor between this pull's start and its commit. */
export function landingMoved(where: string): FillOnceError {
  return new FillOnceError({
    code: 'warehouse.landing.moved',
    status: 409,
    retryable: true,
    message: {
      zh: `“${where}”在本次采集期间已被另一次采集推进；本次数据未入库，将从最新位置重新采集。`,
      en: `Another pull moved '${where}' while this one ran; nothing of this one was kept, pull again from the new position.`,
    },
    details: { where },
  });
}

export function landingCorrupt(where: string, cause: unknown): FillOnceError {
  return new FillOnceError({
    code: 'warehouse.landing.corrupt',
    status: 500,
    message: {
      zh: `落地批次“${where}”已损坏（${errorText(cause)}）；请从备份恢复该文件后重试。`,
      en: `Landed batch '${where}' is damaged (${errorText(cause)}); restore the file from a backup and try again.`,
    },
    details: { where },
    cause,
  });
}

export function landingName(kind: string, name: string): FillOnceError {
  return new FillOnceError({
    code: 'warehouse.landing.name',
    status: 400,
    message: {
      zh: `“${name}”不能作为${kind === 'source' ? '来源' : '数据集'}名称；请用小写字母开头，只含小写字母、数字、下划线。`,
      en: `'${name}' cannot name a ${kind}; use a lower-case letter, then lower-case letters, digits and underscores.`,
    },
    details: { where: name },
  });
}

export function landingWrite(where: string, cause: unknown): FillOnceError {
  return new FillOnceError({
    code: 'warehouse.landing.write',
    status: 503,
    retryable: true,
    message: {
      zh: `写入“${where}”失败（${errorText(cause)}）；请检查磁盘空间与权限，系统会重试。`,
      en: `Writing '${where}' failed (${errorText(cause)}); check disk space and permissions, it will be tried again.`,
    },
    details: { where },
    cause,
  });
}

/** The spool's queue of appends that wait for the disk is full. */
export function spoolFull(where: string, waitingBytes: number): FillOnceError {
  return new FillOnceError({
    code: 'warehouse.spool.full',
    status: 503,
    retryable: true,
    message: {
      zh: `“${where}”的接收缓冲已满（${waitingBytes} 字节待写盘）；请稍后重发。`,
      en: `The spool of '${where}' is full (${waitingBytes} bytes wait for the disk); send again later.`,
    },
    details: { where, waitingBytes },
  });
}

export function spoolClosed(where: string): FillOnceError {
  return new FillOnceError({
    code: 'warehouse.spool.closed',
    status: 503,
    retryable: true,
    message: {
      zh: `“${where}”的接收通道已关闭；请在服务恢复后重发。`,
      en: `The spool of '${where}' is closed; send again when the service is back.`,
    },
    details: { where },
  });
}
