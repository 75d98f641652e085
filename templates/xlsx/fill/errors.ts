import { FillOnceError } from '../../../core/errors.ts';

/** A name the data speaks of that the template does not define. */
export function noSuchName(name: string, names: readonly string[]): FillOnceError {
  return new FillOnceError({
    code: 'templates.xlsx.fill.name',
    status: 422,
    message: {
      zh: `模板中没有定义名称“${name}”；已定义：${names.join('、') || '无'}。`,
      en: `The template defines no name “${name}”; it defines: ${names.join(', ') || 'none'}.`,
    },
    details: { where: name, names },
  });
}

/** Data that has not the shape it must have. */
export function badData(where: string, zh: string, en: string): FillOnceError {
  return new FillOnceError({
    code: 'templates.xlsx.fill.data',
    status: 422,
    message: { zh: `填表数据“${where}”${zh}。`, en: `The data to fill in is not right: “${where}” ${en}.` },
    details: { where },
  });
}

/** A name that marks no single area, or an address that is none. */
export function notAPlace(name: string, refers: string): FillOnceError {
  return new FillOnceError({
    code: 'templates.xlsx.fill.place',
    status: 422,
    message: {
      zh: `“${name}”没有指向一个连续的单元格区域（当前为 ${refers}）；请在“公式 → 名称管理器”中改为一个区域。`,
      en: `“${name}” does not mark one area of cells (it is ${refers}); make it one area in the name manager.`,
    },
    details: { where: name, refers },
  });
}

/** Two samples that want the same rows, or the same columns. */
export function overlappingSamples(first: string, second: string): FillOnceError {
  return new FillOnceError({
    code: 'templates.xlsx.fill.overlap',
    status: 422,
    message: {
      zh: `样例“${first}”与“${second}”重叠；同一工作表的样例须互不重叠，或行（列）完全相同。`,
      en: `The samples “${first}” and “${second}” overlap; samples of one sheet must be apart or share exactly the same rows (columns).`,
    },
    details: { where: first, other: second },
  });
}

/** More rows or columns than a sheet has. */
export function sheetFull(where: string, limit: number): FillOnceError {
  return new FillOnceError({
    code: 'templates.xlsx.fill.full',
    status: 422,
    message: {
      zh: `“${where}”展开后超出工作表的 ${limit} 行（列）上限；请拆分数据。`,
      en: `“${where}” grows past the ${limit} rows (columns) of a sheet; split the data.`,
    },
    details: { where, limit },
  });
}

/** A block of values that is larger than the area it goes in. */
export function blockTooLarge(name: string, rows: number, columns: number): FillOnceError {
  return new FillOnceError({
    code: 'templates.xlsx.fill.block',
    status: 422,
    message: {
      zh: `写入“${name}”的数据超出其区域（${rows} 行 × ${columns} 列）。`,
      en: `The values for “${name}” do not fit its area (${rows} rows × ${columns} columns).`,
    },
    details: { where: name, rows, columns },
  });
}

/** A cell that belongs to an array formula, which can only be changed as a whole. */
export function partOfArray(at: string): FillOnceError {
  return new FillOnceError({
    code: 'templates.xlsx.fill.array',
    status: 422,
    message: {
      zh: `单元格 ${at} 属于数组公式，不能单独写入。`,
      en: `The cell ${at} belongs to an array formula and cannot be set on its own.`,
    },
    details: { where: at },
  });
}
