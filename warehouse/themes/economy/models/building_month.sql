-- A row is one building in one month: revenue and taxes (万元) of the tenants whose leases ran in it.
-- title: 楼宇月度税收 · Building taxes by month
-- key: building_code, month
-- reads: economy.space, enterprise.tax_month, housing.building
-- order: _org, building_code, month
-- column.month: 月份 · month
-- column.taxpayers: 纳税企业数 · taxpayers
-- column.total_tax: 税收合计 · taxes in all · 万元
-- sensitivity.month: internal
WITH months AS (
  SELECT DISTINCT month, CAST(month || '-01' AS DATE) AS first_day FROM enterprise.tax_month
),
tenants AS (
  SELECT DISTINCT s.building_code, m.month, s.tenant_credit_code AS credit_code
  FROM economy.space s
  JOIN months m
    ON (s.lease_start IS NULL OR s.lease_start < m.first_day + INTERVAL 1 MONTH)
    AND (s.lease_end IS NULL OR s.lease_end >= m.first_day)
  WHERE s.building_code IS NOT NULL AND s.tenant_credit_code IS NOT NULL
)
SELECT
  t.building_code,
  t.month,
  CAST(count(*) AS INTEGER) AS taxpayers,
  sum(x.revenue) AS revenue,
  sum(x.vat) AS vat,
  sum(x.corporate_income_tax) AS corporate_income_tax,
  sum(x.total_tax) AS total_tax,
  any_value(b.grid_path) AS _org
FROM tenants t
JOIN enterprise.tax_month x USING (credit_code, month)
LEFT JOIN housing.building b USING (building_code)
GROUP BY t.building_code, t.month
