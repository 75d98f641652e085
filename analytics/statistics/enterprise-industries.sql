-- A row is one industry: its enterprises, and their taxes of the last twelve months.
-- zh: 行业结构
-- en: Enterprises by industry
-- theme: enterprise
-- chart: bar
-- dimension: industry | 行业门类 | industry
-- measure: enterprises | 存续企业 | existing enterprises | 户
-- measure: employees | 从业人员 | employees | 人
-- measure: taxes | 近12个月税收 | taxes of 12 months | 万元
WITH taxes AS (
  SELECT credit_code, sum(total_tax) AS total
  FROM enterprise.tax_month
  WHERE month >= strftime(CAST($2 AS DATE) - INTERVAL 12 MONTH, '%Y-%m')
  GROUP BY credit_code
)
SELECT
  coalesce(e.industry, '未知') AS industry,
  count(*) AS enterprises,
  sum(e.employees) AS employees,
  round(sum(t.total), 2) AS taxes
FROM enterprise.enterprise e
LEFT JOIN taxes t USING (credit_code)
WHERE (e._org = $1 OR starts_with(e._org, $1 || '/')) AND e.reg_status = '存续'
GROUP BY e.industry
ORDER BY enterprises DESC, industry
