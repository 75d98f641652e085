-- A row is one category of the cases reported in the last 30 days.
-- zh: 近30天案件分类
-- en: Cases of the last 30 days by category
-- theme: cases
-- chart: bar
-- dimension: category | 案件大类 | category
-- measure: reported | 上报 | reported | 件
-- measure: closed | 结案 | closed | 件
-- measure: overdue | 超期 | overdue | 件
-- measure: hours | 平均办结时长 | average time to close | 小时
SELECT
  category,
  sum(reported) AS reported,
  sum(closed) AS closed,
  sum(overdue) AS overdue,
  round(sum(minutes_to_close) / nullif(sum(closed), 0) / 60, 1) AS hours
FROM cases.daily
WHERE (_org = $1 OR starts_with(_org, $1 || '/')) AND day > CAST($2 AS DATE) - 30 AND day <= CAST($2 AS DATE)
GROUP BY category
ORDER BY reported DESC, category
