export const SOURCE_NAMES = [
  'grid',
  'civil',
  'housing',
  'tax',
  'market',
  'police',
  'parking',
  'signal',
  'camera',
] as const;
export type SourceName = (typeof SOURCE_NAMES)[number];

/** Where each source is to be found, and the secrets that open it. */
export interface CityEndpoints {
  readonly grid: { readonly url: string; readonly clientId: string; readonly clientSecret: string };
  /** Civil affairs (schema civil) and housing (schema housing) in one Postgres database. */
  readonly offices: { readonly url: string };
  readonly police: { readonly url: string; readonly apiKey: string };
  /** Folder into which tax and market regulation drop their files. */
  readonly inbox: { readonly folder: string };
  readonly parking: { readonly url: string; readonly appKey: string; readonly webhookSecret: string };
  readonly signal: { readonly url: string; readonly token: string };
  readonly camera: { readonly url: string; readonly username: string; readonly password: string };
}
