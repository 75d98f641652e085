-- Incidents, and the events that make up each.
CREATE TABLE incident (
  id text PRIMARY KEY,
  rule text NOT NULL,
  subject text NOT NULL,
  org_path text NOT NULL,
  ring text NOT NULL,
  status text NOT NULL CHECK (status IN ('open', 'acknowledged', 'handling', 'closed', 'false_alarm')),
  title jsonb NOT NULL,
  detail jsonb NOT NULL DEFAULT '{}',
  event_count integer NOT NULL DEFAULT 0,
  owner_id text,
  opened_at timestamptz NOT NULL,
  last_event_at timestamptz NOT NULL,
  acknowledged_at timestamptz,
  closed_at timestamptz,
  close_note text,
  updated_at timestamptz NOT NULL
);
-- One thing going wrong is one incident: while it stands, no second one for the same rule and subject.
CREATE UNIQUE INDEX incident_standing ON incident (rule, subject) WHERE status IN ('open', 'acknowledged', 'handling');
CREATE INDEX incident_recent ON incident (last_event_at DESC);

CREATE TABLE incident_event (
  id text PRIMARY KEY,
  incident_id text NOT NULL REFERENCES incident,
  kind text NOT NULL,
  -- Identity of the event at its source: the same event told twice counts once.
  dedupe_key text NOT NULL,
  at timestamptz NOT NULL,
  user_id text,
  detail jsonb NOT NULL DEFAULT '{}',
  UNIQUE (incident_id, dedupe_key)
);
CREATE INDEX incident_event_order ON incident_event (incident_id, at);

GRANT SELECT ON incident, incident_event TO fillonce_user;
GRANT INSERT ON incident_event TO fillonce_user;
GRANT UPDATE (status, owner_id, acknowledged_at, closed_at, close_note, updated_at) ON incident TO fillonce_user;

ALTER TABLE incident ENABLE ROW LEVEL SECURITY;
ALTER TABLE incident FORCE ROW LEVEL SECURITY;
ALTER TABLE incident_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE incident_event FORCE ROW LEVEL SECURITY;
CREATE POLICY system_all ON incident TO fillonce_system USING (true) WITH CHECK (true);
CREATE POLICY system_all ON incident_event TO fillonce_system USING (true) WITH CHECK (true);
CREATE POLICY read_scope ON incident FOR SELECT TO fillonce_user
  USING (app_within(org_path) AND app_has_role('duty', 'leader', 'admin'));
CREATE POLICY handle ON incident FOR UPDATE TO fillonce_user
  USING (app_within(org_path) AND app_has_role('duty'));
CREATE POLICY read_scope ON incident_event FOR SELECT TO fillonce_user
  USING (EXISTS (SELECT FROM incident i WHERE i.id = incident_id));
CREATE POLICY add ON incident_event FOR INSERT TO fillonce_user
  WITH CHECK (app_has_role('duty') AND user_id = app_user_id() AND EXISTS (SELECT FROM incident i WHERE i.id = incident_id));
