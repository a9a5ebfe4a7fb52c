-- Methods of papers on the dump with the most cells of them: a row for each, those of one op together, the best
-- first. Columns: 1 op, 2 row, 3 method, 4 tensor, 5 SQNR in dB, 6 mean SQNR, 7 that of the same schemes without
-- transforms, 8 whether there is one (else 7 is 6), 9 mean bits per element (-1: not known), 10 dump, 11 tensors of
-- the method, 12 tensors of most methods, 13 whether a mean holds exact outputs, 14 methods left out for lost
-- elements.
WITH measured AS (SELECT * FROM v_method WHERE dump IS NOT NULL),
chosen AS (SELECT dump FROM measured GROUP BY dump ORDER BY count(DISTINCT method) DESC, dump LIMIT 1),
here AS (
  SELECT m.op, m.method, m.tensor, min(m.sqnr_db, 150) AS sqnr_db, min(m.plain_sqnr_db, 150) AS plain_sqnr_db,
    m.bits_per_element AS bits, m.dump, m.sqnr_db > 1e308 AS exact
  FROM measured m JOIN chosen USING(dump)),
mean AS (
  SELECT op, method, avg(sqnr_db) AS sqnr_db,
    CASE WHEN count(plain_sqnr_db) = count(*) THEN avg(plain_sqnr_db) END AS plain, avg(bits) AS bits,
    count(*) AS tensors, min(sqnr_db) AS least
  FROM (SELECT * FROM here ORDER BY op, method, tensor) GROUP BY op, method),
ranked AS (
  SELECT *, row_number() OVER (ORDER BY op DESC, sqnr_db DESC, method) AS nth
  FROM mean WHERE least > -1e308)
SELECT h.op, r.nth AS row, h.method, h.tensor, h.sqnr_db, r.sqnr_db AS mean_sqnr_db,
  coalesce(r.plain, r.sqnr_db) AS plain_sqnr_db, r.plain IS NOT NULL AS compared, coalesce(r.bits, -1) AS bits,
  replace(h.dump, rtrim(h.dump, replace(h.dump, '/', '')), '') AS dump, r.tensors,
  (SELECT tensors FROM ranked GROUP BY tensors ORDER BY count(*) DESC, tensors DESC LIMIT 1) AS usual,
  (SELECT max(exact) FROM here) AS exact, (SELECT count(*) FROM mean WHERE least <= -1e308) AS lost
FROM here h JOIN ranked r USING(op, method)
ORDER BY r.nth, h.tensor
