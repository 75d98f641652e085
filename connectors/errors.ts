// Longer than usual: every way in which a source can disappoint, in one place.
import { errorText, FillOnceError, type Message } from '../core/errors.ts';

interface Kind {
  readonly code: string;
  readonly status?: number;
  readonly retryable?: boolean;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

function sourceError(where: string, kind: Kind, message: Message): FillOnceError {
  return new FillOnceError({
    code: `connectors.${kind.code}`,
    status: kind.status ?? 502,
    message,
    retryable: kind.retryable ?? false,
    details: { where, ...kind.details },
    cause: kind.cause,
  });
}

/** The source answered with a status that the protocol does not foresee; 5xx may pass. */
export function httpStatus(where: string, answered: number): FillOnceError {
  return sourceError(
    where,
    { code: 'http.status', retryable: answered >= 500 || answered === 408, details: { answered } },
    {
      zh: `“${where}”返回 HTTP ${answered}；请联系来源系统的维护方。`,
      en: `'${where}' answered HTTP ${answered}; ask those who run the source.`,
    },
  );
}

export function httpUnauthorized(where: string, answered: number): FillOnceError {
  return sourceError(
    where,
    { code: 'http.unauthorized', details: { answered } },
    {
      zh: `“${where}”拒绝了访问凭据（HTTP ${answered}）；请在来源配置中更新密钥。`,
      en: `'${where}' refused the credentials (HTTP ${answered}); renew the secret in the source list.`,
    },
  );
}

export function httpLimited(where: string, retryAfterMs: number | undefined): FillOnceError {
  return sourceError(
    where,
    { code: 'http.limited', status: 503, retryable: true, details: { retryAfterMs } },
    {
      zh: `“${where}”要求放慢访问；系统会按其要求的时间等待后继续。`,
      en: `'${where}' asks for fewer requests; the pull goes on after the time it named.`,
    },
  );
}

/** No complete answer: refused, reset, cut off in the middle, or not within the deadline. */
export function httpCut(where: string, cause: unknown): FillOnceError {
  return sourceError(
    where,
    { code: 'http.cut', status: 503, retryable: true, cause },
    {
      zh: `与“${where}”的连接失败或中断（${reason(cause)}）；系统会重试，持续出现请检查网络。`,
      en: `The connection to '${where}' failed or was cut (${reason(cause)}); it is tried again. Check the network if it persists.`,
    },
  );
}

export function timedOut(where: string, waitMs: number): FillOnceError {
  return sourceError(
    where,
    { code: 'timeout', status: 504, retryable: true, details: { waitMs } },
    {
      zh: `“${where}”在 ${waitMs} 毫秒内没有完成；系统会重试。`,
      en: `'${where}' did not finish within ${waitMs} ms; it is tried again.`,
    },
  );
}

export function answerTooLarge(where: string, limitBytes: number): FillOnceError {
  return sourceError(
    where,
    { code: 'answer.large', details: { limitBytes } },
    {
      zh: `“${where}”的应答超过 ${limitBytes} 字节上限，已停止读取；请减小分页或提高上限。`,
      en: `The answer of '${where}' exceeds ${limitBytes} bytes and was not read on; ask for smaller pages or raise the limit.`,
    },
  );
}

export function answerHtml(where: string): FillOnceError {
  return sourceError(
    where,
    { code: 'answer.html', retryable: true },
    {
      zh: `“${where}”返回了网页而不是数据（登录页、维护页或网关错误页）；请检查地址与来源系统状态。`,
      en: `'${where}' answered with a web page instead of data (a log-in, maintenance or gateway page); check the address and the source.`,
    },
  );
}

export function answerNotJson(where: string, cause: unknown): FillOnceError {
  return sourceError(
    where,
    { code: 'answer.json', retryable: true, cause },
    {
      zh: `“${where}”的应答不是完整的 JSON；系统会重试，持续出现请联系来源系统。`,
      en: `The answer of '${where}' is not whole JSON; it is tried again. Ask those who run the source if it persists.`,
    },
  );
}

export function answerEncoding(where: string, expected: string): FillOnceError {
  return sourceError(
    where,
    { code: 'answer.encoding', details: { expected } },
    {
      zh: `“${where}”的内容不是约定的 ${expected} 编码；请让来源按约定编码重新提供。`,
      en: `'${where}' is not encoded in ${expected} as agreed; ask the source to send it in that encoding.`,
    },
  );
}

/** The answer is JSON of another shape than agreed. `path` says where, `expected` what. */
export function answerShape(where: string, path: string, expected: string): FillOnceError {
  return sourceError(
    where,
    { code: 'answer.shape', details: { path, expected } },
    {
      zh: `“${where}”的应答结构变了：${path} 应为 ${expected}；请与来源系统核对接口版本。`,
      en: `The answer of '${where}' changed shape: ${path} should be ${expected}; check the version of the interface with the source.`,
    },
  );
}

/** The source says in its own words that it failed. */
export function answerRefused(where: string, code: string): FillOnceError {
  return sourceError(
    where,
    { code: 'answer.refused', status: 503, retryable: true, details: { answered: code } },
    {
      zh: `“${where}”返回业务错误码 ${code}；系统会重试，持续出现请联系来源系统。`,
      en: `'${where}' answered with its error code ${code}; it is tried again. Ask those who run the source if it persists.`,
    },
  );
}

export type PagingLie = 'repeated' | 'overLimit' | 'emptyPages' | 'endless' | 'unfiltered';

const LIES: Readonly<Record<PagingLie, Message>> = {
  repeated: { zh: '重复给出同一页', en: 'it gave the same page again' },
  overLimit: { zh: '一页的条数超过了请求的上限', en: 'a page holds more than was asked for' },
  emptyPages: { zh: '连续给出空页却称还有后续', en: 'it gave empty pages and said that more follow' },
  unfiltered: { zh: '给出了早于所要求时间的记录', en: 'it gave records from before the time asked for' },
  endless: { zh: '分页数超过了上限仍未结束', en: 'it did not end within the limit of pages' },
};

export function pagingLie(where: string, lie: PagingLie): FillOnceError {
  return sourceError(
    where,
    { code: `paging.${lie}` },
    {
      zh: `“${where}”的分页不可信：${LIES[lie].zh}；已停止本次采集，已收到的数据保留。请联系来源系统。`,
      en: `The paging of '${where}' cannot be trusted: ${LIES[lie].en}; the pull stopped and keeps what it has. Ask those who run the source.`,
    },
  );
}

/** What stays after the last allowed retry; still retryable, but by whoever started the pull, later. */
export function gaveUp(where: string, attempts: number, cause: FillOnceError): FillOnceError {
  return new FillOnceError({
    code: cause.code,
    status: cause.status,
    retryable: true,
    message: {
      zh: `${cause.text.zh}（已尝试 ${attempts} 次）`,
      en: `${cause.text.en} (tried ${attempts} times)`,
    },
    details: { ...cause.details, where, attempts },
    cause,
  });
}

export function sqlConnect(where: string, cause: unknown): FillOnceError {
  return sourceError(
    where,
    { code: 'sql.connect', status: 503, retryable: true, cause },
    {
      zh: `连接数据库“${where}”失败或中断（${reason(cause)}）；系统会排队重试。`,
      en: `The connection to database '${where}' failed or was lost (${reason(cause)}); it is tried again in turn.`,
    },
  );
}

export function sqlRefused(where: string, cause: unknown): FillOnceError {
  return sourceError(
    where,
    { code: 'sql.refused', cause },
    {
      zh: `数据库“${where}”拒绝了查询或登录（${reason(cause)}）；请核对账号权限、表名与列名。`,
      en: `Database '${where}' refused the query or the log-in (${reason(cause)}); check the account, the table and its columns.`,
    },
  );
}

export function fileChanging(where: string): FillOnceError {
  return sourceError(
    where,
    { code: 'file.changing', status: 503, retryable: true },
    {
      zh: `文件“${where}”仍在写入或被替换；下次采集会再读取。`,
      en: `File '${where}' is still being written or replaced; the next pull reads it.`,
    },
  );
}

export function fileUnreadable(where: string, cause: unknown): FillOnceError {
  return sourceError(
    where,
    { code: 'file.unreadable', status: 422, cause },
    {
      zh: `文件“${where}”无法读取（${reason(cause)}）；请重新导出后放入收件文件夹。`,
      en: `File '${where}' cannot be read (${reason(cause)}); export it again and drop it into the inbox.`,
    },
  );
}

export function fileHeader(where: string, expected: readonly string[]): FillOnceError {
  return sourceError(
    where,
    { code: 'file.header', status: 422, details: { expected } },
    {
      zh: `文件“${where}”中没有找到包含“${expected.join('、')}”的表头行；请核对模板或在契约中增加别名。`,
      en: `File '${where}' has no header row with '${expected.join(', ')}'; check the form or add an alias to the contract.`,
    },
  );
}

export function fileTooLarge(where: string, limit: string): FillOnceError {
  return sourceError(
    where,
    { code: 'file.large', status: 422 },
    {
      zh: `文件“${where}”超过上限（${limit}），未读取；请拆分后重新提供。`,
      en: `File '${where}' is over the limit (${limit}) and was not read; split it and send it again.`,
    },
  );
}

export function inboxMissing(where: string, cause: unknown): FillOnceError {
  return sourceError(
    where,
    { code: 'file.inbox', status: 503, retryable: true, cause },
    {
      zh: `收件文件夹“${where}”不可用（${reason(cause)}）；请检查路径与权限。`,
      en: `Inbox '${where}' is not available (${reason(cause)}); check the path and the permissions.`,
    },
  );
}

export function binDamaged(where: string, cause: unknown): FillOnceError {
  return sourceError(
    where,
    { code: 'bin.damaged', retryable: true, cause },
    {
      zh: `时段文件“${where}”损坏或不完整；系统会重新下载。`,
      en: `Bin '${where}' is damaged or incomplete; it is downloaded again.`,
    },
  );
}

export function unknownDataset(source: string, dataset: string): FillOnceError {
  return sourceError(
    `${source}.${dataset}`,
    { code: 'dataset', status: 404 },
    {
      zh: `来源“${source}”没有配置数据集“${dataset}”；请检查来源清单。`,
      en: `Source '${source}' has no dataset '${dataset}'; check the source list.`,
    },
  );
}

export function cursorForm(where: string): FillOnceError {
  return sourceError(
    where,
    { code: 'cursor', status: 500 },
    {
      zh: `“${where}”保存的采集位置无法识别；请由管理员重置该数据集的采集位置。`,
      en: `The stored position of '${where}' cannot be read; an administrator must reset it.`,
    },
  );
}

export function mqttConnect(where: string, cause: unknown): FillOnceError {
  return sourceError(
    where,
    { code: 'mqtt.connect', status: 503, retryable: true, cause },
    {
      zh: `连接消息服务“${where}”失败（${reason(cause)}）；系统会持续重连。`,
      en: `Connecting to broker '${where}' failed (${reason(cause)}); the receiver goes on trying.`,
    },
  );
}

export function sourceConfigWrong(where: string, problems: string): FillOnceError {
  return sourceError(
    where,
    { code: 'config', status: 500 },
    {
      zh: `来源清单“${where}”有误：${problems}。请改正后重新启动。`,
      en: `The source list '${where}' is wrong: ${problems}. Correct it and start again.`,
    },
  );
}

/** The cause of a network failure hides under fetch's own words. */
function reason(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  return errorText(inner).slice(0, 200);
}
