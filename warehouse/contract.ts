import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Catalogue, Element, ElementType, Entity } from '../core/catalogue.ts';
import { contentHash } from '../core/ids.ts';
import { packageRoot } from '../core/paths.ts';
import { declarationWrong } from './errors.ts';

/** What happens to a value that breaks its column's promise: it is blanked, the row is set aside, or the batch stops. */
export type BadValueMode = 'discard_value' | 'discard_row' | 'freeze';

export interface ContractColumn {
  /** The source's name of the column. */
  readonly name: string;
  readonly aliases: readonly string[];
  /** The element's field; absent when the column only serves the contract (observed time, deletion mark). */
  readonly field?: string;
  readonly type: ElementType;
  readonly required: boolean;
  readonly onBad: BadValueMode;
  /** The batch stops when a larger share of its rows has a bad value here. */
  readonly stopAboveBadShare?: number;
  readonly check?: 'idNumber' | 'creditCode' | 'phone';
  /** The source's spelling → canonical value. */
  readonly codes?: ReadonlyMap<string, string>;
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly format?: 'yyyymmdd' | 'yyyymmddhhmmss';
}

export interface ContractRule {
  readonly id: string;
  readonly columns: readonly string[];
  /** A condition over the typed columns by their source names; NULL passes. */
  readonly sql: string;
  readonly severity: 'discard_row' | 'warn';
}

/** The shape that a source promised for one dataset. */
export interface Contract {
  readonly source: string;
  readonly dataset: string;
  readonly version: number;
  /** The entity its records speak of; null for the platform's own tables (confirmations, org units, decisions). */
  readonly entity: string | null;
  /** True when a record is one side of its entity (an allowance, a lease): its end blanks that side, the entity goes on. */
  readonly aspect: boolean;
  readonly key: readonly string[];
  /** What tells the records of one entity apart (the leases of a dwelling): the newest live one speaks; absent: the key. */
  readonly recordKey?: readonly string[];
  /** Column that says when the record was true; absent: when the batch was received. */
  readonly observedAt?: string;
  readonly deletedWhen?: { readonly column: string; readonly equals: string };
  /** A dataset that brought nothing for longer is late; absent: it comes when it comes. */
  readonly freshWithinHours?: number;
  /** New columns are noted and let pass, or stop the batch. */
  readonly unknownColumns: 'evolve' | 'freeze';
  readonly stopAboveBadShare: number;
  readonly columns: readonly ContractColumn[];
  readonly rules: readonly ContractRule[];
  /** Hash of what decides over rows: staged rows were made by exactly this. */
  readonly hash: string;
}

const columnSchema = z.strictObject({
  field: z.string().optional(),
  type: z.enum(['text', 'code', 'integer', 'decimal', 'date', 'timestamp', 'boolean']),
  required: z.boolean().default(false),
  onBad: z.enum(['discard_value', 'discard_row', 'freeze']).optional(),
  stopAboveBadShare: z.number().min(0).max(1).optional(),
  check: z.enum(['idNumber', 'creditCode', 'phone']).optional(),
  codes: z.union([z.enum(['standard', 'label']), z.record(z.string(), z.string())]).optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  pattern: z.string().optional(),
  format: z.enum(['yyyymmdd', 'yyyymmddhhmmss']).optional(),
  aliases: z.array(z.string()).default([]),
});

const contractSchema = z.strictObject({
  source: z.string(),
  dataset: z.string(),
  version: z.number().int().positive(),
  entity: z.string().nullable().default(null),
  aspect: z.boolean().default(false),
  key: z.array(z.string()).min(1),
  recordKey: z.array(z.string()).min(1).optional(),
  observedAt: z.string().optional(),
  deletedWhen: z
    .strictObject({ column: z.string(), equals: z.union([z.string(), z.boolean(), z.number()]) })
    .optional(),
  freshWithinHours: z.number().positive().optional(),
  unknownColumns: z.enum(['evolve', 'freeze']),
  stopAboveBadShare: z.number().min(0).max(1),
  // How a file of this dataset is read is the connectors' matter.
  file: z.unknown().optional(),
  columns: z.record(z.string(), columnSchema),
  rules: z
    .array(
      z.strictObject({
        id: z.string(),
        columns: z.array(z.string()).min(1),
        sql: z.string(),
        severity: z.enum(['discard_row', 'warn']),
      }),
    )
    .default([]),
});

/** A row carries its broken rules as bits of one BIGINT. */
const MOST_RULES = 62;

/**
 * All contracts: `themes/<theme>/contracts/*.yaml` and `platform/contracts/*.yaml`, by `<source>.<dataset>`.
 *
 * @throws FillOnceError `warehouse.declaration` naming the file and what is wrong with it.
 */
export function loadContracts(
  catalogue: Catalogue,
  folder = join(packageRoot(), 'warehouse'),
): ReadonlyMap<string, Contract> {
  const themes = readdirSync(join(folder, 'themes'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const folders = [...themes.map(({ name }) => join(folder, 'themes', name)), join(folder, 'platform')];
  const contracts = folders
    .map((one) => join(one, 'contracts'))
    .flatMap((one) => yamlFiles(one))
    .map((file) => readContract(file, catalogue))
    .sort((a, b) => (datasetName(a) < datasetName(b) ? -1 : 1));
  return new Map(contracts.map((contract) => [datasetName(contract), contract]));
}

/** The dataset in which what people decide about data is landed. */
export const DECISION = 'platform.decision';

export function datasetName(of: { readonly source: string; readonly dataset: string }): string {
  return `${of.source}.${of.dataset}`;
}

/** Reads one contract file against the catalogue. */
export function readContract(file: string, catalogue: Catalogue): Contract {
  const text = readFileSync(file, 'utf8');
  const result = contractSchema.safeParse(parse(text));
  if (!result.success) throw declarationWrong(file, z.prettifyError(result.error));
  const { file: _file, freshWithinHours, deletedWhen, columns: specs, ...rest } = result.data;
  const entity = entityOf(file, rest.entity, catalogue);
  const columns = Object.entries(specs).map(([name, spec]): ContractColumn => {
    const { codes, onBad, ...column } = spec;
    const element = elementOf(file, name, spec.field, entity);
    if (element && element.type !== spec.type) {
      throw declarationWrong(file, `column ${name} is ${spec.type}, its element ${element.id} is ${element.type}`);
    }
    if (spec.required && onBad === 'discard_value') {
      throw declarationWrong(file, `column ${name} is required: its bad value cannot be discarded alone`);
    }
    return {
      name,
      ...column,
      onBad: onBad ?? (spec.required ? 'discard_row' : 'discard_value'),
      ...(spec.type === 'code' ? { codes: codeMap(file, name, codes, element, catalogue) } : {}),
    };
  });
  const contract = {
    ...rest,
    columns,
    ...(deletedWhen ? { deletedWhen: { column: deletedWhen.column, equals: String(deletedWhen.equals) } } : {}),
  };
  checkNames(file, contract);
  // The hash covers what decides over rows; how late a dataset may be does not.
  const hash = contentHash(JSON.stringify(contract, mapsAsLists)).slice(0, 16);
  return { ...contract, hash, ...(freshWithinHours === undefined ? {} : { freshWithinHours }) };
}

function yamlFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function entityOf(file: string, name: string | null, catalogue: Catalogue): Entity | null {
  if (name === null) return null;
  const entity = catalogue.entities.find((candidate) => candidate.name === name);
  if (!entity) throw declarationWrong(file, `there is no entity ${name}`);
  return entity;
}

function elementOf(file: string, column: string, field: string | undefined, entity: Entity | null): Element | null {
  if (field === undefined || entity === null) return null;
  const element = entity.elements.find((candidate) => candidate.field === field);
  if (!element) throw declarationWrong(file, `column ${column}: ${entity.name} has no field ${field}`);
  return element;
}

function codeMap(
  file: string,
  column: string,
  codes: 'standard' | 'label' | Record<string, string> | undefined,
  element: Element | null,
  catalogue: Catalogue,
): ReadonlyMap<string, string> {
  if (element?.codes === undefined) throw declarationWrong(file, `column ${column} is a code without a code list`);
  const { values } = catalogue.codeList(element.codes);
  if (codes === 'standard') return new Map([...values].map(([value, code]) => [code, value]));
  if (codes === 'label') return new Map([...values.keys()].map((value) => [value, value]));
  if (codes === undefined) throw declarationWrong(file, `column ${column} does not say how its codes are spelled`);
  for (const value of Object.values(codes)) {
    if (!values.has(value)) throw declarationWrong(file, `column ${column}: ${value} is not in list ${element.codes}`);
  }
  return new Map(Object.entries(codes));
}

function checkNames(file: string, contract: Omit<Contract, 'hash'>): void {
  const names = new Set(contract.columns.map((column) => column.name));
  const fields = contract.columns.flatMap((column) => column.field ?? []);
  const named = [
    ...(contract.observedAt === undefined ? [] : [contract.observedAt]),
    ...(contract.deletedWhen ? [contract.deletedWhen.column] : []),
    ...contract.rules.flatMap((rule) => rule.columns),
  ];
  for (const name of named) if (!names.has(name)) throw declarationWrong(file, `there is no column ${name}`);
  for (const key of [...contract.key, ...(contract.recordKey ?? [])]) {
    const column = contract.columns.find((candidate) => candidate.field === key);
    if (!column?.required) throw declarationWrong(file, `key ${key} needs a required column`);
  }
  if (new Set(fields).size !== fields.length) throw declarationWrong(file, 'two columns fill the same field');
  if (contract.columns.length + contract.rules.length > MOST_RULES) {
    throw declarationWrong(file, `more than ${MOST_RULES} columns and rules`);
  }
}

function mapsAsLists(_key: string, value: unknown): unknown {
  return value instanceof Map ? [...value] : value;
}
