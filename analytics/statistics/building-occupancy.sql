-- A row is one office building: how much of it is let.
-- zh: 楼宇出租情况
-- en: Occupancy of office buildings
-- theme: economy
-- chart: bar
-- dimension: building | 楼宇 | building
-- measure: lettable_m2 | 可出租面积 | lettable area | 平方米
-- measure: vacant_m2 | 空置面积 | vacant area | 平方米
-- measure: occupancy | 出租率 | occupancy | %
-- measure: tenants | 入驻企业 | tenants | 户
-- measure: rent | 平均租金 | average rent | 元/平方米·天
SELECT
  coalesce(building_name, building_code) AS building,
  round(lettable_m2) AS lettable_m2,
  round(vacant_m2) AS vacant_m2,
  round(occupancy * 100, 1) AS occupancy,
  tenants,
  rent_per_m2_day AS rent
FROM economy.building
WHERE _org = $1 OR starts_with(_org, $1 || '/')
ORDER BY lettable_m2 DESC, building_code
LIMIT 200
