-- A row is one building with lettable spaces: how full it is, who is in it, what they pay in taxes (万元).
-- title: 商务楼宇 · Office buildings
-- key: building_code
-- reads: economy.space, housing.building, enterprise.enterprise, enterprise.tax_month
-- order: _org, building_code
-- column.building_name: 楼宇名称 · building
-- column.spaces: 单元数 · spaces
-- column.vacant_spaces: 空置单元数 · vacant spaces
-- column.lettable_m2: 可租面积 · lettable area · 平方米
-- column.occupied_m2: 已租面积 · let area · 平方米
-- column.vacant_m2: 空置面积 · vacant area · 平方米
-- column.occupancy: 入驻率 · occupancy
-- column.rent_per_m2_day: 日均租金 · rent per m² and day · 元/平方米
-- column.tenants: 承租方数 · tenants
-- column.enterprises: 企业数 · enterprises
-- column.employees: 从业人数 · employees · 人
-- column.tax_this_year: 本年税收 · taxes this year · 万元
-- column.tax_12_months: 近十二月税收 · taxes of twelve months · 万元
-- column.revenue_12_months: 近十二月营收 · revenue of twelve months · 万元
-- column.tax_per_m2: 单位面积税收 · taxes per m² · 万元/平方米
-- sensitivity.tax_this_year: sensitive
-- sensitivity.tax_12_months: sensitive
-- sensitivity.revenue_12_months: sensitive
-- sensitivity.tax_per_m2: sensitive
-- sensitivity.tenants: internal
WITH spaces AS (
  SELECT
    building_code,
    CAST(count(*) AS INTEGER) AS spaces,
    CAST(count(*) FILTER (space_status = '空置') AS INTEGER) AS vacant_spaces,
    sum(area_m2) AS lettable_m2,
    coalesce(sum(area_m2) FILTER (space_status IN ('在租', '自用')), 0) AS occupied_m2,
    coalesce(sum(area_m2) FILTER (space_status = '空置'), 0) AS vacant_m2,
    sum(rent_per_m2_day * area_m2) FILTER (space_status = '在租') AS rent_per_day,
    sum(area_m2) FILTER (space_status = '在租' AND rent_per_m2_day IS NOT NULL) AS rented_m2
  FROM economy.space
  WHERE building_code IS NOT NULL
  GROUP BY building_code
),
tenants AS (
  SELECT DISTINCT building_code, tenant_credit_code AS credit_code
  FROM economy.space
  WHERE building_code IS NOT NULL AND tenant_credit_code IS NOT NULL
),
taxes AS (
  SELECT
    building_code,
    CAST(count(DISTINCT credit_code) AS INTEGER) AS tenants,
    sum(total_tax) FILTER (left(month, 4) = strftime(getvariable('as_of'), '%Y')) AS tax_this_year,
    sum(total_tax) FILTER (month >= strftime(getvariable('as_of') - INTERVAL 12 MONTH, '%Y-%m')) AS tax_12_months,
    sum(revenue) FILTER (month >= strftime(getvariable('as_of') - INTERVAL 12 MONTH, '%Y-%m')) AS revenue_12_months
  FROM tenants
  LEFT JOIN enterprise.tax_month USING (credit_code)
  GROUP BY building_code
),
registered AS (
  SELECT building_code, CAST(count(*) AS INTEGER) AS enterprises, CAST(sum(employees) AS BIGINT) AS employees
  FROM enterprise.enterprise
  WHERE building_code IS NOT NULL
  GROUP BY building_code
)
SELECT
  s.building_code,
  b.building_name,
  b.address,
  b.building_use,
  b.area_m2,
  s.spaces,
  s.vacant_spaces,
  s.lettable_m2,
  s.occupied_m2,
  s.vacant_m2,
  CAST(round(s.occupied_m2 / nullif(s.lettable_m2, 0), 4) AS DECIMAL(6, 4)) AS occupancy,
  CAST(round(s.rent_per_day / nullif(s.rented_m2, 0), 2) AS DECIMAL(9, 2)) AS rent_per_m2_day,
  coalesce(t.tenants, 0) AS tenants,
  coalesce(r.enterprises, 0) AS enterprises,
  coalesce(r.employees, 0) AS employees,
  t.tax_this_year,
  t.tax_12_months,
  t.revenue_12_months,
  CAST(round(t.tax_12_months / nullif(s.lettable_m2, 0), 6) AS DECIMAL(18, 6)) AS tax_per_m2,
  b.grid_path AS _org
FROM spaces s
LEFT JOIN housing.building b USING (building_code)
LEFT JOIN taxes t USING (building_code)
LEFT JOIN registered r USING (building_code)
