-- A row is one type of camera event of the last 7 days.
-- zh: 近7天视频事件分类
-- en: Camera events of the last 7 days by type
-- theme: safety
-- chart: bar
-- dimension: type | 事件类别 | type
-- measure: events | 事件数 | events | 件
-- measure: cameras | 涉及点位 | cameras | 个
SELECT event_type AS type, count(*) AS events, count(DISTINCT camera_code) AS cameras
FROM safety.camera_event
WHERE (_org = $1 OR starts_with(_org, $1 || '/'))
  AND started_at > CAST($2 AS DATE) - INTERVAL 7 DAY AND started_at < CAST($2 AS DATE) + INTERVAL 1 DAY
GROUP BY event_type
ORDER BY events DESC, type
