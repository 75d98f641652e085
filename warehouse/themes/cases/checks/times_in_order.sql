-- A case is accepted, dispatched and closed in this order.
-- severity: warn
SELECT case_no, reported_at, accepted_at, dispatched_at, closed_at
FROM cases."case"
WHERE accepted_at < reported_at OR dispatched_at < accepted_at OR closed_at < dispatched_at
