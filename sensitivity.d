sensitivity.o: experiments/sensitivity.c experiments/sensitivity.h \
  experiments/cost_name.h results/query.h results/table.h \
  sim/base/status.h sim/base/strbuf.h experiments/tradeoff.h \
  experiments/cost_parts.h

experiments/sensitivity.h:

experiments/cost_name.h:

results/query.h:

results/table.h:

sim/base/status.h:

sim/base/strbuf.h:

experiments/tradeoff.h:

experiments/cost_parts.h:
