-- A row is one category of the police incidents of the last 30 days.
-- zh: 近30天警情分类
-- en: Police incidents of the last 30 days by category
-- theme: safety
-- chart: bar
-- dimension: category | 警情类别 | category
-- measure: incidents | 警情数 | incidents | 起
-- measure: open | 未办结 | not yet closed | 起
SELECT category, count(*) AS incidents, count(*) - count(closed_at) AS open
FROM safety.police_incident
WHERE (_org = $1 OR starts_with(_org, $1 || '/'))
  AND occurred_at > CAST($2 AS DATE) - INTERVAL 30 DAY AND occurred_at < CAST($2 AS DATE) + INTERVAL 1 DAY
GROUP BY category
ORDER BY incidents DESC, category
