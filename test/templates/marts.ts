import { DuckDBInstance } from '@duckdb/node-api';
import type { Catalogue, ElementType } from '../../core/index.ts';

const SQL_TYPE: Readonly<Record<ElementType, string>> = {
  text: 'VARCHAR',
  code: 'VARCHAR',
  integer: 'INTEGER',
  decimal: 'DOUBLE',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
  boolean: 'BOOLEAN',
};

/** Empty marts in memory with the columns that the catalogue promises, and a query function. */
export async function openMarts(catalogue: Catalogue) {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run('CREATE SCHEMA platform');
  await connection.run('CREATE TABLE platform.org_unit (path VARCHAR, name VARCHAR, kind VARCHAR, parent VARCHAR)');
  await connection.run(
    "CREATE TABLE platform.source AS FROM (VALUES (1::UTINYINT, 'confirmation'), (2, 'grid'), (3, 'civil')) AS s(code, name)",
  );
  for (const { theme } of catalogue.themes) await connection.run(`CREATE SCHEMA ${theme}`);
  for (const entity of catalogue.entities) {
    const columns = entity.elements.flatMap(({ field, type }) =>
      entity.kind === 'golden'
        ? [`${field} ${SQL_TYPE[type]}`, `${field}_s UTINYINT`, `${field}_o DATE`]
        : [`${field} ${SQL_TYPE[type]}`],
    );
    await connection.run(`CREATE TABLE ${entity.theme}.${entity.name} (${columns.join(', ')}, _org VARCHAR)`);
  }
  await connection.run(
    `CREATE TABLE enterprise.tax_quarter (credit_code VARCHAR, quarter VARCHAR, revenue DOUBLE, vat DOUBLE,
     corporate_income_tax DOUBLE, personal_income_tax DOUBLE, other_tax DOUBLE, total_tax DOUBLE,
     months_without_revenue INTEGER, months_incomplete INTEGER, months_inconsistent INTEGER)`,
  );
  return {
    run: (sql: string) => connection.run(sql),
    /** Rows as objects; of the DATE parameters only those that the SQL names are bound. */
    all: async (sql: string, dates: Readonly<Record<string, string>> = {}) => {
      const named = Object.entries(dates).filter(([name]) => sql.includes(`$${name}`));
      const reader = await connection.runAndReadAll(sql, Object.fromEntries(named));
      return reader.getRowObjectsJson();
    },
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
