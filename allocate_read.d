allocate_read.o: experiments/allocate_read.c experiments/allocate.h \
  experiments/cost_name.h results/query.h results/table.h \
  sim/base/status.h sim/base/strbuf.h

experiments/allocate.h:

experiments/cost_name.h:

results/query.h:

results/table.h:

sim/base/status.h:

sim/base/strbuf.h:
