-- A row is one enterprise's revenue and taxes of one quarter, in 万元.
-- title: 企业季度税收 · Enterprise taxes by quarter
-- key: credit_code, quarter
-- reads: enterprise.tax_month, enterprise.enterprise
-- order: _org, credit_code, quarter
-- column.quarter: 季度 · quarter
-- column.months: 月数 · months
-- column.months_without_revenue: 缺营收月数 · months without revenue
-- column.months_incomplete: 税额不全月数 · months with incomplete taxes
-- column.months_inconsistent: 税额与合计不符月数 · months whose taxes do not add up
-- column.total_tax: 税收合计 · taxes in all · 万元
-- column.observed_at: 观察时间 · observed at
-- sensitivity.credit_code: internal
-- sensitivity.quarter: internal
SELECT
  t.credit_code,
  left(t.month, 4) || '-Q' || CAST((CAST(right(t.month, 2) AS INTEGER) + 2) // 3 AS VARCHAR) AS quarter,
  CAST(count(*) AS INTEGER) AS months,
  -- Months whose taxes are incomplete, or do not add up to their total: which of them is wrong cannot be told.
  CAST(count(*) FILTER (WHERE t.revenue IS NULL) AS INTEGER) AS months_without_revenue,
  CAST(count(*) FILTER (WHERE t.vat + t.corporate_income_tax + t.personal_income_tax + t.other_tax + t.total_tax IS NULL) AS INTEGER) AS months_incomplete,
  CAST(count(*) FILTER (WHERE abs(t.total_tax - (t.vat + t.corporate_income_tax + t.personal_income_tax + t.other_tax)) > 0.05) AS INTEGER) AS months_inconsistent,
  sum(t.revenue) AS revenue,
  sum(t.vat) AS vat,
  sum(t.corporate_income_tax) AS corporate_income_tax,
  sum(t.personal_income_tax) AS personal_income_tax,
  sum(t.other_tax) AS other_tax,
  sum(t.total_tax) AS total_tax,
  max(t._o) AS observed_at,
  any_value(e.grid_path) AS _org
FROM enterprise.tax_month t
LEFT JOIN enterprise.enterprise e USING (credit_code)
GROUP BY ALL
