-- Every camera event comes from a registered camera.
-- severity: warn
SELECT DISTINCT e.camera_code
FROM safety.camera_event e
ANTI JOIN safety.camera c USING (camera_code)
