import { FillOnceError, type Message } from '../../core/errors.ts';

/** Where in the statement, in UTF-16 units. */
export interface SqlPlace {
  readonly position: number | null;
  readonly length: number | null;
}

export const NOWHERE: SqlPlace = { position: null, length: null };

function refusal(
  code: string,
  message: Message,
  next: Message,
  place: SqlPlace = NOWHERE,
  where?: string,
): FillOnceError {
  return new FillOnceError({
    code: `analytics.sql.${code}`,
    status: 400,
    message,
    details: { next, ...place, ...(where === undefined ? {} : { where }) },
  });
}

export function syntaxWrong(problem: string, place: SqlPlace): FillOnceError {
  return refusal(
    'syntax',
    { zh: `语句有语法错误：${problem}`, en: `The statement is not well-formed: ${problem}` },
    {
      zh: '请检查标出的位置：是否缺少逗号、括号或引号。',
      en: 'Look at the marked place: a comma, bracket or quote may be missing.',
    },
    place,
  );
}

export function onlySelect(): FillOnceError {
  return refusal(
    'statement',
    {
      zh: '这里只能运行查询语句（SELECT、WITH、VALUES），其他语句一律不执行。',
      en: 'Only queries (SELECT, WITH, VALUES) are run here; no other statement is.',
    },
    {
      zh: '请改写为 SELECT；查看表结构请用左侧目录，透视请用 SELECT … FROM … PIVOT (… IN (…))。',
      en: 'Write a SELECT. The schema tree shows the columns; for a pivot use SELECT … FROM … PIVOT (… IN (…)).',
    },
  );
}

export function onlyOne(count: number): FillOnceError {
  return refusal(
    'many',
    { zh: `一次只能运行一条语句，这里有 ${count} 条。`, en: `One statement is run at a time; here are ${count}.` },
    { zh: '请选中其中一条运行，或分开保存。', en: 'Select one of them and run it, or keep them apart.' },
  );
}

export function tooLong(limit: number): FillOnceError {
  return refusal(
    'size',
    {
      zh: `语句过长或嵌套过深，超过 ${limit} 的上限。`,
      en: `The statement is too long or too deeply nested: the limit is ${limit}.`,
    },
    { zh: '请拆成几步，或用 WITH 简化。', en: 'Split it into steps, or use WITH.' },
  );
}

export function tableUnknown(table: string, place: SqlPlace): FillOnceError {
  return refusal(
    'table',
    { zh: `没有可供您查询的专题表“${table}”。`, en: `There is no mart '${table}' that you may ask.` },
    {
      zh: '请从左侧目录选择专题表，写作 专题.表名，例如 population.person；文件、系统表不能查询。',
      en: 'Choose one from the schema tree, written theme.name, such as population.person. Files and system tables cannot be asked.',
    },
    place,
    table,
  );
}

export function functionRefused(name: string, place: SqlPlace): FillOnceError {
  return refusal(
    'function',
    { zh: `不能使用函数“${name}”。`, en: `The function '${name}' may not be used.` },
    {
      zh: '只能使用计算用的函数（见补全列表）；读文件、读设置、执行文本语句的函数不开放。',
      en: 'Use one of the functions that compute (see the completion list); those that read files or settings or run text are closed.',
    },
    place,
    name,
  );
}

export function partRefused(part: string, place: SqlPlace): FillOnceError {
  return refusal(
    'part',
    { zh: `语句中的 ${part} 在这里不能使用。`, en: `The statement uses ${part}, which is not possible here.` },
    {
      zh: '请用普通的 SELECT、JOIN、GROUP BY、窗口函数等改写。',
      en: 'Write it with plain SELECT, JOIN, GROUP BY, window functions and the like.',
    },
    place,
    part,
  );
}

export function seriesTooLong(limit: number, place: SqlPlace): FillOnceError {
  return refusal(
    'series',
    { zh: `序列过长，上限为 ${limit} 项。`, en: `The series is too long: the limit is ${limit} items.` },
    { zh: '请缩小范围或加大步长。', en: 'Make the range smaller or the step larger.' },
    place,
  );
}

export function parameterUnnamed(): FillOnceError {
  return refusal(
    'parameter-kind',
    { zh: '参数请写作 $名称，不支持 ? 和 $1。', en: 'Write parameters as $name; ? and $1 are not supported.' },
    { zh: '例如 WHERE age >= $age。', en: 'For example WHERE age >= $age.' },
  );
}

export function parameterMissing(name: string): FillOnceError {
  return refusal(
    'parameter',
    { zh: `参数 $${name} 还没有值。`, en: `The parameter $${name} has no value.` },
    { zh: '请在参数栏填写后再运行。', en: 'Fill it in and run again.' },
    NOWHERE,
    name,
  );
}

/** What the engine says of a statement that passed the gate: an unknown column, a value that cannot be cast. */
export function engineRefused(problem: string, place: SqlPlace): FillOnceError {
  return refusal(
    'failed',
    { zh: `语句无法执行：${problem}`, en: `The statement cannot be carried out: ${problem}` },
    {
      zh: '请按提示修改列名、类型或写法后重试。',
      en: 'Correct the column, type or wording as it says, and run again.',
    },
    place,
  );
}

export function overTime(limitMs: number): FillOnceError {
  return new FillOnceError({
    code: 'analytics.sql.time',
    status: 408,
    message: {
      zh: `查询超过 ${Math.round(limitMs / 1000)} 秒的时限，已停止。`,
      en: `The query ran longer than ${Math.round(limitMs / 1000)} s and was stopped.`,
    },
    details: {
      next: {
        zh: '请加筛选条件、减少连接，或先汇总再连接。',
        en: 'Filter more, join less, or aggregate before joining.',
      },
    },
  });
}

/** Says nothing of the statement: the machine was busy, or the checking process was lost. */
export function notChecked(why: string): FillOnceError {
  return new FillOnceError({
    code: 'analytics.sql.unchecked',
    status: 503,
    message: {
      zh: '服务器忙，还没有查完这条语句。',
      en: 'The server is busy and has not checked this statement.',
    },
    details: {
      where: why,
      next: {
        zh: '可以直接运行，或稍后再查。',
        en: 'You may run it all the same, or have it checked again in a moment.',
      },
    },
    retryable: true,
  });
}

export function overMemory(limitMb: number): FillOnceError {
  return new FillOnceError({
    code: 'analytics.sql.memory',
    status: 413,
    message: {
      zh: `查询所需内存超过 ${limitMb} MB，已停止。`,
      en: `The query needed more than ${limitMb} MB of memory and was stopped.`,
    },
    details: {
      next: {
        zh: '请少选列、先筛选或先汇总；避免没有连接条件的 JOIN 和超长文本。',
        en: 'Select fewer columns, filter or aggregate first; avoid joins without a condition and very long texts.',
      },
    },
  });
}

/** What memory did not hold did not fit into the files that it may be put into either. */
export function overSpill(limitMb: number): FillOnceError {
  return new FillOnceError({
    code: 'analytics.sql.memory',
    status: 413,
    message: {
      zh: `查询的中间结果超过 ${limitMb} MB 的磁盘额度，已停止。`,
      en: `What the query had to keep for a while took more than ${limitMb} MB of disk; it was stopped.`,
    },
    details: {
      next: {
        zh: '请少选列、先筛选或先汇总；避免没有连接条件的 JOIN 和超长文本。',
        en: 'Select fewer columns, filter or aggregate first; avoid joins without a condition and very long texts.',
      },
    },
  });
}

export function processLost(how: string): FillOnceError {
  return new FillOnceError({
    code: 'analytics.sql.lost',
    status: 503,
    message: {
      zh: '查询进程意外结束，查询没有完成。',
      en: 'The process of the query ended unexpectedly; the query is not complete.',
    },
    details: {
      where: how,
      next: {
        zh: '请再运行一次；若反复出现，请简化语句。',
        en: 'Run it again; if it happens again, simplify the statement.',
      },
    },
    retryable: true,
  });
}

export function childMissing(file: string): FillOnceError {
  return new FillOnceError({
    code: 'analytics.sql.child',
    status: 500,
    message: {
      zh: `找不到查询进程的程序文件 ${file}；请先运行 npm run build。`,
      en: `The program of the query process is not at ${file}; run npm run build first.`,
    },
    details: { where: file },
  });
}

export function cancelled(): FillOnceError {
  return new FillOnceError({
    code: 'analytics.sql.cancelled',
    status: 409,
    message: { zh: '查询已取消。', en: 'The query was cancelled.' },
    details: { next: { zh: '需要时可重新运行。', en: 'Run it again if you need it.' } },
  });
}

export function queueFull(waiting: number, mine: boolean): FillOnceError {
  return new FillOnceError({
    code: 'analytics.sql.queue',
    status: 429,
    message: mine
      ? { zh: `您已有 ${waiting} 个查询在等待或运行。`, en: `You already have ${waiting} queries waiting or running.` }
      : {
          zh: `排队的查询已有 ${waiting} 个，暂时不能再加。`,
          en: `${waiting} queries are waiting; no more can be added for now.`,
        },
    details: {
      next: { zh: '请等其中一个完成，或取消不需要的。', en: 'Wait for one to end, or cancel what you do not need.' },
    },
    retryable: true,
  });
}

export function resultGone(queryId: string): FillOnceError {
  return new FillOnceError({
    code: 'analytics.sql.gone',
    status: 410,
    message: { zh: '查询结果已清理。', en: 'The result of the query is no longer kept.' },
    details: { where: queryId, next: { zh: '请重新运行该语句。', en: 'Run the statement again.' } },
  });
}

/** Publications that were replaced are deleted after a while; a statement may have waited longer. */
export function publicationGone(publicationId: string): FillOnceError {
  return new FillOnceError({
    code: 'analytics.sql.publication',
    status: 410,
    message: {
      zh: '该语句所查的发布版本已被新版本替换并清理。',
      en: 'The publication that the statement reads was replaced and is no longer kept.',
    },
    details: {
      where: publicationId,
      next: { zh: '请重新运行该语句，将查询当前版本。', en: 'Run the statement again; it reads the current one.' },
    },
  });
}

export function rightsChanged(queryId: string): FillOnceError {
  return new FillOnceError({
    code: 'analytics.sql.rights',
    status: 410,
    message: {
      zh: '运行该语句之后您的权限已变更，原结果不再显示。',
      en: 'Your rights have changed since the statement ran; its result is not shown any more.',
    },
    details: {
      where: queryId,
      next: { zh: '请重新运行该语句，将按现有权限查询。', en: 'Run the statement again, with the rights of now.' },
    },
  });
}
