-- A row is one of the last 30 days: cases reported and closed.
-- zh: 近30天案件趋势
-- en: Cases of the last 30 days by day
-- theme: cases
-- chart: line
-- dimension: day | 日期 | day
-- measure: reported | 上报 | reported | 件
-- measure: closed | 其中已结案 | of these closed | 件
SELECT
  strftime(day, '%Y-%m-%d') AS day,
  sum(reported) AS reported,
  sum(closed) AS closed
FROM cases.daily
WHERE (_org = $1 OR starts_with(_org, $1 || '/')) AND day > CAST($2 AS DATE) - 30 AND day <= CAST($2 AS DATE)
GROUP BY day
ORDER BY day
