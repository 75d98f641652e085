-- No mart of some size lost more than half its rows since the last publication.
-- severity: block
SELECT n.mart, p.rows AS rows_before, n.rows_now
FROM (
  SELECT 'safety.police_incident' AS mart, (SELECT count(*) FROM safety.police_incident) AS rows_now
  UNION ALL
  SELECT 'safety.camera' AS mart, (SELECT count(*) FROM safety.camera) AS rows_now
  UNION ALL
  SELECT 'safety.camera_event' AS mart, (SELECT count(*) FROM safety.camera_event) AS rows_now
  UNION ALL
  SELECT 'safety.incident' AS mart, (SELECT count(*) FROM safety.incident) AS rows_now
) n
JOIN published p ON p.mart = n.mart
WHERE p.rows >= 100 AND n.rows_now * 2 < p.rows
