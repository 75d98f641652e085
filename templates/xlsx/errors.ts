import { FillOnceError, type Message } from '../../core/errors.ts';

/** The rules a workbook can break; each is the tail of an error code `templates.xlsx.<rule>`. */
const RULES = {
  notZip: { zh: '不是有效的 .xlsx 文件（不是 ZIP 包）', en: 'is not an .xlsx file (not a ZIP package)' },
  oldFormat: { zh: '是旧版 .xls 或加密的工作簿', en: 'is an old .xls or an encrypted workbook' },
  format: { zh: '不是 .xlsx 工作簿', en: 'is not an .xlsx workbook' },
  truncated: { zh: '文件不完整', en: 'is incomplete' },
  fileSize: { zh: '文件过大', en: 'is too large' },
  entries: { zh: '压缩包内条目过多', en: 'holds too many entries' },
  entryName: { zh: '压缩包内条目名称不安全', en: 'holds an entry with an unsafe name' },
  duplicate: { zh: '压缩包内条目名称重复', en: 'holds two entries of one name' },
  overlap: { zh: '压缩包内条目相互重叠', en: 'holds entries that overlap' },
  header: { zh: '压缩包目录与条目头不一致', en: 'has a directory that disagrees with an entry header' },
  encrypted: { zh: '含加密条目', en: 'holds an encrypted entry' },
  method: { zh: '使用了不支持的压缩方式', en: 'uses an unsupported compression method' },
  inflated: { zh: '解压后体积过大', en: 'inflates to too many bytes' },
  ratio: { zh: '压缩比异常（疑似压缩炸弹）', en: 'has an abnormal compression ratio (a zip bomb)' },
  size: { zh: '条目实际大小与声明不符', en: 'holds an entry whose size is not the declared one' },
  checksum: { zh: '条目校验和不符，文件已损坏', en: 'holds an entry whose checksum does not match' },
  missingPart: { zh: '缺少必要的部件', en: 'lacks a required part' },
  doctype: { zh: '含 DOCTYPE 或实体声明', en: 'holds a DOCTYPE or an entity declaration' },
  encoding: { zh: '部件不是 UTF-8 编码', en: 'holds a part that is not UTF-8' },
  xml: { zh: '部件的 XML 有误', en: 'holds malformed XML' },
  depth: { zh: 'XML 嵌套过深', en: 'nests XML too deeply' },
  macro: { zh: '含宏（VBA 或 XLM）', en: 'holds macros (VBA or XLM)' },
  embedded: { zh: '含嵌入对象（OLE 或 ActiveX）', en: 'holds embedded objects (OLE or ActiveX)' },
  dde: { zh: '含 DDE 链接', en: 'holds a DDE link' },
  connection: { zh: '含外部数据连接', en: 'holds an external data connection' },
  sheets: { zh: '工作表过多', en: 'holds too many sheets' },
  cells: { zh: '有值的单元格过多', en: 'holds too many filled cells' },
  width: { zh: '各行宽度之和过大', en: 'holds rows that are too wide in all' },
  reference: {
    zh: '单元格引用超出工作表范围或顺序错误',
    en: 'holds a cell reference outside the sheet or out of order',
  },
  sharedStrings: { zh: '共享字符串过多', en: 'holds too many shared strings' },
  sharedStringIndex: { zh: '单元格指向不存在的共享字符串', en: 'holds a cell that points to no shared string' },
  text: { zh: '单元格文字过长', en: 'holds a cell with too long a text' },
  row: { zh: '单行内容过大', en: 'holds a row with too much in it' },
  frame: { zh: '描述性部件过大', en: 'describes itself at too great a length' },
  merges: { zh: '合并单元格过多', en: 'holds too many merged ranges' },
  styles: { zh: '单元格样式过多', en: 'holds too many cell styles' },
  definedNames: { zh: '定义的名称过多', en: 'holds too many defined names' },
  memory: { zh: '读取时占用内存过多', en: 'takes too much memory to read' },
  deadline: { zh: '读取超时', en: 'takes too long to read' },
} as const satisfies Record<string, Message>;

export type RefusalRule = keyof typeof RULES;

export interface RefusalDetails {
  /** The part (zip entry) where it was seen. */
  readonly part?: string;
  readonly limit?: number | string;
  readonly found?: number | string;
  /** A cell or range inside the part. */
  readonly at?: string;
  readonly cause?: unknown;
}

/** A workbook that is turned away: names the rule, the part and the limit. */
export function refusal(rule: RefusalRule, { part, limit, found, at, cause }: RefusalDetails = {}): FillOnceError {
  const { zh, en } = RULES[rule];
  const place = [part, at].filter((word) => word !== undefined).join(' ');
  const zhFacts = [
    place && `位置：${place}`,
    limit !== undefined && `上限：${limit}`,
    found !== undefined && `实际：${found}`,
  ];
  const enFacts = [
    place && `at ${place}`,
    limit !== undefined && `limit ${limit}`,
    found !== undefined && `found ${found}`,
  ];
  return new FillOnceError({
    code: `templates.xlsx.${rule}`,
    status: rule === 'fileSize' ? 413 : 422,
    message: {
      zh: `工作簿被拒绝：${zh}${brackets(zhFacts, '（', '；', '）')}。`,
      en: `Workbook refused: it ${en}${brackets(enFacts, ' (', ', ', ')')}.`,
    },
    details: {
      rule,
      ...(part === undefined ? {} : { part, where: place }),
      ...(limit === undefined ? {} : { limit }),
      ...(found === undefined ? {} : { found }),
      ...(at === undefined ? {} : { at }),
      next: {
        zh: '请用 Excel 或 WPS 打开后另存为“Excel 工作簿 (.xlsx)”，去掉宏、嵌入对象和外部连接，再重新上传。',
        en: 'Open it in Excel or WPS, save it as “Excel Workbook (.xlsx)” without macros, embedded objects and connections, and upload it again.',
      },
    },
    cause,
  });
}

/** No sheet of that name. */
export function noSuchSheet(name: string, names: readonly string[]): FillOnceError {
  return new FillOnceError({
    code: 'templates.xlsx.noSuchSheet',
    status: 404,
    message: {
      zh: `工作簿中没有名为“${name}”的工作表；现有：${names.join('、')}。`,
      en: `The workbook has no sheet “${name}”; it has: ${names.join(', ')}.`,
    },
    details: { where: name, sheets: names },
  });
}

/** No part of that name in the package. */
export function noSuchPart(name: string): FillOnceError {
  return refusal('missingPart', { part: name });
}

/** A value that cannot be put into a cell: NaN, an infinity, too long a text, an unknown type. */
export function badValue(at: string, zh: string, en: string): FillOnceError {
  return new FillOnceError({
    code: 'templates.xlsx.value',
    status: 422,
    message: { zh: `无法写入 ${at}：${zh}。`, en: `Cannot write ${at}: ${en}.` },
    details: { where: at },
  });
}

/** Something asked of the writer that the format does not allow: a sheet name, too many columns. */
export function badSheet(where: string, zh: string, en: string): FillOnceError {
  return new FillOnceError({
    code: 'templates.xlsx.sheet',
    status: 422,
    message: { zh: `无法写入工作表“${where}”：${zh}。`, en: `Cannot write the sheet “${where}”: ${en}.` },
    details: { where },
  });
}

/** A part that outgrew what a streamed zip entry can hold. */
export function entryTooLarge(name: string, limit: number): FillOnceError {
  return new FillOnceError({
    code: 'templates.xlsx.entryTooLarge',
    status: 422,
    message: {
      zh: `写出的部件 ${name} 超过 ${limit} 字节；请拆分为多个工作表。`,
      en: `The written part ${name} passes ${limit} bytes; split it into several sheets.`,
    },
    details: { where: name, limit },
  });
}

/** A streamed query result that stopped before its last row. */
export function incompleteRows(given: number, expected: number): FillOnceError {
  return new FillOnceError({
    code: 'templates.xlsx.incompleteRows',
    status: 500,
    message: {
      zh: `查询结果在第 ${given} 行中断，应有 ${expected} 行；未写出文件，请重试。`,
      en: `The query result ended after ${given} rows of ${expected}; no file was written. Try again.`,
    },
    details: { given, expected },
    retryable: true,
  });
}

/** The process that reads untrusted files has no compiled code to run. */
export function workerMissing(path: string): FillOnceError {
  return new FillOnceError({
    code: 'templates.xlsx.workerMissing',
    status: 500,
    message: {
      zh: `缺少已编译的读取程序 ${path}；请先运行 npm run build。`,
      en: `The compiled reading worker ${path} is missing; run npm run build first.`,
    },
    details: { where: path },
  });
}

/** The process that reads untrusted files ended without a word. */
export function workerLost(how: string): FillOnceError {
  return new FillOnceError({
    code: 'templates.xlsx.workerLost',
    status: 500,
    message: {
      zh: `读取工作簿的进程意外结束（${how}）；请重试，仍不行请联系管理员。`,
      en: `The process that reads the workbook ended unexpectedly (${how}). Try again; if it persists, tell the administrator.`,
    },
    details: { how },
    retryable: true,
  });
}

/** The file to write cannot be made. */
export function unwritableFile(path: string, cause: unknown): FillOnceError {
  return new FillOnceError({
    code: 'templates.xlsx.unwritable',
    status: 500,
    message: {
      zh: `无法写入文件 ${path}；请检查目录是否存在、权限和剩余空间。`,
      en: `Cannot write the file ${path}; check that its folder exists, its permissions and the space left.`,
    },
    details: { where: path },
    cause,
  });
}

/** The file to read is not there or cannot be read. */
export function unreadableFile(path: string, cause: unknown): FillOnceError {
  return new FillOnceError({
    code: 'templates.xlsx.unreadable',
    status: 404,
    message: {
      zh: `无法读取文件 ${path}；请检查路径和权限。`,
      en: `Cannot read the file ${path}; check the path and its permissions.`,
    },
    details: { where: path },
    cause,
  });
}

function brackets(facts: (string | false)[], open: string, comma: string, close: string): string {
  const kept = facts.filter(Boolean);
  return kept.length ? open + kept.join(comma) + close : '';
}
