-- A row is one band of ages: how many men and women are in it.
-- zh: 人口年龄结构
-- en: Residents by age and gender
-- theme: population
-- chart: bar
-- dimension: band | 年龄段 | age band
-- people: male | 男 | men | 人
-- people: female | 女 | women | 人
-- people: persons | 合计 | all | 人
-- sum: persons = male + female
WITH residents AS (
  SELECT gender, least(datesub('year', birth_date, CAST($2 AS DATE)) // 10, 9) AS decade
  FROM population.person
  WHERE (_org = $1 OR starts_with(_org, $1 || '/'))
    AND death_date IS NULL AND birth_date IS NOT NULL AND gender IS NOT NULL
)
SELECT
  CASE WHEN decade = 9 THEN '90岁及以上' ELSE decade * 10 || '-' || decade * 10 + 9 || '岁' END AS band,
  count(*) FILTER (gender = '男') AS male,
  count(*) FILTER (gender = '女') AS female,
  count(*) AS persons
FROM residents
WHERE decade >= 0
GROUP BY decade
ORDER BY decade
