-- A row is one parking lot at its newest reading.
-- zh: 停车场余位
-- en: Free parking spaces
-- theme: parking
-- chart: bar
-- dimension: lot | 停车场 | lot
-- dimension: read_at | 读数时间 | read at
-- measure: total | 总泊位 | spaces | 个
-- measure: free | 余位 | free | 个
-- measure: occupancy | 占用率 | occupancy | %
WITH newest AS (
  SELECT lot_code, arg_max(remaining_spaces, read_at) AS free, arg_max(total_spaces, read_at) AS total, max(read_at) AS read_at
  FROM parking.space_reading
  WHERE _org = $1 OR starts_with(_org, $1 || '/')
  GROUP BY lot_code
)
SELECT
  coalesce(l.name, n.lot_code) AS lot,
  strftime(n.read_at, '%Y-%m-%d %H:%M') AS read_at,
  n.total,
  n.free,
  round((n.total - n.free) * 100.0 / nullif(n.total, 0), 1) AS occupancy
FROM newest n
LEFT JOIN parking.lot l USING (lot_code)
ORDER BY occupancy DESC, lot
LIMIT 500
