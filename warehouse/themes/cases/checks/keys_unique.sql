-- Every row has a key, and no two rows share one.
-- severity: block
SELECT 'cases.case' AS mart, case_no::VARCHAR AS key, count(*) AS rows
FROM cases."case"
GROUP BY case_no
HAVING count(*) > 1 OR case_no IS NULL
UNION ALL
SELECT 'cases.daily' AS mart, coalesce(day::VARCHAR, '') || '|' || coalesce(grid_path::VARCHAR, '') || '|' || coalesce(category::VARCHAR, '') AS key, count(*) AS rows
FROM cases.daily
GROUP BY day, grid_path, category
HAVING count(*) > 1
