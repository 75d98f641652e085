/** What one person may see of one mart. */
export interface GrantedMart {
  /** `population.person` */
  readonly table: string;
  readonly theme: string;
  readonly name: string;
  /** Columns in order; the values of a masked one are `***`. Columns that are not listed do not exist for the person. */
  readonly columns: readonly { readonly name: string; readonly masked: boolean }[];
  /** The column that says to which org unit a row belongs; null: the mart is shown whole. */
  readonly org: string | null;
}

/** All that one person may ask, of one publication. */
export interface SqlGrant {
  readonly publicationId: string;
  /** Rows at or under this org path. */
  readonly scope: string;
  readonly marts: readonly GrantedMart[];
  /** Absolute paths of the publication's serving files by theme. */
  readonly files: Readonly<Record<string, string>>;
}

export type SqlScalar = string | number | boolean | null;

/** One statement with the values of its `$name`. */
export interface SqlAsk {
  readonly grant: SqlGrant;
  readonly statement: string;
  readonly parameters: Readonly<Record<string, SqlScalar>>;
}
