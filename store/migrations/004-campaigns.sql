-- The reporting loop: campaign → snapshot → task → patch → submission → decision → merge → release → correction.

CREATE TABLE template_version (
  template_id text NOT NULL,
  version integer NOT NULL,
  kind text NOT NULL CHECK (kind IN ('roster', 'indicator', 'crosstab')),
  title text NOT NULL,
  period_kind text NOT NULL,
  file_ref text NOT NULL,
  binding jsonb NOT NULL,
  hash text NOT NULL,
  created_at timestamptz NOT NULL,
  created_by text,
  PRIMARY KEY (template_id, version)
);

CREATE TABLE campaign (
  id text PRIMARY KEY,
  template_id text NOT NULL,
  template_version integer NOT NULL,
  title text NOT NULL,
  period text NOT NULL,
  scope text NOT NULL,
  theme text NOT NULL,
  -- The civil date at which values must be fresh: ages and times to live are counted to it.
  as_of date NOT NULL,
  deadline timestamptz NOT NULL,
  status text NOT NULL CHECK (status IN ('created', 'prefilled', 'issued', 'merged', 'released', 'cancelled')),
  snapshot_id text,
  -- The step that failed last and why; null once a later step succeeded.
  failure jsonb,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  FOREIGN KEY (template_id, template_version) REFERENCES template_version
);
CREATE INDEX campaign_recent ON campaign (created_at DESC);

CREATE TABLE snapshot (
  id text PRIMARY KEY,
  campaign_id text NOT NULL REFERENCES campaign,
  ref text NOT NULL,
  publication_id text NOT NULL,
  rows bigint NOT NULL,
  -- Columns of the file in order, with type and sensitivity.
  columns jsonb NOT NULL,
  -- Cells by class, over all and by column.
  counts jsonb NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE INDEX snapshot_campaign ON snapshot (campaign_id);

CREATE TABLE task (
  id text PRIMARY KEY,
  campaign_id text NOT NULL REFERENCES campaign,
  org_path text NOT NULL,
  theme text NOT NULL,
  status text NOT NULL CHECK (status IN ('open', 'submitted', 'returned', 'approved')),
  row_count integer NOT NULL,
  cell_count integer NOT NULL CHECK (cell_count > 0),
  answered integer NOT NULL DEFAULT 0,
  -- Cells by class.
  counts jsonb NOT NULL,
  due_at timestamptz NOT NULL,
  reminded_at timestamptz,
  escalated_at timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  UNIQUE (campaign_id, org_path)
);
CREATE INDEX task_org ON task (org_path text_pattern_ops, status);

-- A row is one answer to one cell; a later answer supersedes it and both stay.
CREATE TABLE patch (
  id text PRIMARY KEY,
  seq bigint GENERATED ALWAYS AS IDENTITY,
  task_id text NOT NULL REFERENCES task,
  campaign_id text NOT NULL,
  org_path text NOT NULL,
  row_key text NOT NULL,
  column_name text NOT NULL,
  sensitivity integer NOT NULL,
  -- What the snapshot holds, what stood there when he answered, what he says; null is a blank that he vouches for.
  snapshot_value text,
  base text,
  value text,
  user_id text NOT NULL,
  client_op_id text NOT NULL,
  at timestamptz NOT NULL,
  superseded_by text,
  UNIQUE (task_id, client_op_id)
);
CREATE UNIQUE INDEX patch_standing ON patch (task_id, row_key, column_name) WHERE superseded_by IS NULL;
CREATE INDEX patch_campaign ON patch (campaign_id) WHERE superseded_by IS NULL;

CREATE TABLE submission (
  id text PRIMARY KEY,
  task_id text NOT NULL REFERENCES task,
  campaign_id text NOT NULL,
  org_path text NOT NULL,
  number integer NOT NULL,
  patch_count integer NOT NULL,
  unanswered integer NOT NULL,
  note text,
  user_id text NOT NULL,
  at timestamptz NOT NULL,
  UNIQUE (task_id, number)
);

CREATE TABLE submission_patch (
  submission_id text NOT NULL REFERENCES submission,
  patch_id text NOT NULL REFERENCES patch,
  org_path text NOT NULL,
  PRIMARY KEY (submission_id, patch_id)
);
CREATE INDEX submission_patch_patch ON submission_patch (patch_id);

CREATE TABLE review_decision (
  id text PRIMARY KEY,
  submission_id text NOT NULL UNIQUE REFERENCES submission,
  task_id text NOT NULL REFERENCES task,
  campaign_id text NOT NULL,
  org_path text NOT NULL,
  decision text NOT NULL CHECK (decision IN ('approved', 'returned')),
  reason text,
  user_id text NOT NULL,
  at timestamptz NOT NULL,
  CHECK (decision = 'approved' OR coalesce(reason, '') <> '')
);

-- A row is one run of the three-way merge.
CREATE TABLE merge (
  id text PRIMARY KEY,
  campaign_id text NOT NULL REFERENCES campaign,
  snapshot_id text NOT NULL REFERENCES snapshot,
  publication_id text NOT NULL,
  -- Files: the newer prefill, the changed cells with their kinds, the merged rows.
  theirs_ref text NOT NULL,
  changes_ref text NOT NULL,
  merged_ref text NOT NULL,
  counts jsonb NOT NULL,
  superseded_by text,
  created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX merge_standing ON merge (campaign_id) WHERE superseded_by IS NULL;

-- A row is one cell that a clerk answered while its source brought something else.
CREATE TABLE merge_conflict (
  id text PRIMARY KEY,
  campaign_id text NOT NULL REFERENCES campaign,
  org_path text NOT NULL,
  row_key text NOT NULL,
  column_name text NOT NULL,
  sensitivity integer NOT NULL,
  base text,
  mine text,
  theirs text,
  theirs_source integer,
  theirs_observed date,
  patch_id text REFERENCES patch,
  status text NOT NULL CHECK (status IN ('open', 'resolved', 'gone')),
  resolution text CHECK (resolution IN ('mine', 'theirs', 'other')),
  value text,
  reason text,
  resolved_by text,
  resolved_at timestamptz,
  created_at timestamptz NOT NULL
);
-- The same disagreement found again by a later merge is the same conflict, and keeps its resolution.
CREATE UNIQUE INDEX merge_conflict_once
  ON merge_conflict (campaign_id, row_key, column_name, coalesce(mine, chr(1)), coalesce(theirs, chr(1)));
CREATE INDEX merge_conflict_open ON merge_conflict (campaign_id) WHERE status = 'open';

CREATE TABLE release (
  id text PRIMARY KEY,
  campaign_id text NOT NULL REFERENCES campaign,
  number integer NOT NULL,
  ref text NOT NULL,
  merge_id text NOT NULL REFERENCES merge,
  counts jsonb NOT NULL,
  supersedes text REFERENCES release,
  reason text,
  released_by text NOT NULL,
  at timestamptz NOT NULL,
  UNIQUE (campaign_id, number)
);

-- A row is one value that someone vouched for, on its way into landing; unique so that it lands once.
CREATE TABLE confirmation (
  id text PRIMARY KEY,
  campaign_id text NOT NULL,
  patch_id text,
  entity text NOT NULL,
  key text NOT NULL,
  field text NOT NULL,
  value text,
  confirmed_at timestamptz NOT NULL,
  confirmed_by text NOT NULL,
  batch text,
  landed_at timestamptz,
  UNIQUE (campaign_id, entity, key, field, confirmed_at)
);
CREATE INDEX confirmation_waiting ON confirmation (batch) WHERE landed_at IS NULL;

-- A row is one accepted change on its way to the department that owns the element.
CREATE TABLE correction (
  id text PRIMARY KEY,
  confirmation_id text NOT NULL UNIQUE REFERENCES confirmation,
  source text NOT NULL,
  entity text NOT NULL,
  key text NOT NULL,
  field text NOT NULL,
  value text,
  confirmed_at timestamptz NOT NULL,
  confirmed_by text NOT NULL,
  status text NOT NULL CHECK (status IN ('queued', 'acknowledged', 'refused')),
  ack_id text,
  attempts integer NOT NULL DEFAULT 0,
  not_before timestamptz NOT NULL,
  last_error jsonb,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
CREATE INDEX correction_queued ON correction (source, not_before) WHERE status = 'queued';

GRANT SELECT ON template_version, campaign, snapshot, task, patch, submission, submission_patch, review_decision,
  merge, merge_conflict, release, confirmation, correction TO fillonce_user;
GRANT INSERT ON template_version, campaign, patch, submission, submission_patch, review_decision TO fillonce_user;
GRANT UPDATE (title, deadline, status, updated_at) ON campaign TO fillonce_user;
GRANT UPDATE (status, answered, updated_at) ON task TO fillonce_user;
GRANT UPDATE (superseded_by) ON patch TO fillonce_user;
GRANT UPDATE (status, resolution, value, reason, resolved_by, resolved_at) ON merge_conflict TO fillonce_user;
