-- A row is one unit below the scope: people who are cared for.
-- zh: 重点关爱人群
-- en: People in care by unit
-- theme: population
-- chart: bar
-- dimension: unit | 单位 | unit
-- people: alone | 独居老人 | elderly living alone | 人
-- people: disabled | 持证残疾人 | disabled with certificate | 人
-- people: assisted | 社会救助对象 | on social assistance | 人
-- people: allowance | 高龄津贴 | with elder allowance | 人
WITH residents AS (
  SELECT
    array_to_string(string_split(_org, '/')[1 : len(string_split($1, '/')) + 1], '/') AS path,
    datesub('year', birth_date, CAST($2 AS DATE)) AS age,
    lives_alone,
    disability_level,
    assistance_type,
    elder_allowance
  FROM population.person
  WHERE (_org = $1 OR starts_with(_org, $1 || '/')) AND death_date IS NULL
)
SELECT
  coalesce(any_value(u.name), r.path) AS unit,
  count(*) FILTER (r.age >= 60 AND r.lives_alone = '是') AS alone,
  count(r.disability_level) AS disabled,
  count(r.assistance_type) AS assisted,
  count(*) FILTER (r.elder_allowance > 0) AS allowance
FROM residents r
LEFT JOIN platform.org_unit u ON u.path = r.path
GROUP BY r.path
ORDER BY r.path
