-- Tables of every theme, and the platform's own.

CREATE SCHEMA IF NOT EXISTS platform;

-- A row is one value that lost although another source stands by it: the cell's conflict bit is set.
CREATE TABLE IF NOT EXISTS platform.conflict (
  entity VARCHAR NOT NULL,
  key VARCHAR NOT NULL,
  field VARCHAR NOT NULL,
  source VARCHAR NOT NULL,
  value VARCHAR,
  observed DATE NOT NULL
);
