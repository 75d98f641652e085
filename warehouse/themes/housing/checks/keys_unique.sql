-- Every row has a key, and no two rows share one.
-- severity: block
SELECT 'housing.dwelling' AS mart, dwelling_code::VARCHAR AS key, count(*) AS rows
FROM housing.dwelling
GROUP BY dwelling_code
HAVING count(*) > 1 OR dwelling_code IS NULL
UNION ALL
SELECT 'housing.building' AS mart, building_code::VARCHAR AS key, count(*) AS rows
FROM housing.building
GROUP BY building_code
HAVING count(*) > 1 OR building_code IS NULL
