-- A row is one zone in one 5-minute bin: the carriers' counts together.
-- title: 区域人数（五分钟） · Headcounts by five minutes
-- key: zone_code, bin_start
-- reads: crowd.headcount, crowd.zone
-- order: _org, zone_code, bin_start
-- column.carriers: 运营商数 · carriers
-- column.suppressed_carriers: 抑制的运营商数 · suppressed carriers
-- column.load: 负荷率 · load
-- column.observed_at: 观察时间 · observed at
SELECT
  h.zone_code,
  h.bin_start,
  CAST(count(*) AS INTEGER) AS carriers,
  -- A carrier suppresses counts of 15 or fewer: the total is then a lower bound.
  CAST(count(*) FILTER (h.suppressed = '是') AS INTEGER) AS suppressed_carriers,
  CAST(sum(h.persons) AS INTEGER) AS persons,
  CAST(sum(h.residents) AS INTEGER) AS residents,
  CAST(sum(h.workers) AS INTEGER) AS workers,
  CAST(sum(h.visitors) AS INTEGER) AS visitors,
  CAST(sum(h.inflow) AS INTEGER) AS inflow,
  CAST(sum(h.outflow) AS INTEGER) AS outflow,
  any_value(z.headcount_limit) AS headcount_limit,
  CAST(round(sum(h.persons) / nullif(any_value(z.headcount_limit), 0), 4) AS DECIMAL(9, 4)) AS load,
  max(h._o) AS observed_at,
  any_value(z.grid_path) AS _org
FROM crowd.headcount h
LEFT JOIN crowd.zone z USING (zone_code)
GROUP BY h.zone_code, h.bin_start
