-- Org units, users, sessions.
CREATE TABLE org_unit (
  path text PRIMARY KEY,
  name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('district', 'subdistrict', 'community', 'grid')),
  parent text
);

CREATE TABLE app_user (
  id text PRIMARY KEY,
  login text NOT NULL UNIQUE,
  name text NOT NULL,
  password_hash text NOT NULL,
  roles text[] NOT NULL,
  scope text NOT NULL,
  themes text[] NOT NULL,
  sensitivity text NOT NULL CHECK (sensitivity IN ('public', 'internal', 'personal', 'sensitive')),
  failed_logins integer NOT NULL DEFAULT 0,
  locked_until timestamptz,
  disabled_at timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);

-- A row is one signed-in browser; the token itself is never stored.
CREATE TABLE session (
  token_hash text PRIMARY KEY,
  user_id text NOT NULL REFERENCES app_user ON DELETE CASCADE,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  seen_at timestamptz NOT NULL
);
CREATE INDEX session_by_user ON session (user_id);
CREATE INDEX session_by_expiry ON session (expires_at);

-- What one user may know of another: his name.
CREATE VIEW app_user_name AS SELECT id, name FROM app_user;

GRANT SELECT ON org_unit, app_user_name TO fillonce_user;
