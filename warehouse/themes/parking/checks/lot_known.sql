-- Every passage and reading belongs to a registered lot.
-- severity: warn
SELECT DISTINCT x.lot_code
FROM (SELECT lot_code FROM parking.passage UNION SELECT lot_code FROM parking.space_reading) x
ANTI JOIN parking.lot l USING (lot_code)
