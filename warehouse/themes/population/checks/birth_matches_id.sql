-- The date of birth is the one in the identity number.
-- severity: warn
SELECT id_no, birth_date
FROM population.person
WHERE birth_date IS NOT NULL AND strftime(birth_date, '%Y%m%d') <> substr(id_no, 7, 8)
