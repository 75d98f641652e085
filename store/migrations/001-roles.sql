-- The two roles that every transaction runs under, and the questions that row-level security asks.
-- Roles belong to the whole cluster: another database of it may have made them already.
DO $$ BEGIN CREATE ROLE fillonce_system NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE fillonce_user NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;

-- A superuser may take any role; anyone else has to be a member. Where the administrator made the roles and the
-- membership beforehand, the grant is refused and not needed.
DO $$ BEGIN
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    EXECUTE format('GRANT fillonce_system, fillonce_user TO %I', current_user);
  END IF;
EXCEPTION WHEN insufficient_privilege THEN NULL;
END $$;

GRANT USAGE ON SCHEMA public TO fillonce_system, fillonce_user;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO fillonce_system;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO fillonce_system;

CREATE FUNCTION app_user_id() RETURNS text LANGUAGE sql STABLE
  AS $$ SELECT nullif(current_setting('app.user_id', true), '') $$;

-- True when `path` is the user's scope or lies under it.
CREATE FUNCTION app_within(path text) RETURNS boolean LANGUAGE sql STABLE
  AS $$ SELECT coalesce(path = current_setting('app.scope', true)
                     OR starts_with(path, nullif(current_setting('app.scope', true), '') || '/'), false) $$;

-- True when the user's scope lies at or under `path`: a clerk of one community sees the subdistrict's campaign.
CREATE FUNCTION app_under(path text) RETURNS boolean LANGUAGE sql STABLE
  AS $$ SELECT coalesce(current_setting('app.scope', true) = path
                     OR starts_with(current_setting('app.scope', true), path || '/'), false) $$;

CREATE FUNCTION app_has_role(VARIADIC wanted text[]) RETURNS boolean LANGUAGE sql STABLE
  AS $$ SELECT coalesce(string_to_array(current_setting('app.roles', true), ',') && wanted, false) $$;

CREATE FUNCTION app_sees_theme(theme text) RETURNS boolean LANGUAGE sql STABLE
  AS $$ SELECT coalesce(current_setting('app.themes', true) = '*'
                     OR theme = ANY (string_to_array(current_setting('app.themes', true), ',')), false) $$;

-- 0 public … 3 sensitive, the order of SENSITIVITIES in core/catalogue.ts.
CREATE FUNCTION app_clearance() RETURNS integer LANGUAGE sql STABLE
  AS $$ SELECT coalesce(nullif(current_setting('app.sensitivity', true), '')::integer, -1) $$;
