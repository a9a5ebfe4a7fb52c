cli_options.o: experiments/cli_options.c experiments/cli.h \
  results/query.h results/table.h sim/base/status.h sim/base/strbuf.h \
  sim/base/pool.h

experiments/cli.h:

results/query.h:

results/table.h:

sim/base/status.h:

sim/base/strbuf.h:

sim/base/pool.h:
