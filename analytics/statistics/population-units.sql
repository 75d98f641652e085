-- A row is one unit below the scope: how many people live there, by age.
-- zh: 各单位常住人口
-- en: Residents by unit
-- theme: population
-- chart: bar
-- dimension: unit | 单位 | unit
-- people: children | 0-14岁 | aged 0–14 | 人
-- people: adults | 15-59岁（含年龄不详） | aged 15–59, or of unknown age | 人
-- people: elderly | 60-79岁 | aged 60–79 | 人
-- people: aged | 80岁及以上 | aged 80 and over | 人
-- people: persons | 合计 | all | 人
-- sum: persons = children + adults + elderly + aged
WITH residents AS (
  SELECT
    array_to_string(string_split(_org, '/')[1 : len(string_split($1, '/')) + 1], '/') AS path,
    datesub('year', birth_date, CAST($2 AS DATE)) AS age
  FROM population.person
  WHERE (_org = $1 OR starts_with(_org, $1 || '/')) AND death_date IS NULL
)
SELECT
  coalesce(any_value(u.name), r.path) AS unit,
  count(*) FILTER (r.age <= 14) AS children,
  -- Few people are of unknown age; on their own they would be a small count in every row.
  count(*) FILTER (r.age BETWEEN 15 AND 59 OR r.age IS NULL) AS adults,
  count(*) FILTER (r.age BETWEEN 60 AND 79) AS elderly,
  count(*) FILTER (r.age >= 80) AS aged,
  count(*) AS persons
FROM residents r
LEFT JOIN platform.org_unit u ON u.path = r.path
GROUP BY r.path
ORDER BY r.path
