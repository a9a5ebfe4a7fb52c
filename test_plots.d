test_plots.o: tests/test_plots.c plots/plot.h sim/base/status.h \
  tests/check.h tests/rows.h results/store.h

plots/plot.h:

sim/base/status.h:

tests/check.h:

tests/rows.h:

results/store.h:
