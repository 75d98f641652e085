-- Every taxpayer is in the enterprise mart.
-- severity: warn
SELECT DISTINCT t.credit_code
FROM enterprise.tax_month t
ANTI JOIN enterprise.enterprise e USING (credit_code)
