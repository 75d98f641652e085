-- Every row has a key, and no two rows share one.
-- severity: block
SELECT 'parking.lot' AS mart, lot_code::VARCHAR AS key, count(*) AS rows
FROM parking.lot
GROUP BY lot_code
HAVING count(*) > 1 OR lot_code IS NULL
UNION ALL
SELECT 'parking.passage' AS mart, passage_id::VARCHAR AS key, count(*) AS rows
FROM parking.passage
GROUP BY passage_id
HAVING count(*) > 1 OR passage_id IS NULL
UNION ALL
SELECT 'parking.space_reading' AS mart, coalesce(lot_code::VARCHAR, '') || '|' || coalesce(read_at::VARCHAR, '') AS key, count(*) AS rows
FROM parking.space_reading
GROUP BY lot_code, read_at
HAVING count(*) > 1 OR lot_code IS NULL OR read_at IS NULL
UNION ALL
SELECT 'parking.lot_hour' AS mart, coalesce(lot_code::VARCHAR, '') || '|' || coalesce(hour::VARCHAR, '') AS key, count(*) AS rows
FROM parking.lot_hour
GROUP BY lot_code, hour
HAVING count(*) > 1 OR lot_code IS NULL OR hour IS NULL
