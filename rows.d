rows.o: tests/rows.c tests/rows.h results/store.h sim/base/status.h \
  sim/base/hash.h tests/check.h

tests/rows.h:

results/store.h:

sim/base/status.h:

sim/base/hash.h:

tests/check.h:
