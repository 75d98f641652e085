-- No mart of some size lost more than half its rows since the last publication.
-- severity: block
SELECT n.mart, p.rows AS rows_before, n.rows_now
FROM (
  SELECT 'cases.case' AS mart, (SELECT count(*) FROM cases."case") AS rows_now
) n
JOIN published p ON p.mart = n.mart
WHERE p.rows >= 100 AND n.rows_now * 2 < p.rows
