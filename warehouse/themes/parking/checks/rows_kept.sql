-- No mart of some size lost more than half its rows since the last publication.
-- severity: block
SELECT n.mart, p.rows AS rows_before, n.rows_now
FROM (
  SELECT 'parking.lot' AS mart, (SELECT count(*) FROM parking.lot) AS rows_now
  UNION ALL
  SELECT 'parking.passage' AS mart, (SELECT count(*) FROM parking.passage) AS rows_now
  UNION ALL
  SELECT 'parking.space_reading' AS mart, (SELECT count(*) FROM parking.space_reading) AS rows_now
) n
JOIN published p ON p.mart = n.mart
WHERE p.rows >= 100 AND n.rows_now * 2 < p.rows
