-- Every row has a key, and no two rows share one.
-- severity: block
SELECT 'economy.space' AS mart, space_code::VARCHAR AS key, count(*) AS rows
FROM economy.space
GROUP BY space_code
HAVING count(*) > 1 OR space_code IS NULL
UNION ALL
SELECT 'economy.building' AS mart, building_code::VARCHAR AS key, count(*) AS rows
FROM economy.building
GROUP BY building_code
HAVING count(*) > 1 OR building_code IS NULL
UNION ALL
SELECT 'economy.building_month' AS mart, coalesce(building_code::VARCHAR, '') || '|' || coalesce(month::VARCHAR, '') AS key, count(*) AS rows
FROM economy.building_month
GROUP BY building_code, month
HAVING count(*) > 1 OR building_code IS NULL OR month IS NULL
