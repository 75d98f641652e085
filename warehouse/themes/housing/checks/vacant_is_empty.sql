-- A vacant dwelling has no occupants.
-- severity: warn
SELECT dwelling_code, usage_status, occupant_count
FROM housing.dwelling
WHERE usage_status = '空置' AND occupant_count > 0
