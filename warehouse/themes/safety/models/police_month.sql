-- A row is the police incidents of one category in one grid and one month.
-- title: 警情月统计 · Police incidents by month
-- key: month, grid_path, category
-- reads: safety.police_incident
-- order: _org, month, category
-- column.month: 月份 · month
-- column.incidents: 警情数 · incidents
-- column.closed: 办结数 · closed
-- column.severe: 重大数 · severe
-- sensitivity.month: internal
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
