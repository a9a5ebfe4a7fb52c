-- Version 4: cells of sites (op = 'matmul'): the output of a linear layer, as the schemes of its input (which the
-- columns of the scheme describe), weight and output and its dot products make it. Short texts; `scheme` has all in
-- full. Of attention (op = 'attention') the scheme is that of the queries, `weight` "k: TEXT; p: TEXT; v: TEXT", and
-- `mac` "TEXT; TEXT" where the two products differ.
ALTER TABLE cell ADD COLUMN weight TEXT;
ALTER TABLE cell ADD COLUMN output TEXT;
ALTER TABLE cell ADD COLUMN mac TEXT;
