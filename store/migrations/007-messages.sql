-- What is told to people and to other parts, what was done, and what was asked twice.

CREATE TABLE notification (
  id text PRIMARY KEY,
  user_id text NOT NULL REFERENCES app_user ON DELETE CASCADE,
  kind text NOT NULL,
  title jsonb NOT NULL,
  body jsonb,
  link text,
  dedupe_key text NOT NULL,
  created_at timestamptz NOT NULL,
  read_at timestamptz,
  UNIQUE (user_id, dedupe_key)
);
CREATE INDEX notification_recent ON notification (user_id, created_at DESC);

-- A row is one message written in the same transaction as the change that it tells of.
CREATE TABLE outbox (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic text NOT NULL,
  key text NOT NULL,
  payload jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  available_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  last_error jsonb,
  done_at timestamptz
);
CREATE INDEX outbox_waiting ON outbox (topic, seq) WHERE done_at IS NULL;

CREATE TABLE audit_log (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  user_id text NOT NULL,
  action text NOT NULL,
  subject text NOT NULL,
  org_path text,
  detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_log_subject ON audit_log (subject, seq DESC);
CREATE INDEX audit_log_user ON audit_log (user_id, seq DESC);

CREATE FUNCTION audit_log_append_only() RETURNS trigger LANGUAGE plpgsql
  AS $$ BEGIN RAISE EXCEPTION 'audit_log is append-only' USING ERRCODE = 'FO001'; END $$;
CREATE TRIGGER audit_log_rows BEFORE UPDATE OR DELETE ON audit_log
  FOR EACH ROW EXECUTE FUNCTION audit_log_append_only();
CREATE TRIGGER audit_log_truncate BEFORE TRUNCATE ON audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION audit_log_append_only();
REVOKE UPDATE, DELETE ON audit_log FROM fillonce_system;

-- A row is one request that must take effect once, with the answer it got.
CREATE TABLE idempotency_key (
  scope text NOT NULL,
  key text NOT NULL,
  request_hash text NOT NULL,
  response jsonb,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_key_age ON idempotency_key (created_at);

GRANT SELECT ON notification, audit_log TO fillonce_user;
GRANT UPDATE (read_at) ON notification TO fillonce_user;
GRANT INSERT ON outbox, audit_log TO fillonce_user;
GRANT SELECT, INSERT ON idempotency_key TO fillonce_user;
GRANT UPDATE (response) ON idempotency_key TO fillonce_user;

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['notification', 'outbox', 'audit_log', 'idempotency_key']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY system_all ON %I TO fillonce_system USING (true) WITH CHECK (true)', name);
  END LOOP;
END $$;

CREATE POLICY own ON notification TO fillonce_user USING (user_id = app_user_id());
CREATE POLICY add ON outbox FOR INSERT TO fillonce_user WITH CHECK (true);
CREATE POLICY add ON audit_log FOR INSERT TO fillonce_user WITH CHECK (user_id = app_user_id());
CREATE POLICY read_scope ON audit_log FOR SELECT TO fillonce_user
  USING (user_id = app_user_id() OR (app_has_role('admin') AND (org_path IS NULL OR app_within(org_path))));
CREATE POLICY own ON idempotency_key TO fillonce_user
  USING (scope = 'user:' || app_user_id()) WITH CHECK (scope = 'user:' || app_user_id());
