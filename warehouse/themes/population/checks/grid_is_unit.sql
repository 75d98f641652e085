-- Every grid of a person or a household is a unit of the org tree.
-- severity: warn
SELECT grid_path, count(*) AS rows
FROM (SELECT grid_path FROM population.person UNION ALL SELECT grid_path FROM population.household)
WHERE grid_path IS NOT NULL
  AND grid_path NOT IN (SELECT path FROM staged."platform.org_unit" WHERE NOT _superseded AND NOT _deleted)
  AND EXISTS (SELECT 1 FROM staged."platform.org_unit")
GROUP BY grid_path
