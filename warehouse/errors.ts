import { errorText, FillOnceError, type Message } from '../core/errors.ts';

/** A query that DuckDB refused or could not finish. */
export function queryFailed(cause: unknown): FillOnceError {
  return new FillOnceError({
    code: 'warehouse.query',
    status: 400,
    message: {
      zh: `查询未能执行：${errorText(cause)}。请检查表名、字段名与条件。`,
      en: `The query failed: ${errorText(cause)}. Check table names, field names and conditions.`,
    },
    cause,
  });
}

/** A part of a DuckDB file that is read only when it is needed turned out to be damaged. */
export function fileDamaged(cause: unknown): FillOnceError {
  return new FillOnceError({
    code: 'warehouse.file_damaged',
    status: 500,
    message: {
      zh: `数据仓库的文件已损坏（${errorText(cause)}）。请停止平台，运行 fillonce warehouse rebuild 从落地数据重建，并检查磁盘。`,
      en: `A file of the warehouse is damaged (${errorText(cause)}). Stop the platform, run fillonce warehouse rebuild, which makes it again from landing, and check the disk.`,
    },
    cause,
  });
}

export function queryTimedOut(timeoutMs: number): FillOnceError {
  return new FillOnceError({
    code: 'warehouse.query.timeout',
    status: 408,
    message: {
      zh: `查询超过 ${timeoutMs} 毫秒被终止；请缩小范围或增加条件后重试。`,
      en: `The query was stopped after ${timeoutMs} ms; narrow it down and try again.`,
    },
    details: { timeoutMs },
  });
}

export function queryTooManyRows(maxRows: number): FillOnceError {
  return new FillOnceError({
    code: 'warehouse.query.rows',
    status: 413,
    message: {
      zh: `查询结果超过 ${maxRows} 行；请增加条件或分页。`,
      en: `The query gives more than ${maxRows} rows; add a condition or read it by pages.`,
    },
    details: { maxRows },
  });
}

/** The column, mart or operator of a page request that the mart does not have. */
export function pageRefused(what: string): FillOnceError {
  return new FillOnceError({
    code: 'warehouse.page',
    status: 400,
    message: { zh: `分页请求有误：${what}。`, en: `The page request is wrong: ${what}.` },
    details: { where: what },
  });
}

export function warehouseClosed(): FillOnceError {
  return new FillOnceError({
    code: 'warehouse.closed',
    status: 503,
    retryable: true,
    message: {
      zh: '数据仓库已关闭；请在服务恢复后重试。',
      en: 'The warehouse is closed; try again when the service is back.',
    },
  });
}

export function warehouseOwned(folder: string, cause: unknown): FillOnceError {
  return new FillOnceError({
    code: 'warehouse.owned',
    status: 409,
    retryable: true,
    message: {
      zh: `数据仓库“${folder}”正由另一进程使用（${errorText(cause)}）；请先停止该进程。`,
      en: `The warehouse '${folder}' is in use by another process (${errorText(cause)}); stop that one first.`,
    },
    details: { where: folder },
    cause,
  });
}

/** A contract, model or check file that is not well-formed. */
export function declarationWrong(file: string, reason: string): FillOnceError {
  return new FillOnceError({
    code: 'warehouse.declaration',
    status: 500,
    message: {
      zh: `仓库声明文件“${file}”有误：${reason}。请修改该文件后重新启动。`,
      en: `The warehouse declaration '${file}' is wrong: ${reason}. Correct the file and start again.`,
    },
    details: { where: file },
  });
}

/** A rebuild that would forget batches for good. */
export function landingIncomplete(missing: readonly string[]): FillOnceError {
  const list = missing.slice(0, 10).join(', ') + (missing.length > 10 ? ' …' : '');
  return new FillOnceError({
    code: 'warehouse.landing.incomplete',
    status: 409,
    message: {
      zh: `落地区缺少 ${missing.length} 个批次：${list}。重建会永久丢失其内容；请先从备份恢复，确认放弃时再用 --without-missing 重建。`,
      en: `Landing lacks ${missing.length} batches: ${list}. A rebuild would lose their content for good: restore them from a backup; to give them up, rebuild with --without-missing.`,
    },
    details: { where: list, missing: missing.slice(0, 100) },
  });
}

export function batchUnknown(id: string): FillOnceError {
  return new FillOnceError({
    code: 'warehouse.batch.unknown',
    status: 404,
    message: { zh: `没有批次“${id}”；请核对批次编号。`, en: `There is no batch '${id}'; check its id.` },
    details: { where: id },
  });
}

export function contractUnknown(source: string, dataset: string): FillOnceError {
  return new FillOnceError({
    code: 'warehouse.contract.unknown',
    status: 422,
    message: {
      zh: `数据集“${source}.${dataset}”没有契约；请在 warehouse/themes/<专题>/contracts/ 中增加后重试。`,
      en: `Dataset '${source}.${dataset}' has no contract; add one in warehouse/themes/<theme>/contracts/ and try again.`,
    },
    details: { where: `${source}.${dataset}` },
  });
}

/** A batch that cannot be read as NDJSON, or has not the records its manifest says. */
export function batchUnreadable(id: string, reason: string): FillOnceError {
  return new FillOnceError({
    code: 'warehouse.batch.unreadable',
    status: 500,
    message: {
      zh: `批次“${id}”无法读取：${reason}。请核对落地文件或从备份恢复。`,
      en: `Batch '${id}' cannot be read: ${reason}. Check the landed file or restore it from a backup.`,
    },
    details: { where: id },
  });
}

/** An asset check of severity `block` found offending rows: the old publication stays. */
export function checksFailed(failed: readonly { readonly check: string; readonly rows: number }[]): FillOnceError {
  const list = failed.map(({ check, rows }) => `${check} (${rows})`).join(', ');
  return new FillOnceError({
    code: 'warehouse.publication.checks',
    status: 409,
    message: {
      zh: `数据检查未通过：${list}。原发布版本继续有效；请处理这些行后重新发布。`,
      en: `Checks failed: ${list}. The publication before stays in place; deal with these rows and publish again.`,
    },
    details: { where: list, failed },
  });
}

export function publicationUnknown(id: string): FillOnceError {
  return new FillOnceError({
    code: 'warehouse.publication.unknown',
    status: 404,
    message: {
      zh: id === 'current' ? '还没有发布版本；请等待首次发布完成。' : `发布版本“${id}”不存在或已清理。`,
      en:
        id === 'current'
          ? 'Nothing is published yet; wait for the first publication.'
          : `Publication '${id}' does not exist any more.`,
    },
    details: { where: id },
  });
}

export function mendingRefused(what: string): FillOnceError {
  return new FillOnceError({
    code: 'warehouse.quarantine.mending',
    status: 400,
    message: {
      zh: `修复规则有误：${what}；请给出 1 至 20 个步骤（set、replace、map、upper、trim、digits、copy）。`,
      en: `The mending is wrong: ${what}; give 1 to 20 steps (set, replace, map, upper, trim, digits, copy).`,
    },
    details: { where: what },
  });
}

/** A decision about something that is not in quarantine, or was decided already. */
export function quarantineAbsent(where: string): FillOnceError {
  return new FillOnceError({
    code: 'warehouse.quarantine.absent',
    status: 404,
    message: {
      zh: `隔离区中没有待处理的“${where}”；可能已被他人处理，请刷新列表。`,
      en: `'${where}' does not wait in quarantine; someone may have decided already, load the list again.`,
    },
    details: { where },
  });
}

/** A mending expression that cannot be read, or whose result is out of bounds. */
export function expressionWrong(where: string, why: Message): FillOnceError {
  return new FillOnceError({
    code: 'warehouse.quarantine.expression',
    status: 400,
    message: {
      zh: `修复表达式有误（${where}）：${why.zh}。写法如：idNo = 大写(替换(idNo, '!', ''))。`,
      en: `The expression is wrong (${where}): ${why.en}. Write it like: idNo = upper(replace(idNo, '!', '')).`,
    },
    details: { where },
  });
}

/** A fix names a column that its records do not have. */
export function columnUnknown(column: string, known: readonly string[]): FillOnceError {
  const shown = `${known.slice(0, 60).join(', ')}${known.length > 60 ? ', …' : ''}`;
  return new FillOnceError({
    code: 'warehouse.quarantine.column',
    status: 400,
    message: {
      zh: `没有字段“${column}”；可用的字段：${shown}。文字请加引号。`,
      en: `There is no column '${column}'; the known ones: ${shown}. A text stands in quotes.`,
    },
    details: { where: column, known: [...known] },
  });
}

/** A fix would put a record into an org unit that nobody has in his scope. */
export function orgUnitUnknown(path: string): FillOnceError {
  return new FillOnceError({
    code: 'warehouse.quarantine.org_unit',
    status: 400,
    message: {
      zh: `没有组织单元“${path}”：改后的记录不会属于任何社区。请填写组织树中已有的网格。`,
      en: `There is no such org unit: '${path}'. The record would be in nobody's community; give a grid of the org tree.`,
    },
    details: { where: path },
  });
}

/** Between preview and decision somebody else decided, or more arrived. */
export function quarantineMoved(expected: number, found: number): FillOnceError {
  return new FillOnceError({
    code: 'warehouse.quarantine.moved',
    status: 409,
    message: {
      zh: `预览时有 ${expected} 条，现在有 ${found} 条：期间有人处理过或又来了新数据。请重新预览后再应用。`,
      en: `The preview had ${expected} records, now there are ${found}: someone decided, or more arrived. Preview again, then apply.`,
    },
    details: { expected, found },
  });
}

/** A departure of columns that is not in the books, or is decided so already. */
export function driftAbsent(where: string): FillOnceError {
  return new FillOnceError({
    code: 'warehouse.drift.absent',
    status: 404,
    message: {
      zh: `没有待处理的结构差异“${where}”，或已是该决定；请刷新列表。`,
      en: `There is no difference '${where}' to decide, or it is decided so already; load the list again.`,
    },
    details: { where },
  });
}
