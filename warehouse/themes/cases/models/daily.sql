-- A row is the cases of one category that were reported in one grid on one day.
-- title: 案件日统计 · Cases by day
-- key: day, grid_path, category
-- reads: cases.case
-- order: _org, day, category
-- column.day: 日期 · day
-- column.reported: 上报数 · reported
-- column.closed: 办结数 · closed
-- column.overdue: 超期数 · overdue
-- column.from_public: 公众来源数 · from the public
-- column.satisfied: 满意数 · satisfied
-- column.rated: 评价数 · rated
-- column.minutes_to_close: 办结用时 · time to close · 分钟
SELECT
  CAST(reported_at AS DATE) AS day,
  grid_path,
  category,
  CAST(count(*) AS INTEGER) AS reported,
  CAST(count(closed_at) AS INTEGER) AS closed,
  CAST(count(*) FILTER (overdue = '是') AS INTEGER) AS overdue,
  CAST(count(*) FILTER (case_source = '公众') AS INTEGER) AS from_public,
  CAST(count(*) FILTER (satisfaction IN ('满意', '基本满意')) AS INTEGER) AS satisfied,
  CAST(count(*) FILTER (satisfaction IN ('满意', '基本满意', '不满意')) AS INTEGER) AS rated,
  CAST(sum(date_diff('minute', reported_at, closed_at)) AS BIGINT) AS minutes_to_close,
  grid_path AS _org
FROM cases."case"
GROUP BY ALL
