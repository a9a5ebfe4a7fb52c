-- Block-scaled schemes of the dump with the most cells, of the way (every key of the scheme that is not drawn, as
-- far as it departs from the plain) with the most schemes, of equal ones the plainest; the (at most six) element
-- formats with the most points over two or more block sizes. Columns: 1 panel, 2 element format, 3 scale type, 4
-- scale format, 5 which of the scale format's types, 6 block, 7 mean SQNR in dB, 8 dump, 9 its tensors, 10 element
-- formats in the database, 11 way, 12 up to three of the other ways, 13 how many more there are, 14 schemes of
-- other ways, 15 whether a mean holds exact tensors, 16 block-scaled schemes left out for other tensors or lost
-- elements.
WITH chosen AS (SELECT dump FROM v_dump ORDER BY cells DESC, dump LIMIT 1),
-- The canonical text NAME,key=value,... as an object: v_scheme has no columns for some keys.
text AS (
  SELECT s.*, coalesce(s.complete AND s.sqnr_db > -1e308, 0) AS whole, '{"name":"'
      || replace(replace(replace(replace(s.scheme, '\', '\\'), '"', '\"'), '=', '":"'), ',', '","') || '"}' AS object
  FROM chosen c JOIN v_scheme s ON s.dump = c.dump
  WHERE s.op = 'quantize' AND s.per = 'block'),
-- clip is a binary32 number: six digits where they say which (half an ulp is 2^-25 of it or more).
keyed AS MATERIALIZED (
  SELECT *, CASE WHEN json_valid(object) THEN object ELSE '{}' END AS k,
    CASE WHEN abs(printf('%.6g', clip) - clip) < clip * 2.98e-8 THEN printf('%.6g', clip) ELSE printf('%.9g', clip)
      END AS clip_text
  FROM text),
scheme AS (
  SELECT *, scale || coalesce(' ' || scale_rule, '') || CASE WHEN second <> 'none' THEN ' + ' || second ELSE '' END
      AS type,
    k ->> 'bias' AS bias, k ->> 'subnormals' AS subnormals, k ->> 'codes' AS codes, k ->> 'fraction' AS fraction,
    rtrim(CASE WHEN axis <> 'last' THEN 'axis=' || axis || ',' ELSE '' END
      || CASE WHEN scale_order <> 'exact' THEN 'order=' || scale_order || ',' ELSE '' END
      || CASE WHEN clip <> 1 THEN 'clip=' || clip_text || ',' ELSE '' END
      || CASE WHEN round <> 'rne' THEN 'round=' || round || ',' ELSE '' END
      || CASE WHEN overflow <> 'saturate' THEN 'overflow=' || overflow || ',' ELSE '' END || extra, ',') AS way
  FROM keyed WHERE whole),
way AS (
  SELECT way, count(*) AS schemes,
    row_number() OVER (ORDER BY count(*) DESC, length(way) - length(replace(way, '=', '')), way) AS nth
  FROM scheme GROUP BY way),
other AS (
  SELECT count(*) AS ways, coalesce(sum(schemes), 0) AS schemes,
    (SELECT group_concat(name, '; ') FROM (SELECT CASE way WHEN '' THEN 'plain' ELSE way END AS name FROM way
      WHERE nth BETWEEN 2 AND 4 ORDER BY nth)) AS names
  FROM way WHERE nth > 1),
-- Formats of one name that differ in their keys are different ones.
point AS (
  SELECT s.dump, s.tensors, s.way, s.format, s.family, s.exponent_bits, s.bits, s.type, s.scale, s.block, s.exact,
    coalesce(s.bias, '') AS bias, coalesce(s.specials, '') AS specials, coalesce(s.subnormals, '') AS subnormals,
    coalesce(s.codes, '') AS codes, coalesce(s.fraction, '') AS fraction, s.sqnr_db
  FROM scheme s JOIN way w ON w.way = s.way AND w.nth = 1),
element AS (
  SELECT format, bias, specials, subnormals, codes, fraction, family, exponent_bits, bits, count(*) AS points
  FROM point GROUP BY format, bias, specials, subnormals, codes, fraction HAVING count(DISTINCT block) > 1),
varied AS (
  SELECT format, min(bias) <> max(bias) AS bias, min(specials) <> max(specials) AS specials,
    min(subnormals) <> max(subnormals) AS subnormals, min(codes) <> max(codes) AS codes,
    min(fraction) <> max(fraction) AS fraction
  FROM element GROUP BY format),
named AS (
  SELECT e.*, e.format || CASE WHEN v.bias THEN ' bias=' || e.bias ELSE '' END
      || CASE WHEN v.specials THEN ' specials=' || e.specials ELSE '' END
      || CASE WHEN v.subnormals THEN ' subnormals=' || e.subnormals ELSE '' END
      || CASE WHEN v.codes THEN ' codes=' || e.codes ELSE '' END
      || CASE WHEN v.fraction THEN ' fraction=' || e.fraction ELSE '' END AS element, count(*) OVER () AS formats
  FROM element e JOIN varied v USING(format)),
listed AS (SELECT * FROM named ORDER BY points DESC, bits, element LIMIT 6),
panel AS (
  SELECT *, row_number() OVER (ORDER BY bits, family, exponent_bits, element) AS panel FROM listed),
drawn AS (
  SELECT x.*, p.panel, p.element, p.formats
  FROM point x JOIN panel p USING(format, bias, specials, subnormals, codes, fraction)),
type AS (
  SELECT type, scale, row_number() OVER (PARTITION BY scale ORDER BY type) AS nth
  FROM (SELECT DISTINCT type, scale FROM drawn))
SELECT x.panel, x.element AS format, x.type, x.scale, t.nth, x.block, x.sqnr_db,
  replace(x.dump, rtrim(x.dump, replace(x.dump, '/', '')), '') AS dump, x.tensors, x.formats,
  CASE x.way WHEN '' THEN '-' ELSE x.way END AS way, coalesce(o.names, '-') AS other_ways,
  max(o.ways - 3, 0) AS more_ways, o.schemes AS other_schemes, max(x.exact > 0) OVER () AS exact,
  (SELECT count(*) FROM keyed WHERE NOT whole) AS left_out
FROM drawn x JOIN type t USING(type, scale) CROSS JOIN other o
ORDER BY x.panel, x.scale DESC, x.type, x.block
