-- Analyst SQL: what was asked, and the queries that people keep and share.

-- A row is one statement that somebody ran; the audit log has it too, where nobody can change it.
CREATE TABLE sql_query (
  id text PRIMARY KEY,
  user_id text NOT NULL,
  at timestamptz NOT NULL,
  statement text NOT NULL,
  parameters jsonb NOT NULL DEFAULT '{}',
  publication_id text,
  outcome text NOT NULL CHECK (outcome IN ('running', 'done', 'refused', 'failed', 'cancelled', 'stopped')),
  code text,
  row_count bigint,
  elapsed_ms integer
);
CREATE INDEX sql_query_recent ON sql_query (user_id, at DESC);

-- A row is one query under a name. `share` is 'private', 'everyone' or a role.
CREATE TABLE saved_query (
  id text PRIMARY KEY,
  owner_id text NOT NULL REFERENCES app_user ON DELETE CASCADE,
  title text NOT NULL,
  statement text NOT NULL,
  parameters jsonb NOT NULL DEFAULT '[]',
  share text NOT NULL CHECK (share IN ('private', 'everyone', 'admin', 'reviewer', 'clerk', 'leader', 'analyst', 'duty')),
  updated_at timestamptz NOT NULL
);
CREATE INDEX saved_query_owner ON saved_query (owner_id);

GRANT SELECT, INSERT ON sql_query TO fillonce_user;
GRANT UPDATE (publication_id, outcome, code, row_count, elapsed_ms) ON sql_query TO fillonce_user;
GRANT SELECT, INSERT, UPDATE, DELETE ON saved_query TO fillonce_user;

ALTER TABLE sql_query ENABLE ROW LEVEL SECURITY;
ALTER TABLE sql_query FORCE ROW LEVEL SECURITY;
CREATE POLICY system_all ON sql_query TO fillonce_system USING (true) WITH CHECK (true);
CREATE POLICY own ON sql_query TO fillonce_user
  USING (user_id = app_user_id()) WITH CHECK (user_id = app_user_id());

ALTER TABLE saved_query ENABLE ROW LEVEL SECURITY;
ALTER TABLE saved_query FORCE ROW LEVEL SECURITY;
CREATE POLICY system_all ON saved_query TO fillonce_system USING (true) WITH CHECK (true);
CREATE POLICY own ON saved_query TO fillonce_user
  USING (owner_id = app_user_id()) WITH CHECK (owner_id = app_user_id());
CREATE POLICY shared ON saved_query FOR SELECT TO fillonce_user
  USING (share = 'everyone' OR app_has_role(share));
