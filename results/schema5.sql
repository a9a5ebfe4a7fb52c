-- Version 5: transforms of a site (`transform`, NULL without: a short text, with which `label` begins, "TEXT: "),
-- and the recipes of papers, as the program knew them that ran last: cells belong to a method by `scheme`, as to a
-- profile.
ALTER TABLE cell ADD COLUMN transform TEXT;
CREATE TABLE method(
  method TEXT PRIMARY KEY,
  scheme TEXT NOT NULL,
  doc TEXT NOT NULL,
  source TEXT NOT NULL,
  study TEXT NOT NULL,
  note TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX method_scheme ON method(scheme);
