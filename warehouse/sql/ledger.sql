-- The warehouse's own books. No primary keys and no indexes: uniqueness is held by the one writer's transactions.

CREATE SCHEMA IF NOT EXISTS ledger;
CREATE SCHEMA IF NOT EXISTS staged;
CREATE SCHEMA IF NOT EXISTS spoken;
CREATE SCHEMA IF NOT EXISTS quarantine;
CREATE SCHEMA IF NOT EXISTS history;

-- The one row is the identity of this file; a rebuilt one has another.
CREATE TABLE IF NOT EXISTS ledger.identity (id VARCHAR NOT NULL);

-- A row is one landed batch that was staged, or stopped at its contract.
CREATE TABLE IF NOT EXISTS ledger.batch (
  id VARCHAR NOT NULL,
  batch BIGINT NOT NULL,
  source VARCHAR NOT NULL,
  dataset VARCHAR NOT NULL,
  seq INTEGER NOT NULL,
  received_at TIMESTAMP NOT NULL,
  -- Order of staging in this file; not the same after a rebuild, so nothing published depends on it.
  load INTEGER NOT NULL,
  state VARCHAR NOT NULL, -- staged, blocked, dismissed
  reason VARCHAR,
  rows INTEGER NOT NULL,
  staged INTEGER NOT NULL,
  repeated INTEGER NOT NULL,
  quarantined INTEGER NOT NULL,
  nulled INTEGER NOT NULL,
  contract_version INTEGER NOT NULL,
  contract_hash VARCHAR NOT NULL,
  staged_at TIMESTAMP NOT NULL
);

-- A row is one entity's golden table: which loads are in it, for which day, how often it changed.
CREATE TABLE IF NOT EXISTS ledger.entity (
  entity VARCHAR NOT NULL,
  load INTEGER NOT NULL,
  as_of DATE NOT NULL,
  version INTEGER NOT NULL,
  code VARCHAR NOT NULL
);

-- A row is one key that counts as another one of its entity, because a person merged the two.
CREATE TABLE IF NOT EXISTS ledger.alias (
  entity VARCHAR NOT NULL,
  was VARCHAR NOT NULL,
  key VARCHAR NOT NULL
);

-- A row is one set of column names that a dataset's records have come with.
CREATE TABLE IF NOT EXISTS ledger.shape (
  source VARCHAR NOT NULL,
  dataset VARCHAR NOT NULL,
  shape UBIGINT NOT NULL,
  names VARCHAR[] NOT NULL
);

-- A row is one departure of a dataset's columns from its contract, at the first batch that showed it.
CREATE TABLE IF NOT EXISTS ledger.drift (
  source VARCHAR NOT NULL,
  dataset VARCHAR NOT NULL,
  kind VARCHAR NOT NULL, -- unknown, missing, alias
  "column" VARCHAR NOT NULL,
  batch_id VARCHAR NOT NULL,
  seen_at TIMESTAMP NOT NULL,
  contract_version INTEGER NOT NULL
);

-- A row is one record that broke its contract, as the source sent it.
CREATE TABLE IF NOT EXISTS quarantine.record (
  batch_id VARCHAR NOT NULL,
  source VARCHAR NOT NULL,
  dataset VARCHAR NOT NULL,
  row INTEGER NOT NULL,
  rules VARCHAR[] NOT NULL,
  raw VARCHAR NOT NULL,
  load INTEGER NOT NULL
);

-- A row is one value that was blanked, or kept under a warning, while its row was staged.
CREATE TABLE IF NOT EXISTS quarantine.value (
  batch_id VARCHAR NOT NULL,
  source VARCHAR NOT NULL,
  dataset VARCHAR NOT NULL,
  row INTEGER NOT NULL,
  "column" VARCHAR,
  rule VARCHAR NOT NULL,
  value VARCHAR,
  load INTEGER NOT NULL
);
