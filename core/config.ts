import { resolve } from 'node:path';
import { z } from 'zod';
import { FillOnceError } from './errors.ts';

const port = z.coerce.number().int().min(0).max(65_535);

const schema = z.object({
  FILLONCE_DATA: z.string().default('./data'),
  FILLONCE_HOST: z.string().default('127.0.0.1'),
  FILLONCE_PORT: port.default(7070),
  FILLONCE_SUBDISTRICT: z.string().default('锦澜街道'),
  DATABASE_URL: z.string().optional(),
  FILLONCE_SOURCES: z.string().optional(),
  FILLONCE_DUCKDB_MB: z.coerce.number().int().min(256).default(768),
  FILLONCE_DUCKDB_THREADS: z.coerce.number().int().min(1).max(256).default(2),
  FILLONCE_LOG: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
  FILLONCE_SESSION_HOURS: z.coerce.number().min(0.1).max(720).default(12),
  FILLONCE_PLATE_KEY: z.string().min(16).optional(),
  FILLONCE_SERVING_URL: z.string().optional(),
  FILLONCE_SERVING_SCHEMA: z.string().default('fillonce'),
  TEMPORAL_ADDRESS: z.string().optional(),
  TEMPORAL_NAMESPACE: z.string().default('default'),
});

/** Everything that is configured, parsed once at the edge of the process. `.env.example` explains each variable. */
export interface Config {
  /** Absolute path of the data folder. */
  readonly dataFolder: string;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly subdistrict: string;
  /** Postgres for the operational store; absent: PGlite in the data folder. */
  readonly databaseUrl?: string;
  /** Path of the source list (YAML); absent: `<data>/sources.yaml`. */
  readonly sourcesFile?: string;
  readonly duckdbMemoryMb: number;
  readonly duckdbThreads: number;
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';
  readonly sessionHours: number;
  /** Secret from which the monthly plate keys are derived; absent: one is made in the data folder. */
  readonly plateKey?: string;
  /** Postgres that each publication's marts are copied to, for BI tools; absent: nowhere. */
  readonly servingUrl?: string;
  readonly servingSchema: string;
  /** Temporal cluster to use; absent: an embedded dev server. */
  readonly temporalAddress?: string;
  readonly temporalNamespace: string;
}

/**
 * Reads the configuration from environment variables.
 *
 * @throws FillOnceError `core.config` naming each variable that is wrong.
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const result = schema.safeParse(present);
  if (!result.success) {
    const where = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
    throw new FillOnceError({
      code: 'core.config',
      status: 500,
      message: {
        zh: `环境变量有误：${where}。请对照 .env.example 修改后再启动。`,
        en: `Environment variables are wrong: ${where}. Correct them (see .env.example) and start again.`,
      },
      details: { where },
    });
  }
  const value = result.data;
  return {
    dataFolder: resolve(value.FILLONCE_DATA),
    host: value.FILLONCE_HOST,
    port: value.FILLONCE_PORT,
    subdistrict: value.FILLONCE_SUBDISTRICT,
    ...(value.DATABASE_URL === undefined ? {} : { databaseUrl: value.DATABASE_URL }),
    ...(value.FILLONCE_SOURCES === undefined ? {} : { sourcesFile: resolve(value.FILLONCE_SOURCES) }),
    duckdbMemoryMb: value.FILLONCE_DUCKDB_MB,
    duckdbThreads: value.FILLONCE_DUCKDB_THREADS,
    logLevel: value.FILLONCE_LOG,
    sessionHours: value.FILLONCE_SESSION_HOURS,
    ...(value.FILLONCE_PLATE_KEY === undefined ? {} : { plateKey: value.FILLONCE_PLATE_KEY }),
    ...(value.FILLONCE_SERVING_URL === undefined ? {} : { servingUrl: value.FILLONCE_SERVING_URL }),
    servingSchema: value.FILLONCE_SERVING_SCHEMA,
    ...(value.TEMPORAL_ADDRESS === undefined ? {} : { temporalAddress: value.TEMPORAL_ADDRESS }),
    temporalNamespace: value.TEMPORAL_NAMESPACE,
  };
}
