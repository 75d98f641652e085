import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Message } from './errors.ts';
import { packageRoot } from './paths.ts';

export const THEMES = [
  'population',
  'housing',
  'enterprise',
  'economy',
  'cases',
  'safety',
  'parking',
  'crowd',
] as const;
export type Theme = (typeof THEMES)[number];

export const SENSITIVITIES = ['public', 'internal', 'personal', 'sensitive'] as const;
export type Sensitivity = (typeof SENSITIVITIES)[number];

export type ElementType = 'text' | 'code' | 'integer' | 'decimal' | 'date' | 'timestamp' | 'boolean';

/** One defined field of knowledge. `sources` is the order of authority: the first that has a value wins. */
export interface Element {
  /** `<theme>.<entity>.<field>`, for example `population.person.phone`. */
  readonly id: string;
  readonly theme: Theme;
  readonly entity: string;
  readonly field: string;
  readonly title: Message;
  readonly synonyms: readonly string[];
  readonly type: ElementType;
  readonly unit?: string;
  /** Name of the code list whose values a `code` element takes. */
  readonly codes?: string;
  /** The value that nearly everyone has. A rarer one is in dispute while another source says this one: rare codes are mostly slips. */
  readonly usual?: string;
  readonly check?: 'idNumber' | 'creditCode' | 'phone';
  readonly sensitivity: Sensitivity;
  /** The department that answers for the element. */
  readonly owner: string;
  readonly sources: readonly string[];
  /** How many days an observation or a confirmation stays good; absent: it does not age. */
  readonly ttlDays?: number;
  /** True when an entity may rightly have no value (a date of death). */
  readonly optional: boolean;
}

export interface Entity {
  readonly name: string;
  readonly theme: Theme;
  /** `golden`: one row per thing, chosen field by field among sources. `event`: one row per happening, latest version wins. */
  readonly kind: 'golden' | 'event';
  readonly title: Message;
  readonly key: readonly string[];
  /** True when what was known of it earlier is published too, as `<theme>.<name>_history`. */
  readonly history: boolean;
  readonly elements: readonly Element[];
}

export interface CodeList {
  readonly name: string;
  readonly title: string;
  readonly standard?: string;
  /** Canonical value → standard code, in order. */
  readonly values: ReadonlyMap<string, string>;
}

export interface ThemeEntry {
  readonly theme: Theme;
  readonly title: Message;
  readonly entities: readonly Entity[];
}

export interface Catalogue {
  readonly themes: readonly ThemeEntry[];
  readonly entities: readonly Entity[];
  readonly elements: readonly Element[];
  readonly codeLists: ReadonlyMap<string, CodeList>;
  /** @throws Error for a name that the catalogue does not have. */
  entity(name: string): Entity;
  element(id: string): Element;
  codeList(name: string): CodeList;
}

const elementSchema = z.strictObject({
  zh: z.string(),
  en: z.string(),
  synonyms: z.array(z.string()).default([]),
  type: z.enum(['text', 'code', 'integer', 'decimal', 'date', 'timestamp', 'boolean']),
  unit: z.string().optional(),
  codes: z.string().optional(),
  usual: z.string().optional(),
  check: z.enum(['idNumber', 'creditCode', 'phone']).optional(),
  sensitivity: z.enum(SENSITIVITIES).optional(),
  owner: z.string().optional(),
  sources: z.array(z.string()).min(1),
  ttlDays: z.number().int().positive().optional(),
  optional: z.boolean().default(false),
});

const themeSchema = z.strictObject({
  theme: z.enum(THEMES),
  name: z.strictObject({ zh: z.string(), en: z.string() }),
  entities: z.record(
    z.string(),
    z.strictObject({
      kind: z.enum(['golden', 'event']).default('golden'),
      name: z.strictObject({ zh: z.string(), en: z.string() }),
      key: z.array(z.string()).min(1),
      history: z.boolean().default(false),
      owner: z.string(),
      sensitivity: z.enum(SENSITIVITIES),
      elements: z.record(z.string(), elementSchema),
    }),
  ),
});

const codeListsSchema = z.record(
  z.string(),
  z.strictObject({ zh: z.string(), standard: z.string().optional(), values: z.record(z.string(), z.string()) }),
);

/**
 * The element catalogue of `core/elements/*.yaml`, checked for unknown code lists and keys.
 *
 * @throws Error naming the file and the element when a file is not well-formed: a broken catalogue is a broken build.
 */
export function loadCatalogue(folder = join(packageRoot(), 'core', 'elements')): Catalogue {
  const codeLists = readCodeLists(join(folder, 'code-lists.yaml'));
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml') && name !== 'code-lists.yaml');
  const themes = files
    .map((name) => readTheme(join(folder, name), codeLists))
    .sort((a, b) => THEMES.indexOf(a.theme) - THEMES.indexOf(b.theme));
  const entities = themes.flatMap((theme) => theme.entities);
  const elements = entities.flatMap((entity) => entity.elements);
  const entityByName = new Map(entities.map((entity) => [entity.name, entity]));
  const elementById = new Map(elements.map((element) => [element.id, element]));
  return {
    themes,
    entities,
    elements,
    codeLists,
    entity: (name) => found(entityByName, name, 'entity'),
    element: (id) => found(elementById, id, 'element'),
    codeList: (name) => found(codeLists, name, 'code list'),
  };
}

function readCodeLists(file: string): Map<string, CodeList> {
  const parsed = codeListsSchema.parse(parse(readFileSync(file, 'utf8')));
  return new Map(
    Object.entries(parsed).map(([name, list]) => [
      name,
      {
        name,
        title: list.zh,
        ...(list.standard === undefined ? {} : { standard: list.standard }),
        values: new Map(Object.entries(list.values)),
      },
    ]),
  );
}

function readTheme(file: string, codeLists: ReadonlyMap<string, CodeList>): ThemeEntry {
  const result = themeSchema.safeParse(parse(readFileSync(file, 'utf8')));
  if (!result.success) throw new Error(`${file}: ${z.prettifyError(result.error)}`);
  const { theme, name: title, entities } = result.data;
  return {
    theme,
    title,
    entities: Object.entries(entities).map(([entity, spec]) => {
      const elements = Object.entries(spec.elements).map(([field, element]): Element => {
        if (element.type === 'code' && !codeLists.has(element.codes ?? '')) {
          throw new Error(`${file}: ${entity}.${field} names no known code list`);
        }
        if (element.usual !== undefined && !codeLists.get(element.codes ?? '')?.values.has(element.usual)) {
          throw new Error(`${file}: the usual value of ${entity}.${field} is not in its code list`);
        }
        const { zh, en, ...rest } = element;
        return {
          id: `${theme}.${entity}.${field}`,
          theme,
          entity,
          field,
          title: { zh, en },
          ...rest,
          sensitivity: element.sensitivity ?? spec.sensitivity,
          owner: element.owner ?? spec.owner,
        };
      });
      for (const key of spec.key) {
        if (!(key in spec.elements)) throw new Error(`${file}: key ${key} of ${entity} is not one of its elements`);
      }
      if (spec.history && spec.kind === 'event') throw new Error(`${file}: ${entity} happens once and has no history`);
      const { kind, name, key, history } = spec;
      return { name: entity, theme, kind, title: name, key, history, elements };
    }),
  };
}

function found<T>(map: ReadonlyMap<string, T>, name: string, what: string): T {
  const value = map.get(name);
  if (value === undefined) throw new Error(`The catalogue has no ${what} '${name}'`);
  return value;
}
