-- Every count belongs to a registered zone.
-- severity: warn
SELECT DISTINCT h.zone_code
FROM crowd.headcount h
ANTI JOIN crowd.zone z USING (zone_code)
