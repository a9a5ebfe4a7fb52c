tradeoff.o: experiments/tradeoff.c experiments/tradeoff.h \
  sim/base/status.h sim/base/rng.h

experiments/tradeoff.h:

sim/base/status.h:

sim/base/rng.h:
