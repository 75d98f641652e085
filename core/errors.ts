/** A sentence for a person, in both languages of the product. */
export interface Message {
  readonly zh: string;
  readonly en: string;
}

export interface ErrorDetails {
  /** Where it happened: a file, a cell, a source, a field. */
  readonly where?: string;
  /** What the person can do next. */
  readonly next?: Message;
  readonly [key: string]: unknown;
}

export interface FillOnceErrorOptions {
  readonly code: string;
  /** HTTP status that tells an API client what kind of error this is. */
  readonly status: number;
  readonly message: Message;
  readonly details?: ErrorDetails;
  /** True when the same call may succeed later without anyone changing anything. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

/**
 * The one error type that crosses module borders. `code` is stable and machine-readable
 * (`templates.xlsx.ratio`), `text` is for people, `details` says where and what next.
 */
export class FillOnceError extends Error {
  readonly code: string;
  readonly status: number;
  readonly text: Message;
  readonly details: ErrorDetails;
  readonly retryable: boolean;

  constructor(options: FillOnceErrorOptions) {
    super(`${options.code}: ${options.message.en}`, { cause: options.cause });
    this.name = 'FillOnceError';
    this.code = options.code;
    this.status = options.status;
    this.text = options.message;
    this.details = options.details ?? {};
    this.retryable = options.retryable ?? false;
  }

  /** The shape that API responses, CLI `--json` output and logs share. */
  toJSON(): ErrorBody {
    return {
      code: this.code,
      status: this.status,
      message: this.text,
      details: this.details,
      retryable: this.retryable,
    };
  }
}

export interface ErrorBody {
  readonly code: string;
  readonly status: number;
  readonly message: Message;
  readonly details: ErrorDetails;
  readonly retryable: boolean;
}

/** Any thrown value as an error body; what is not ours becomes `core.internal` and keeps its text out of the message. */
export function toErrorBody(error: unknown): ErrorBody {
  if (error instanceof FillOnceError) return error.toJSON();
  return {
    code: 'core.internal',
    status: 500,
    message: {
      zh: '系统内部错误，已记录日志；请稍后重试，仍不行请联系管理员。',
      en: 'Internal error, logged. Try again; if it persists, tell the administrator.',
    },
    details: {},
    retryable: true,
  };
}

/** The text of any thrown value, for logs. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
