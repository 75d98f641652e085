const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/**
 * A file to save, a workbook unless said otherwise. The Chinese name travels as RFC 5987 `filename*`; browsers that do not read it get an ASCII name.
 *
 * @example attachment('锦澜街道空置房台账2026年11月.xlsx', stream)
 */
export function attachment(fileName: string, body: ReadableStream<Uint8Array>, contentType: string = XLSX): Response {
  return new Response(body, {
    headers: {
      'Content-Type': contentType,
      'Content-Disposition': contentDisposition(fileName),
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    },
  });
}

/** The value of Content-Disposition for a file name in any script. */
export function contentDisposition(fileName: string): string {
  const safe = fileName.replace(/[\p{Cc}\\/:*?"<>|]/gu, '_');
  const ascii = safe.replace(/[^\x20-\x7e]+/g, '_').replace(/[%']/g, '_');
  // RFC 5987 attr-char is stricter than what encodeURIComponent leaves alone.
  const encoded = encodeURIComponent(safe).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
