-- Version 3: what vendors' programs do under the names of formats, as the program knew it that ran last. A profile is
-- an alias of a scheme: cells belong to it by `scheme`, the canonical text, whatever words a study used.
CREATE TABLE profile(
  profile TEXT PRIMARY KEY,
  family TEXT NOT NULL,
  scheme TEXT NOT NULL,
  doc TEXT NOT NULL,
  source TEXT NOT NULL,
  checked TEXT NOT NULL,
  note TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX profile_scheme ON profile(scheme);
