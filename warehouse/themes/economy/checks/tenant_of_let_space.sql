-- A let space names its tenant.
-- severity: warn
SELECT space_code, building_code
FROM economy.space
WHERE space_status = '在租' AND tenant_credit_code IS NULL
