-- Profiles of the dump with the most cells of them: a panel for each family in which results differ, a row for all
-- profiles with the same bits on every tensor, the best mean SQNR first. Names are without the family. Columns: 1
-- panel, 2 family, 3 row, 4 profiles of the row, 5 tensor, 6 SQNR less that of the panel's first row, in dB, 7 mean
-- SQNR, 8 mean SQNR less that of the first row, 9 element format, 10 its exponent bits (-1: none), 11 its bits, 12
-- dump, 13 tensors of the panel, 14 whether the row above has this SQNR on every tensor, 15 tensors of the row with
-- lost elements (then 7 and 8 are missing, and 6 on these), 16 whether a mean holds exact tensors, 17 profiles left
-- out for other tensors.
WITH profile AS MATERIALIZED (SELECT * FROM v_profile),
chosen AS (SELECT dump FROM profile WHERE complete GROUP BY dump ORDER BY count(*) DESC, dump LIMIT 1),
here AS (SELECT p.* FROM profile p JOIN chosen USING(dump)),
named AS (
  SELECT DISTINCT family, same_bits, profile, substr(profile, 1, instr(profile, ':') - 1) AS vendor,
    substr(profile, instr(profile, ':') + 1) AS rest
  FROM here WHERE complete),
member AS (
  SELECT family, same_bits, group_concat(vendor || CASE WHEN rest = family THEN ''
      WHEN substr(rest, 1, length(family) + 1) = family || '_' THEN ' ' || substr(rest, length(family) + 2)
      ELSE ' ' || rest END, ', ') AS names
  FROM (SELECT * FROM named ORDER BY family, same_bits, profile) GROUP BY family, same_bits),
result AS (
  SELECT family, same_bits, tensor, max(sqnr_db) AS sqnr_db, min(max(sqnr_db), 150) AS rated,
    max(mean_sqnr_db) AS mean_sqnr_db, min(format) AS format, coalesce(min(exponent_bits), -1) AS exponent_bits,
    min(bits) AS bits, min(bits_per_element) AS bits_per_element, min(dump) AS dump, min(tensors) AS tensors
  FROM here WHERE complete GROUP BY family, same_bits, tensor),
line AS (
  SELECT family, same_bits, sum(rated < -1e308) AS lost, group_concat(printf('%!.17g', rated)) AS numbers
  FROM (SELECT * FROM result ORDER BY family, same_bits, tensor) GROUP BY family, same_bits
  HAVING count(rated) = count(*)),
alike AS (
  SELECT *, coalesce(lag(numbers) OVER (PARTITION BY family ORDER BY same_bits) = numbers, 0) AS as_above FROM line),
panel AS (
  SELECT family, row_number() OVER (ORDER BY min(bits), max(bits_per_element), family) AS panel
  FROM result JOIN line USING(family, same_bits)
  GROUP BY family HAVING count(DISTINCT same_bits) > 1 AND min(lost) = 0)
SELECT panel, r.family, r.same_bits AS row, names, r.tensor,
  CASE WHEN r.rated > -1e308 THEN r.rated - best.rated END AS difference,
  CASE WHEN lost = 0 THEN r.mean_sqnr_db END AS mean_sqnr_db,
  CASE WHEN lost = 0 THEN r.mean_sqnr_db - best.mean_sqnr_db END AS mean_difference,
  r.format, r.exponent_bits, r.bits, replace(r.dump, rtrim(r.dump, replace(r.dump, '/', '')), '') AS dump, r.tensors,
  as_above, lost, (SELECT coalesce(max(sqnr_db > 1e308), 0) FROM result) AS exact,
  (SELECT count(DISTINCT profile) FROM here JOIN panel USING(family)
    WHERE profile NOT IN (SELECT profile FROM named)) AS left_out
FROM result r JOIN panel USING(family) JOIN alike USING(family, same_bits) JOIN member USING(family, same_bits)
JOIN result best ON best.family = r.family AND best.tensor = r.tensor AND best.same_bits = 1
ORDER BY panel, row, r.tensor
