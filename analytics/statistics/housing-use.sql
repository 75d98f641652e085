-- A row is one unit below the scope: how its dwellings are used.
-- zh: 房屋使用情况
-- en: Use of dwellings by unit
-- theme: housing
-- chart: bar
-- dimension: unit | 单位 | unit
-- measure: dwellings | 房屋总数 | dwellings | 套
-- measure: own | 自住 | lived in by owners | 套
-- measure: let | 出租 | let | 套
-- measure: shared | 群租 | shared lets | 套
-- measure: vacant | 空置 | vacant | 套
-- measure: hazardous | 隐患未整改 | with a hazard not yet removed | 套
WITH dwellings AS (
  SELECT
    array_to_string(string_split(_org, '/')[1 : len(string_split($1, '/')) + 1], '/') AS path,
    usage_status,
    rectification
  FROM housing.dwelling
  WHERE _org = $1 OR starts_with(_org, $1 || '/')
)
SELECT
  coalesce(any_value(u.name), d.path) AS unit,
  count(*) AS dwellings,
  count(*) FILTER (d.usage_status = '自住') AS own,
  count(*) FILTER (d.usage_status = '出租') AS let,
  count(*) FILTER (d.usage_status = '群租') AS shared,
  count(*) FILTER (d.usage_status = '空置') AS vacant,
  count(*) FILTER (d.rectification IN ('整改中', '未整改')) AS hazardous
FROM dwellings d
LEFT JOIN platform.org_unit u ON u.path = d.path
GROUP BY d.path
ORDER BY d.path
