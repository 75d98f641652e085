-- What was pulled, made and checked.

-- A row is one dataset of one source as its last runs left it.
CREATE TABLE source_state (
  source text NOT NULL,
  dataset text NOT NULL,
  last_attempt_at timestamptz,
  last_success_at timestamptz,
  error_since timestamptz,
  last_error jsonb,
  failures integer NOT NULL DEFAULT 0,
  records bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (source, dataset)
);

-- A row is one run that made (or failed to make) one partition of one asset.
CREATE TABLE materialisation (
  id text PRIMARY KEY,
  asset text NOT NULL,
  partition text NOT NULL,
  workflow_id text,
  status text NOT NULL CHECK (status IN ('running', 'succeeded', 'failed')),
  rows bigint,
  took_ms bigint,
  error jsonb,
  log jsonb NOT NULL DEFAULT '[]',
  started_at timestamptz NOT NULL,
  finished_at timestamptz
);
CREATE INDEX materialisation_asset ON materialisation (asset, partition, started_at DESC);
CREATE INDEX materialisation_recent ON materialisation (started_at DESC);

CREATE TABLE check_result (
  id text PRIMARY KEY,
  materialisation_id text REFERENCES materialisation ON DELETE CASCADE,
  asset text NOT NULL,
  name text NOT NULL,
  status text NOT NULL CHECK (status IN ('pass', 'warn', 'fail')),
  measured double precision,
  detail jsonb NOT NULL DEFAULT '{}',
  at timestamptz NOT NULL
);
CREATE INDEX check_result_asset ON check_result (asset, name, at DESC);

GRANT SELECT ON source_state, materialisation, check_result TO fillonce_user;
