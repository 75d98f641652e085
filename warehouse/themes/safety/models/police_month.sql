-- A row is the police incidents of one category in one grid and one month.
-- key: month, grid_path, category
-- reads: safety.police_incident
-- order: _org, month, category
SELECT
  strftime(occurred_at, '%Y-%m') AS month,
  grid_path,
  category,
  CAST(count(*) AS INTEGER) AS incidents,
  CAST(count(closed_at) AS INTEGER) AS closed,
  CAST(count(*) FILTER (severity >= 4) AS INTEGER) AS severe,
  grid_path AS _org
FROM safety.police_incident
GROUP BY ALL
