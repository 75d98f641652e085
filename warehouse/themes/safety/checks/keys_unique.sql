-- Every row has a key, and no two rows share one.
-- severity: block
SELECT 'safety.police_incident' AS mart, incident_no::VARCHAR AS key, count(*) AS rows
FROM safety.police_incident
GROUP BY incident_no
HAVING count(*) > 1 OR incident_no IS NULL
UNION ALL
SELECT 'safety.camera' AS mart, camera_code::VARCHAR AS key, count(*) AS rows
FROM safety.camera
GROUP BY camera_code
HAVING count(*) > 1 OR camera_code IS NULL
UNION ALL
SELECT 'safety.camera_event' AS mart, event_id::VARCHAR AS key, count(*) AS rows
FROM safety.camera_event
GROUP BY event_id
HAVING count(*) > 1 OR event_id IS NULL
UNION ALL
SELECT 'safety.incident' AS mart, incident_id::VARCHAR AS key, count(*) AS rows
FROM safety.incident
GROUP BY incident_id
HAVING count(*) > 1 OR incident_id IS NULL
UNION ALL
SELECT 'safety.police_month' AS mart, coalesce(month::VARCHAR, '') || '|' || coalesce(grid_path::VARCHAR, '') || '|' || coalesce(category::VARCHAR, '') AS key, count(*) AS rows
FROM safety.police_month
GROUP BY month, grid_path, category
HAVING count(*) > 1
