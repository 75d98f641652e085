-- Every row has a key, and no two rows share one.
-- severity: block
SELECT 'enterprise.enterprise' AS mart, credit_code::VARCHAR AS key, count(*) AS rows
FROM enterprise.enterprise
GROUP BY credit_code
HAVING count(*) > 1 OR credit_code IS NULL
UNION ALL
SELECT 'enterprise.tax_month' AS mart, coalesce(credit_code::VARCHAR, '') || '|' || coalesce(month::VARCHAR, '') AS key, count(*) AS rows
FROM enterprise.tax_month
GROUP BY credit_code, month
HAVING count(*) > 1 OR credit_code IS NULL OR month IS NULL
UNION ALL
SELECT 'enterprise.tax_quarter' AS mart, coalesce(credit_code::VARCHAR, '') || '|' || coalesce(quarter::VARCHAR, '') AS key, count(*) AS rows
FROM enterprise.tax_quarter
GROUP BY credit_code, quarter
HAVING count(*) > 1 OR credit_code IS NULL OR quarter IS NULL
