-- Every row has a key, and no two rows share one.
-- severity: block
SELECT 'crowd.zone' AS mart, zone_code::VARCHAR AS key, count(*) AS rows
FROM crowd.zone
GROUP BY zone_code
HAVING count(*) > 1 OR zone_code IS NULL
UNION ALL
SELECT 'crowd.headcount' AS mart, coalesce(zone_code::VARCHAR, '') || '|' || coalesce(carrier::VARCHAR, '') || '|' || coalesce(bin_start::VARCHAR, '') AS key, count(*) AS rows
FROM crowd.headcount
GROUP BY zone_code, carrier, bin_start
HAVING count(*) > 1 OR zone_code IS NULL OR carrier IS NULL OR bin_start IS NULL
UNION ALL
SELECT 'crowd.headcount_bin' AS mart, coalesce(zone_code::VARCHAR, '') || '|' || coalesce(bin_start::VARCHAR, '') AS key, count(*) AS rows
FROM crowd.headcount_bin
GROUP BY zone_code, bin_start
HAVING count(*) > 1 OR zone_code IS NULL OR bin_start IS NULL
