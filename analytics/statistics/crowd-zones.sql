-- A row is one monitored zone at its newest bin that all carriers have told.
-- zh: 区域人流
-- en: People in monitored zones
-- theme: crowd
-- chart: bar
-- dimension: zone | 区域 | zone
-- dimension: at | 时段 | bin
-- people: persons | 人数 | people | 人
-- measure: headcount_limit | 人数上限 | limit | 人
WITH newest AS (
  SELECT zone_code, max(bin_start) AS bin_start
  FROM crowd.headcount_bin
  WHERE (_org = $1 OR starts_with(_org, $1 || '/')) AND carriers >= 3
  GROUP BY zone_code
)
SELECT
  coalesce(z.name, n.zone_code) AS zone,
  strftime(n.bin_start, '%Y-%m-%d %H:%M') AS at,
  b.persons,
  b.headcount_limit
FROM newest n
JOIN crowd.headcount_bin b USING (zone_code, bin_start)
LEFT JOIN crowd.zone z USING (zone_code)
ORDER BY b.persons / nullif(b.headcount_limit, 0) DESC NULLS LAST, zone
LIMIT 500
