-- A row is one parking lot in one hour: vehicles in and out, and the fewest free spaces read.
-- title: 停车场小时流量 · Parking lots by hour
-- key: lot_code, hour
-- reads: parking.passage, parking.space_reading, parking.lot
-- order: _org, lot_code, hour
-- column.hour: 小时 · hour
-- column.entered: 驶入数 · entered
-- column.left_lot: 驶出数 · left
-- column.fewest_free: 最少空位 · fewest free
-- column.last_free: 最后空位 · last free
-- column.peak_occupancy: 最高占用率 · peak occupancy
-- sensitivity.lot_code: public
-- sensitivity.hour: internal
-- sensitivity.entered: internal
-- sensitivity.left_lot: internal
WITH passages AS (
  SELECT
    lot_code,
    date_trunc('hour', passed_at) AS hour,
    count(*) FILTER (direction = '驶入') AS entered,
    count(*) FILTER (direction = '驶出') AS left_lot
  FROM parking.passage
  GROUP BY ALL
),
readings AS (
  SELECT
    lot_code,
    date_trunc('hour', read_at) AS hour,
    min(remaining_spaces) AS fewest_free,
    arg_max(remaining_spaces, read_at) AS last_free,
    arg_max(total_spaces, read_at) AS total_spaces
  FROM parking.space_reading
  GROUP BY ALL
)
SELECT
  lot_code,
  hour,
  CAST(coalesce(p.entered, 0) AS INTEGER) AS entered,
  CAST(coalesce(p.left_lot, 0) AS INTEGER) AS left_lot,
  r.fewest_free,
  r.last_free,
  coalesce(r.total_spaces, l.total_spaces) AS total_spaces,
  CAST(round(1 - r.fewest_free / nullif(coalesce(r.total_spaces, l.total_spaces), 0), 4) AS DECIMAL(6, 4)) AS peak_occupancy,
  l.grid_path AS _org
FROM passages p
FULL JOIN readings r USING (lot_code, hour)
LEFT JOIN parking.lot l USING (lot_code)
