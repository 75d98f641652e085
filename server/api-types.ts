interface SchemaObject {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly (string | number | boolean | null)[];
  readonly const?: string | number | boolean | null;
  readonly properties?: Readonly<Record<string, SchemaObject>>;
  readonly required?: readonly string[];
  readonly items?: SchemaObject;
  readonly additionalProperties?: boolean | SchemaObject;
  readonly anyOf?: readonly SchemaObject[];
  readonly oneOf?: readonly SchemaObject[];
  readonly allOf?: readonly SchemaObject[];
}

interface MediaContent {
  readonly content?: Readonly<Record<string, { readonly schema?: SchemaObject }>>;
}

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly parameters?: readonly { name: string; in: string; required?: boolean; schema?: SchemaObject }[];
  readonly requestBody?: MediaContent;
  readonly responses?: Readonly<Record<string, MediaContent>>;
}

export interface OpenApiDocument {
  readonly components?: { readonly schemas?: Readonly<Record<string, SchemaObject>> };
  readonly paths?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const JSON_TYPE = 'application/json';

/**
 * TypeScript types of the API for its clients: one type per named schema, `Operations` with each operation's parameters, body
 * and answer, and `ROUTES` with its method and path.
 *
 * @example writeFileSync('web/api-types.ts', apiTypes(server.openApi()))
 */
export function apiTypes(document: OpenApiDocument): string {
  const schemas = Object.entries(document.components?.schemas ?? {})
    .filter(([name]) => /^[A-Z]\w*$/.test(name))
    .map(([name, schema]) => `export type ${name} = ${typeOf(schema, '')};`);
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.values(methods).map((value) => operationType(path, value as Operation)),
  );
  const routes = Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, value]) => `  ${(value as Operation).operationId}: ['${method.toUpperCase()}', '${path}'],`,
    ),
  );
  return [
    '// Made from /openapi.json by server/api-types.ts; `npx vitest run test/web/api-types.test.ts -u` makes it anew.',
    '// biome-ignore-all format: generated',
    '',
    ...schemas,
    '',
    'export interface Operations {',
    ...operations,
    '}',
    '',
    'export const ROUTES = {',
    ...routes,
    '} as const;',
    '',
  ].join('\n');
}

function operationType(path: string, operation: Operation): string {
  const parameters = (kind: string): string => {
    const entries = (operation.parameters ?? [])
      .filter((parameter) => parameter.in === kind)
      .map((p) => `${p.name}${p.required ? '' : '?'}: ${typeOf(p.schema ?? {}, '')}`);
    return entries.length === 0 ? 'undefined' : `{ ${entries.join('; ')} }`;
  };
  const content = operation.requestBody?.content;
  const body = content?.[JSON_TYPE]?.schema;
  const answer = operation.responses?.['200']?.content?.[JSON_TYPE]?.schema;
  return [
    `  /** ${operation.summary ?? path} */`,
    `  ${operation.operationId}: {`,
    `    params: ${parameters('path')};`,
    `    query: ${parameters('query')};`,
    `    body: ${body ? typeOf(body, '    ') : content ? 'Blob' : 'undefined'};`,
    `    answer: ${answer ? typeOf(answer, '    ') : 'Blob'};`,
    '  };',
  ].join('\n');
}

function typeOf(schema: SchemaObject, indent: string): string {
  if (schema.$ref !== undefined) return schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const union = schema.anyOf ?? schema.oneOf;
  if (union) return union.map((part) => typeOf(part, indent)).join(' | ');
  if (schema.allOf) return schema.allOf.map((part) => typeOf(part, indent)).join(' & ');
  const names = schema.type === undefined ? [] : typeof schema.type === 'string' ? [schema.type] : schema.type;
  if (names.length === 0) return 'unknown';
  return names.map((name) => namedType(name, schema, indent)).join(' | ');
}

function namedType(name: string, schema: SchemaObject, indent: string): string {
  if (name === 'integer' || name === 'number') return 'number';
  if (name === 'array') return `readonly (${typeOf(schema.items ?? {}, indent)})[]`;
  if (name !== 'object') return name;
  if (!schema.properties) {
    const values =
      typeof schema.additionalProperties === 'object' ? typeOf(schema.additionalProperties, indent) : 'unknown';
    return `{ readonly [key: string]: ${values} }`;
  }
  const inner = `${indent}  `;
  const required = new Set(schema.required ?? []);
  const fields = Object.entries(schema.properties).map(
    ([key, value]) => `${inner}readonly ${key}${required.has(key) ? '' : '?'}: ${typeOf(value, inner)};`,
  );
  return ['{', ...fields, `${indent}}`].join('\n');
}
