test_sensitivity.o: tests/test_sensitivity.c experiments/cost_parts.h \
  experiments/sensitivity.h experiments/cost_name.h results/query.h \
  results/table.h sim/base/status.h sim/base/strbuf.h \
  experiments/tradeoff.h sim/base/rng.h tests/check.h tests/rows.h \
  results/store.h

experiments/cost_parts.h:

experiments/sensitivity.h:

experiments/cost_name.h:

results/query.h:

results/table.h:

sim/base/status.h:

sim/base/strbuf.h:

experiments/tradeoff.h:

sim/base/rng.h:

tests/check.h:

tests/rows.h:

results/store.h:
