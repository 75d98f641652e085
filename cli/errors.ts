import { FillOnceError } from '../core/errors.ts';

export function dataFolderUnwritable(folder: string, cause: unknown): FillOnceError {
  return new FillOnceError({
    code: 'cli.data_folder_unwritable',
    status: 500,
    message: {
      zh: `数据目录 ${folder} 不可写。请修改其权限，或用 --data 指定另一个目录。`,
      en: `The data folder ${folder} cannot be written. Change its permissions or name another with --data.`,
    },
    details: { where: folder },
    cause,
  });
}

export function dataFolderFull(folder: string, freeMb: number, neededMb: number): FillOnceError {
  return new FillOnceError({
    code: 'cli.data_folder_full',
    status: 500,
    message: {
      zh: `数据目录 ${folder} 所在磁盘只剩 ${freeMb} MB，至少需要 ${neededMb} MB。请清理磁盘，或用 --data 指定另一个目录。`,
      en: `The disk of the data folder ${folder} has ${freeMb} MB left and needs at least ${neededMb} MB. Free some, or name another folder with --data.`,
    },
    details: { where: folder, freeMb, neededMb },
  });
}

/** A restore into this folder was killed: part of the data is missing. */
export function restoreUnfinished(folder: string): FillOnceError {
  return new FillOnceError({
    code: 'cli.restore_unfinished',
    status: 409,
    message: {
      zh: `数据目录 ${folder} 的恢复没有做完，数据不全。请清空该目录后重新执行 fillonce restore。`,
      en: `The restore into ${folder} was not finished, so data is missing. Empty the folder and run fillonce restore again.`,
    },
    details: { where: folder },
  });
}

export function portInUse(host: string, port: number): FillOnceError {
  return new FillOnceError({
    code: 'cli.port_in_use',
    status: 500,
    message: {
      zh: `端口 ${port} 已被占用（${host}）。请关闭占用它的程序，或用 --port 换一个端口。`,
      en: `Port ${port} on ${host} is in use. Stop the program that has it, or choose another with --port.`,
    },
    details: { where: `${host}:${port}` },
  });
}

export function badOption(option: string, value: string, expected: { zh: string; en: string }): FillOnceError {
  return new FillOnceError({
    code: 'cli.option',
    status: 400,
    message: {
      zh: `选项 --${option} 的值“${value}”无效：应为${expected.zh}。`,
      en: `Option --${option} cannot be '${value}': it takes ${expected.en}.`,
    },
    details: { where: `--${option}` },
  });
}

export function missingOption(name: string): FillOnceError {
  return new FillOnceError({
    code: 'cli.missing',
    status: 400,
    message: {
      zh: `缺少 ${name}；加 --help 查看用法。`,
      en: `${name} is missing; add --help to see how the command is used.`,
    },
    details: { where: name },
  });
}

export function userUnknown(login: string): FillOnceError {
  return new FillOnceError({
    code: 'cli.user_unknown',
    status: 404,
    message: {
      zh: `没有可用的用户“${login}”。请检查 --as 的登录名和 --data 的目录。`,
      en: `There is no active user '${login}'. Check the login of --as and the folder of --data.`,
    },
    details: { where: login },
  });
}

export function userWithoutSql(login: string): FillOnceError {
  return new FillOnceError({
    code: 'cli.user_without_sql',
    status: 403,
    message: {
      zh: `用户“${login}”没有运行查询的权限；请换一个分析员账号，或请管理员授权。`,
      en: `The user '${login}' may not run queries. Name an analyst, or ask the administrator.`,
    },
    details: { where: login },
  });
}

/** The user of --as may not do this; the page of the platform would refuse it as well. */
export function userMayNot(login: string, where: string): FillOnceError {
  return new FillOnceError({
    code: 'cli.user_may_not',
    status: 403,
    message: {
      zh: `用户“${login}”没有处理 ${where} 的权限，没有做任何更改。请换一个账号，或请管理员授权。`,
      en: `The user '${login}' may not decide on ${where}; nothing was changed. Name another user, or ask the administrator.`,
    },
    details: { where },
  });
}

export function outputNeeded(format: string): FillOnceError {
  return new FillOnceError({
    code: 'cli.output_needed',
    status: 400,
    message: {
      zh: `${format} 是二进制格式，不能显示在终端；请用 --out 指定文件。`,
      en: `${format} is binary and not for a terminal. Name a file with --out.`,
    },
  });
}

export function passwordNeeded(login: string): FillOnceError {
  return new FillOnceError({
    code: 'cli.password_needed',
    status: 401,
    message: {
      zh: `平台正在运行，以“${login}”查询需要其密码；请设置 FILLONCE_PASSWORD，或在终端中运行。`,
      en: `The platform is running: asking as '${login}' needs the password. Set FILLONCE_PASSWORD or run it in a terminal.`,
    },
    details: { where: login },
  });
}

export function platformSilent(url: string, cause: unknown): FillOnceError {
  return new FillOnceError({
    code: 'cli.platform_silent',
    status: 503,
    message: {
      zh: `数据目录正被使用，但 ${url} 没有应答；请用 --url 指定正在运行的平台的地址。`,
      en: `The data folder is in use, but ${url} does not answer. Name the address of the running platform with --url.`,
    },
    details: { where: url },
    cause,
  });
}

/** Another process has the data folder's warehouse open. */
export function platformRunning(folder: string, pid: number | null): FillOnceError {
  const who = pid === null ? { zh: '另一个进程', en: 'another process' } : { zh: `进程 ${pid}`, en: `process ${pid}` };
  return new FillOnceError({
    code: 'cli.platform_running',
    status: 409,
    message: {
      zh: `数据目录 ${folder} 的平台正在运行（${who.zh}），命令行不能同时改动它。请在网页的“隔离区”“发布版本”中操作，或先停止平台。`,
      en: `The platform of ${folder} is running (${who.en}); the command line cannot work on it at the same time. Use the web pages, or stop the platform first.`,
    },
    details: { where: folder, ...(pid === null ? {} : { pid }) },
  });
}

export function warehouseAbsent(folder: string): FillOnceError {
  return new FillOnceError({
    code: 'cli.warehouse_absent',
    status: 404,
    message: {
      zh: `数据目录 ${folder} 里还没有数据仓库。请用 --data 指定正确的目录，或先运行 fillonce start。`,
      en: `There is no warehouse in ${folder}. Name the right folder with --data, or run fillonce start first.`,
    },
    details: { where: folder },
  });
}

export function argumentMissing(usage: string, what: { zh: string; en: string }): FillOnceError {
  return new FillOnceError({
    code: 'cli.argument',
    status: 400,
    message: {
      zh: `缺少${what.zh}。用法：fillonce ${usage}`,
      en: `${what.en} is missing. Usage: fillonce ${usage}`,
    },
    details: { where: what.en },
  });
}

export function fileUnreadable(file: string, cause: unknown): FillOnceError {
  return new FillOnceError({
    code: 'cli.file_unreadable',
    status: 404,
    message: {
      zh: `无法读取文件 ${file}。请检查路径；文件在其他程序中打开时，请先保存并关闭。`,
      en: `The file ${file} cannot be read. Check the path; save and close it where another program has it open.`,
    },
    details: { where: file },
    cause,
  });
}

/** A download that would overwrite what may have been filled in. */
export function fileThere(file: string): FillOnceError {
  return new FillOnceError({
    code: 'cli.file_there',
    status: 409,
    message: {
      zh: `文件 ${file} 已存在，没有覆盖：里面可能有填好的内容。请用 --out 换一个文件名。`,
      en: `The file ${file} exists and was not overwritten: it may have been filled in. Name another one with --out.`,
    },
    details: { where: file },
  });
}
