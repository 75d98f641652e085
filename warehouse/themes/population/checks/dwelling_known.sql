-- Every person's dwelling is in the housing mart.
-- severity: warn
SELECT p.id_no, p.dwelling_code
FROM population.person p
ANTI JOIN housing.dwelling d USING (dwelling_code)
WHERE p.dwelling_code IS NOT NULL
