-- No enterprise has paid in more than its registered capital.
-- severity: warn
SELECT credit_code, reg_capital, paid_capital
FROM enterprise.enterprise
WHERE paid_capital > reg_capital
