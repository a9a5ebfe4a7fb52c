cost_name.o: experiments/cost_name.c experiments/cost_name.h \
  results/query.h results/table.h sim/base/status.h sim/base/strbuf.h

experiments/cost_name.h:

results/query.h:

results/table.h:

sim/base/status.h:

sim/base/strbuf.h:
