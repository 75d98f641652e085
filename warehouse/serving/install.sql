-- What the serving schema needs besides the marts themselves. {data} holds tables that only the owner role can name; {app} the views
-- that readers see. Words in braces are replaced by quoted names. Run as the owner role; running it again changes nothing.

-- A row is one publication that was served. It is seen by transactions that began at or after visible_from.
CREATE TABLE IF NOT EXISTS {data}.publication (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  publication text NOT NULL,
  visible_from timestamptz NOT NULL,
  served_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  rows bigint NOT NULL
);

-- A row is one copied mart: the partition of that number. Loads that no publication names are left-overs.
CREATE SEQUENCE IF NOT EXISTS {data}.load_number;
CREATE TABLE IF NOT EXISTS {data}.load (
  load bigint PRIMARY KEY,
  mart text NOT NULL,
  structure text NOT NULL,
  content text NOT NULL,
  rows bigint NOT NULL
);

-- A row says which load a mart of a publication is.
CREATE TABLE IF NOT EXISTS {data}.served (
  seq bigint NOT NULL REFERENCES {data}.publication ON DELETE CASCADE,
  mart text NOT NULL,
  load bigint NOT NULL REFERENCES {data}.load,
  PRIMARY KEY (seq, mart)
);

-- A row says what the view of a mart looks like now.
CREATE TABLE IF NOT EXISTS {data}.shown (mart text PRIMARY KEY, view text NOT NULL, structure text NOT NULL);

-- A row is an org unit that some row belongs to; '' stands for rows that belong to none.
CREATE TABLE IF NOT EXISTS {data}.org (path text PRIMARY KEY);
INSERT INTO {data}.org VALUES ('') ON CONFLICT DO NOTHING;

-- A row gives a role (a login or a group) the rows of one org unit and what lies under it. No row: no rows.
-- The role is kept by its number too: one that is dropped and made again under the same name has nothing.
CREATE TABLE IF NOT EXISTS {data}.reader (
  role name NOT NULL,
  role_oid oid NOT NULL,
  scope text NOT NULL,
  themes text[],
  PRIMARY KEY (role, scope)
);

-- The load of a mart that this transaction reads: of the newest publication that was visible when it began. So all its statements
-- see one publication, whatever is served meanwhile, and nobody waits for a lock.
CREATE OR REPLACE FUNCTION {data}.load_of(wanted_mart text, wanted_structure text) RETURNS bigint
  LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  seen bigint;
  found record;
BEGIN
  SELECT p.seq INTO seen FROM {data}.publication p
    WHERE p.visible_from <= transaction_timestamp() ORDER BY p.seq DESC LIMIT 1;
  IF seen IS NULL AND EXISTS (SELECT FROM {data}.publication) THEN
    RAISE EXCEPTION '本事务开始时的发布版本已清理，请重新开始事务。 The publication this transaction began with is gone; begin again.'
      USING ERRCODE = 'serialization_failure';
  END IF;
  SELECT s.load, l.structure INTO found FROM {data}.served s JOIN {data}.load l USING (load)
    WHERE s.seq = seen AND s.mart = wanted_mart;
  IF found.structure IS DISTINCT FROM wanted_structure THEN
    RAISE EXCEPTION '表结构在本事务期间已更新，请重新开始事务。 The columns changed during this transaction; begin again.'
      USING ERRCODE = 'serialization_failure';
  END IF;
  RETURN found.load;
END $$;

-- The org units whose rows a role may see in a theme: its own readings and those of the groups it is in.
CREATE OR REPLACE FUNCTION {data}.visible_units(wanted_theme text, reading name) RETURNS SETOF text
  LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT o.path FROM {data}.org o WHERE EXISTS (
    SELECT FROM {data}.reader r JOIN pg_roles g ON g.oid = r.role_oid AND g.rolname = r.role
    WHERE pg_has_role(reading, g.oid, 'USAGE') AND (r.themes IS NULL OR wanted_theme = ANY (r.themes))
      AND (o.path = r.scope OR starts_with(o.path, r.scope || '/')
        OR (o.path = '' AND array_length(string_to_array(r.scope, '/'), 1) <= 2)))
$$;

-- True for a role that may see values of a sensitivity.
CREATE OR REPLACE FUNCTION {data}.may_see(read_role name, reading name) RETURNS boolean
  LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT pg_has_role(reading, read_role, 'USAGE')
$$;

REVOKE ALL ON FUNCTION {data}.load_of(text, text), {data}.visible_units(text, name), {data}.may_see(name, name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {data}.load_of(text, text), {data}.visible_units(text, name), {data}.may_see(name, name) TO {read_public};
GRANT USAGE ON SCHEMA {app} TO {read_public};

-- What is served now, for anyone who may read at all.
CREATE OR REPLACE VIEW {app}.served_publication AS
  SELECT publication, visible_from, served_at, rows FROM {data}.publication
  WHERE visible_from <= transaction_timestamp() ORDER BY seq DESC LIMIT 1;
COMMENT ON VIEW {app}.served_publication IS '当前提供的发布版本 · The publication that is served now';
COMMENT ON COLUMN {app}.served_publication.publication IS '发布版本编号 · Id of the publication';
COMMENT ON COLUMN {app}.served_publication.visible_from IS '从何时起可见 · Transactions from then on see it';
COMMENT ON COLUMN {app}.served_publication.served_at IS '复制完成时间 · When it was copied';
COMMENT ON COLUMN {app}.served_publication.rows IS '行数 · Rows of all its marts';
GRANT SELECT ON {app}.served_publication TO {read_public};
