-- Every space's building is in the building mart.
-- severity: warn
SELECT s.space_code, s.building_code
FROM economy.space s
ANTI JOIN housing.building b USING (building_code)
WHERE s.building_code IS NOT NULL
