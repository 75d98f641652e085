-- Row-level security of the reporting loop: a person reads and writes only what lies in his scope, whatever the
-- program above forgets to ask. FORCE, because the tables' owner would otherwise be let through.
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['template_version', 'campaign', 'snapshot', 'task', 'patch', 'submission',
    'submission_patch', 'review_decision', 'merge', 'merge_conflict', 'release', 'confirmation', 'correction']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY system_all ON %I TO fillonce_system USING (true) WITH CHECK (true)', name);
  END LOOP;
END $$;

CREATE POLICY read_all ON template_version FOR SELECT TO fillonce_user USING (true);
CREATE POLICY add ON template_version FOR INSERT TO fillonce_user WITH CHECK (app_has_role('admin', 'reviewer'));

CREATE POLICY read_scope ON campaign FOR SELECT TO fillonce_user
  USING (app_sees_theme(theme) AND (app_within(scope) OR app_under(scope)));
CREATE POLICY add ON campaign FOR INSERT TO fillonce_user
  WITH CHECK (app_within(scope) AND app_sees_theme(theme) AND app_has_role('admin', 'reviewer') AND created_by = app_user_id());
CREATE POLICY change ON campaign FOR UPDATE TO fillonce_user
  USING (app_within(scope) AND app_sees_theme(theme) AND app_has_role('admin', 'reviewer'));

CREATE POLICY read_scope ON snapshot FOR SELECT TO fillonce_user
  USING (EXISTS (SELECT FROM campaign c WHERE c.id = campaign_id));
CREATE POLICY read_scope ON merge FOR SELECT TO fillonce_user
  USING (EXISTS (SELECT FROM campaign c WHERE c.id = campaign_id AND app_within(c.scope)));
CREATE POLICY read_scope ON release FOR SELECT TO fillonce_user
  USING (EXISTS (SELECT FROM campaign c WHERE c.id = campaign_id));

CREATE POLICY read_scope ON task FOR SELECT TO fillonce_user
  USING (app_within(org_path) AND app_sees_theme(theme));
CREATE POLICY change ON task FOR UPDATE TO fillonce_user
  USING (app_within(org_path) AND app_sees_theme(theme) AND app_has_role('clerk', 'reviewer', 'admin'));

CREATE POLICY read_scope ON patch FOR SELECT TO fillonce_user
  USING (app_within(org_path) AND sensitivity <= app_clearance());
CREATE POLICY add ON patch FOR INSERT TO fillonce_user
  WITH CHECK (app_within(org_path) AND sensitivity <= app_clearance() AND user_id = app_user_id() AND app_has_role('clerk')
    AND EXISTS (SELECT FROM task t WHERE t.id = task_id AND t.org_path = patch.org_path
                  AND t.campaign_id = patch.campaign_id AND t.status IN ('open', 'returned')));
CREATE POLICY supersede ON patch FOR UPDATE TO fillonce_user
  USING (app_within(org_path) AND sensitivity <= app_clearance() AND app_has_role('clerk')
    AND EXISTS (SELECT FROM task t WHERE t.id = task_id AND t.status IN ('open', 'returned')));

CREATE POLICY read_scope ON submission FOR SELECT TO fillonce_user USING (app_within(org_path));
CREATE POLICY add ON submission FOR INSERT TO fillonce_user
  WITH CHECK (app_within(org_path) AND user_id = app_user_id() AND app_has_role('clerk')
    AND EXISTS (SELECT FROM task t WHERE t.id = task_id AND t.org_path = submission.org_path));
CREATE POLICY read_scope ON submission_patch FOR SELECT TO fillonce_user USING (app_within(org_path));
CREATE POLICY add ON submission_patch FOR INSERT TO fillonce_user
  WITH CHECK (app_within(org_path) AND app_has_role('clerk'));

CREATE POLICY read_scope ON review_decision FOR SELECT TO fillonce_user USING (app_within(org_path));
CREATE POLICY add ON review_decision FOR INSERT TO fillonce_user
  WITH CHECK (app_within(org_path) AND user_id = app_user_id() AND app_has_role('reviewer', 'admin')
    AND EXISTS (SELECT FROM submission s WHERE s.id = submission_id AND s.task_id = review_decision.task_id));

CREATE POLICY read_scope ON merge_conflict FOR SELECT TO fillonce_user
  USING (app_within(org_path) AND sensitivity <= app_clearance());
CREATE POLICY resolve ON merge_conflict FOR UPDATE TO fillonce_user
  USING (app_within(org_path) AND sensitivity <= app_clearance() AND app_has_role('reviewer', 'admin'));

CREATE POLICY read_scope ON confirmation FOR SELECT TO fillonce_user
  USING (app_has_role('reviewer', 'admin') AND EXISTS (SELECT FROM campaign c WHERE c.id = campaign_id AND app_within(c.scope)));
CREATE POLICY read_scope ON correction FOR SELECT TO fillonce_user
  USING (EXISTS (SELECT FROM confirmation c WHERE c.id = confirmation_id));
