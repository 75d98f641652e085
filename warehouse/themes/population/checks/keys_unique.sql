-- Every row has a key, and no two rows share one.
-- severity: block
SELECT 'population.person' AS mart, id_no::VARCHAR AS key, count(*) AS rows
FROM population.person
GROUP BY id_no
HAVING count(*) > 1 OR id_no IS NULL
UNION ALL
SELECT 'population.household' AS mart, household_no::VARCHAR AS key, count(*) AS rows
FROM population.household
GROUP BY household_no
HAVING count(*) > 1 OR household_no IS NULL
