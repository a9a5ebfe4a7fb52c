-- Bits that flip (flip= of a scheme or of a MAC), of the dump with the most cells of them: a panel for codes and one
-- for accumulators, a curve for each scheme without its faults (up to eight a panel), a point for each probability.
-- Cells do not tell which bits flipped. Columns: 1 panel, 2 where, 3 curve, 4 scheme, 5 probability (0: no faults), 6
-- mean SQNR in dB over the sites that every point of the curve has, 7 and 8 least and largest, 9 those sites, 10
-- dump, 11 sites, 12 curves that are not drawn, 13 whether a mean holds exact results, 14 outputs left out for lost
-- elements.
WITH measured AS MATERIALIZED (
  SELECT *, instr(label, ',flip=') AS at, instr(label, ' @ ') AS mac_at
  FROM (SELECT dump, tensor, sqnr_db, cell_sha256,
      replace(replace(coalesce(label, scheme), ',scales=dequantize', ''), ',scales=partials', '') AS label
    FROM v_cell WHERE current AND dump IS NOT NULL)),
chosen AS (SELECT dump FROM measured WHERE at GROUP BY dump ORDER BY count(*) DESC, dump LIMIT 1),
rated AS (
  SELECT m.*, CASE WHEN at THEN CAST(substr(label, at + 6) AS REAL) ELSE 0 END AS flip,
    CASE WHEN mac_at AND at > mac_at THEN 'accumulators' ELSE 'codes' END AS place,
    CASE WHEN at THEN substr(label, at + 6) ELSE '' END AS rest
  FROM measured m JOIN chosen USING(dump)),
-- What follows the number begins with a comma or a space.
plain AS (
  SELECT *, CASE WHEN at THEN substr(label, 1, at - 1) || ltrim(rest, '0123456789.e-+') ELSE label END AS curve
    FROM rated),
faulty AS (SELECT DISTINCT place, curve FROM plain WHERE flip > 0),
point AS (
  SELECT f.place, f.curve, p.tensor, p.flip, min(p.sqnr_db, 150) AS sqnr_db, p.sqnr_db AS given, p.cell_sha256
  FROM faulty f JOIN plain p ON p.curve = f.curve AND (p.flip = 0 OR p.place = f.place)),
rates AS (SELECT place, curve, count(DISTINCT flip) AS n FROM point GROUP BY place, curve),
shared AS (
  SELECT place, curve, tensor FROM point WHERE given > -1e308 GROUP BY place, curve, tensor
  HAVING count(DISTINCT flip) = (SELECT n FROM rates r WHERE r.place = point.place AND r.curve = point.curve)),
curve AS (
  SELECT place, curve, row_number() OVER (PARTITION BY place ORDER BY count(*) DESC, curve) AS nth,
    count(*) OVER () AS curves
  FROM point JOIN shared USING(place, curve, tensor) GROUP BY place, curve),
panel AS (
  SELECT place, row_number() OVER (ORDER BY place DESC) AS panel FROM (SELECT DISTINCT place FROM curve)),
drawn AS (SELECT *, count(*) OVER () AS shown FROM curve WHERE nth <= 8)
SELECT n.panel, p.place, d.nth AS curve, d.curve AS scheme, p.flip, avg(p.sqnr_db) AS sqnr_db,
  min(p.sqnr_db) AS least,
  max(p.sqnr_db) AS most, count(DISTINCT p.tensor) AS here,
  (SELECT replace(dump, rtrim(dump, replace(dump, '/', '')), '') FROM chosen) AS dump,
  (SELECT count(DISTINCT tensor) FROM shared) AS sites, d.curves - d.shown AS not_drawn,
  (SELECT max(given > 1e308) FROM point) AS exact, (SELECT count(*) FROM point WHERE given < -1e308) AS lost
FROM (SELECT * FROM point ORDER BY place, curve, flip, tensor, cell_sha256) p JOIN shared USING(place, curve, tensor)
  JOIN drawn d USING(place, curve) JOIN panel n USING(place)
GROUP BY n.panel, d.nth, p.flip
ORDER BY n.panel, d.nth, p.flip
