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
