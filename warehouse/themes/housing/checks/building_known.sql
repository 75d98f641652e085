-- Every dwelling's building is in the building mart.
-- severity: warn
SELECT d.dwelling_code, d.building_code
FROM housing.dwelling d
ANTI JOIN housing.building b USING (building_code)
WHERE d.building_code IS NOT NULL
