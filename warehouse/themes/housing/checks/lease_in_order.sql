-- A lease ends after it starts.
-- severity: warn
SELECT dwelling_code, lease_start, lease_end
FROM housing.dwelling
WHERE lease_end < lease_start
