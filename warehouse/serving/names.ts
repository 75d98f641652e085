import { SENSITIVITIES, type Sensitivity } from '../../core/catalogue.ts';
import { ident } from '../sql-text.ts';
import { servingSchemaName } from './errors.ts';

/** Names of schemas and roles that belong to one served schema. */
export interface ServingNames {
  /** The schema of the views. */
  readonly app: string;
  /** The schema of the tables behind them. */
  readonly data: string;
  /** Owns both; nobody signs in as it. */
  readonly owner: string;
  readonly readers: Readonly<Record<Sensitivity, string>>;
  /** Puts quoted names in the place of words in braces. */
  fill(sql: string): string;
}

/** @throws FillOnceError `warehouse.serving.schema_name` */
export function servingNames(schema: string): ServingNames {
  if (!/^[a-z][a-z0-9_]{0,29}$/.test(schema) || schema.startsWith('pg_') || schema === 'public') {
    throw servingSchemaName(schema);
  }
  const reader = (sensitivity: Sensitivity) => `${schema}_read_${sensitivity}`;
  const readers = Object.fromEntries(SENSITIVITIES.map((each) => [each, reader(each)])) as Record<Sensitivity, string>;
  const names = { app: schema, data: `${schema}_data`, owner: `${schema}_owner`, read_public: readers.public };
  return {
    ...names,
    readers,
    fill: (sql) =>
      Object.entries(names).reduce((text, [word, name]) => text.replaceAll(`{${word}}`, () => ident(name)), sql),
  };
}
