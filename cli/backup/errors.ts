import { errorText, FillOnceError } from '../../core/errors.ts';

export function backupUnreadable(where: string, cause: unknown): FillOnceError {
  return new FillOnceError({
    code: 'cli.backup_unreadable',
    status: 422,
    message: {
      zh: `${where} 不是完整的备份：${errorText(cause)}。没有恢复任何内容；请换一份备份。`,
      en: `${where} is no complete backup: ${errorText(cause)}. Nothing was restored; use another one.`,
    },
    details: { where },
    cause,
  });
}

/** A file of the backup is not what it was when the backup was made. */
export function backupDamaged(file: string, reason: string): FillOnceError {
  return new FillOnceError({
    code: 'cli.backup_damaged',
    status: 422,
    message: {
      zh: `备份中的文件 ${file} 已损坏（${reason}）。没有恢复任何内容；请换一份备份。`,
      en: `The file ${file} of the backup is damaged (${reason}). Nothing was restored; use another one.`,
    },
    details: { where: file },
  });
}

export function folderNotEmpty(folder: string): FillOnceError {
  return new FillOnceError({
    code: 'cli.folder_not_empty',
    status: 409,
    message: {
      zh: `目录 ${folder} 不是空的，没有写入任何内容。请指定一个空目录。`,
      en: `The folder ${folder} is not empty; nothing was written. Name an empty one.`,
    },
    details: { where: folder },
  });
}

export function backupThere(file: string): FillOnceError {
  return new FillOnceError({
    code: 'cli.backup_there',
    status: 409,
    message: {
      zh: `${file} 已存在，没有写入任何内容。请换一个文件名，或先移走它。`,
      en: `${file} is there already; nothing was written. Name another file, or move this one away.`,
    },
    details: { where: file },
  });
}

/** A backup that would be part of the next one, and lost together with the data. */
export function backupInside(to: string, dataFolder: string): FillOnceError {
  return new FillOnceError({
    code: 'cli.backup_inside',
    status: 400,
    message: {
      zh: `${to} 在数据目录 ${dataFolder} 之内，没有写入任何内容。请指定数据目录以外、最好在另一块磁盘上的位置。`,
      en: `${to} lies in the data folder ${dataFolder}; nothing was written. Name a place outside of it, best on another disk.`,
    },
    details: { where: to },
  });
}

export function noData(folder: string): FillOnceError {
  return new FillOnceError({
    code: 'cli.no_data',
    status: 404,
    message: {
      zh: `${folder} 中没有平台的数据；请用 --data 指定数据目录。`,
      en: `There is no data of a platform in ${folder}; name the data folder with --data.`,
    },
    details: { where: folder },
  });
}

/** A process holds the data folder and does not take orders. */
export function platformDeaf(folder: string, pid: number): FillOnceError {
  return new FillOnceError({
    code: 'cli.platform_deaf',
    status: 409,
    message: {
      zh: `数据目录 ${folder} 正被进程 ${pid} 使用，而它没有回应备份请求。请先停止该进程再备份。`,
      en: `The data folder ${folder} is in use by process ${pid}, which does not answer the request for a backup. Stop it and try again.`,
    },
    details: { where: folder, pid },
  });
}

export function writeFailed(where: string, cause: unknown): FillOnceError {
  return new FillOnceError({
    code: 'cli.backup_write',
    status: 500,
    message: {
      zh: `写入 ${where} 失败（${errorText(cause)}），已写的部分已删除。请检查磁盘空间与权限。`,
      en: `Writing ${where} failed (${errorText(cause)}); what was written is deleted again. Check disk space and permissions.`,
    },
    details: { where },
    cause,
  });
}
