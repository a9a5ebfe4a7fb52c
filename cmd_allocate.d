cmd_allocate.o: experiments/cmd_allocate.c experiments/allocate.h \
  experiments/cost_name.h results/query.h results/table.h \
  sim/base/status.h sim/base/strbuf.h experiments/cli.h \
  experiments/config.h sim/cost/cost.h sim/arg.h sim/text_words.h \
  sim/spec.h formats/codec.h formats/format.h formats/number.h \
  formats/families.def formats/scaling.h formats/scale_rules.def \
  sim/product.h sim/dump/dump.h sim/tensor.h sim/method.h \
  sim/metric/metric.h sim/base/sum.h sim/kernels/kernels.h \
  sim/pipeline.h sim/arith/attention.h sim/arith/dot.h sim/base/hash.h \
  sim/quant/quant.h sim/transform.h

experiments/allocate.h:

experiments/cost_name.h:

results/query.h:

results/table.h:

sim/base/status.h:

sim/base/strbuf.h:

experiments/cli.h:

experiments/config.h:

sim/cost/cost.h:

sim/arg.h:

sim/text_words.h:

sim/spec.h:

formats/codec.h:

formats/format.h:

formats/number.h:

formats/families.def:

formats/scaling.h:

formats/scale_rules.def:

sim/product.h:

sim/dump/dump.h:

sim/tensor.h:

sim/method.h:

sim/metric/metric.h:

sim/base/sum.h:

sim/kernels/kernels.h:

sim/pipeline.h:

sim/arith/attention.h:

sim/arith/dot.h:

sim/base/hash.h:

sim/quant/quant.h:

sim/transform.h:
