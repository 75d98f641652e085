import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadCatalogue } from '../core/catalogue.ts';
import { type Contract, datasetName, loadContracts } from '../warehouse/contract.ts';
import { ident, type Landing, literal } from '../warehouse/index.ts';

/** What a peer needs to make one row per person out of landed records, without the platform. */
export interface GoldenRules {
  readonly key: string;
  readonly datasets: readonly {
    readonly name: string;
    readonly files: readonly string[];
    readonly key: string;
    readonly observed: string;
    readonly columns: Readonly<Record<string, string>>;
    readonly codes: Readonly<Record<string, Readonly<Record<string, string>>>>;
  }[];
  /** Datasets that tell a field, in order of authority. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
}

export const PERSON_DATASETS = ['grid.resident', 'police.registration', 'civil.person'] as const;

/** The contracts and authorities of a person, written out for programs that know neither. */
export async function goldenRules(landing: Landing): Promise<GoldenRules> {
  const catalogue = loadCatalogue();
  const contracts = loadContracts(catalogue);
  const key = catalogue.entity('person').key[0]!;
  const told = PERSON_DATASETS.map((name) => contracts.get(name)!);
  const datasets = await Promise.all(
    told.map(async (contract) => {
      const { source, dataset } = contract;
      const files: string[] = [];
      for await (const manifest of landing.manifests({ source, dataset })) files.push(landing.dataFile(manifest));
      const columns = contract.columns.filter((column) => column.field !== undefined);
      const coded = columns.filter((column) => column.codes !== undefined);
      return {
        name: datasetName(contract),
        files,
        key: columns.find(({ field }) => field === key)!.name,
        observed: contract.observedAt!,
        columns: Object.fromEntries(columns.map(({ name, field }) => [name, field!])),
        codes: Object.fromEntries(coded.map(({ name, codes }) => [name, Object.fromEntries(codes!)])),
      };
    }),
  );
  const fields = catalogue
    .entity('person')
    .elements.filter(({ field }) => field !== key)
    .map(
      ({ field, sources }) => [field, told.filter(tells(field)).sort(byAuthority(sources)).map(datasetName)] as const,
    )
    .filter(([, order]) => order.length > 0);
  return { key, datasets, fields: Object.fromEntries(fields) };
}

const tells = (field: string) => (contract: Contract) => contract.columns.some((column) => column.field === field);
const byAuthority = (sources: readonly string[]) => (a: Contract, b: Contract) =>
  place(sources, a.source) - place(sources, b.source);
const place = (sources: readonly string[], source: string) =>
  (sources.indexOf(source) + sources.length + 1) % (sources.length + 1);

/** A dbt project over DuckDB with the same rules: one view per dataset, one table of persons. */
export async function writeDbtProject(folder: string, rules: GoldenRules): Promise<void> {
  const { key, datasets, fields } = rules;
  await mkdir(join(folder, 'models'), { recursive: true });
  const project = { name: 'golden', version: '1.0', profile: 'golden', 'config-version': 2, models: { golden: {} } };
  const profile = {
    golden: {
      target: 'bench',
      outputs: { bench: { type: 'duckdb', path: join(folder, 'golden.duckdb'), threads: 2 } },
    },
  };
  // YAML reads JSON.
  await writeFile(join(folder, 'dbt_project.yml'), JSON.stringify(project));
  await writeFile(join(folder, 'profiles.yml'), JSON.stringify(profile));
  for (const dataset of datasets) {
    const values = Object.entries(dataset.columns).map(([raw, field]) => {
      const codes = dataset.codes[raw];
      const pairs = Object.entries(codes ?? {}).map(([from, to]) => `WHEN ${literal(from)} THEN ${literal(to)}`);
      const value = `CAST(${ident(raw)} AS VARCHAR)`;
      return `${codes ? `CASE ${value} ${pairs.join(' ')} END` : value} AS ${ident(field)}`;
    });
    const files = `[${dataset.files.map(literal).join(', ')}]`;
    const sql = `{{ config(materialized='table') }}
SELECT ${values.join(',\n  ')}
FROM read_json(${files}, format = 'newline_delimited', union_by_name = true)
WHERE ${ident(dataset.key)} IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY ${ident(dataset.key)} ORDER BY CAST(${ident(dataset.observed)} AS VARCHAR) DESC) = 1`;
    await writeFile(join(folder, 'models', `${modelName(dataset.name)}.sql`), sql);
  }
  const names = datasets.map(({ name }) => modelName(name));
  const everyone = names.map((name) => `SELECT ${key} FROM {{ ref('${name}') }}`).join(' UNION ');
  const chosen = Object.entries(fields).map(
    ([field, order]) =>
      `coalesce(${order.map((name) => `${modelName(name)}.${ident(field)}`).join(', ')}) AS ${ident(field)}`,
  );
  const joins = names.map((name) => `LEFT JOIN {{ ref('${name}') }} AS ${name} USING (${key})`).join('\n');
  await writeFile(
    join(folder, 'models', 'person.sql'),
    `{{ config(materialized='external', location='${join(folder, 'person.parquet')}') }}
SELECT ${key}, ${chosen.join(',\n  ')} FROM (${everyone}) AS everyone\n${joins}`,
  );
}

const modelName = (dataset: string) => dataset.replace('.', '_');
