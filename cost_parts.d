cost_parts.o: experiments/cost_parts.c experiments/cost_parts.h

experiments/cost_parts.h:
