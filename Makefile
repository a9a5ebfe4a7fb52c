# bitsweep. `make help` lists the targets. Objects go to build/VARIANT; nothing is written beside the sources.

VARIANT ?= release
B := build/$(VARIANT)
PREFIX ?= /usr/local
V ?= 0
Q := $(if $(filter 0,$(V)),@)

VERSION := 0.1.0
GIT_COMMIT := $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
GIT_DIRTY := $(if $(shell git status --porcelain 2>/dev/null),1,0)

ifeq ($(origin CC),default)
CC := gcc
endif
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wvla -Wundef -Wfloat-conversion -Wdouble-promotion \
        -Wmissing-prototypes -Wno-unknown-warning-option -Wno-format-truncation -Werror
OPT.release := -O2 -g
OPT.clang := -O2 -g
OPT.san := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
$(if $(OPT.$(VARIANT)),,$(error VARIANT=$(VARIANT): allowed: release, clang, san))
CFLAGS ?= $(OPT.$(VARIANT))
ifeq ($(VARIANT),clang)
CC := clang
endif
# Bits are part of the contract: no contraction, no fast-math, in every variant.
BITS := -std=c11 -D_GNU_SOURCE -ffp-contract=off -fno-fast-math
PACKAGES := gsl mpfr gmp sqlite3 jansson libzip yaml-0.1 libcrypto libxxhash
# pkg-config is asked when a recipe runs, so that `make deps` works before it is installed.
# GLPK has no pkg-config file.
LIBS = $(shell pkg-config --libs $(PACKAGES)) -lglpk -lpthread -lm
GLPK_VERSION = printf '\#include <glpk.h>\nGLP_MAJOR_VERSION.GLP_MINOR_VERSION\n' | $(CC) -E -P - | tail -n 1 | tr -d ' '
TEST_LIBS = -lcmocka
ALL_CFLAGS = $(BITS) $(WARN) $(CFLAGS) -I. -I$(B) -MMD -MP

# The kernels, once for each instruction set.
CFLAGS.sim/kernels/avx2.c := -mavx2 -mfma
CFLAGS.sim/kernels/avx512.c := -mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma -mprefer-vector-width=512
# Sanitizers watch the one-lane kernels; the wide ones are the same templates, tested up to guard pages, and would
# take minutes to compile.
ifeq ($(VARIANT),san)
CFLAGS.sim/kernels/avx2.c += -fno-sanitize=all -O2
CFLAGS.sim/kernels/avx512.c += -fno-sanitize=all -O2
endif
WIDE := $(if $(filter x86_64,$(shell uname -m)),,sim/kernels/avx2.c sim/kernels/avx512.c)

LIB_SRC := $(filter-out $(WIDE),$(wildcard formats/*.c sim/*.c sim/*/*.c results/*.c plots/*.c)) \
           $(filter-out experiments/main.c,$(wildcard experiments/*.c))
# Texts built into the program: PATH becomes the NUL-terminated array text_PATH, with _ for / and dots.
TEXT_SRC := $(wildcard results/*.sql plots/*.sql plots/*.gp) results/synth.csv
LIB_OBJ := $(LIB_SRC:%.c=$(B)/%.o) $(TEXT_SRC:%=$(B)/%.text.o)
TEST_SRC := $(wildcard tests/test_*.c)
TEST_BIN := $(TEST_SRC:%.c=$(B)/%)
TEST_HELP := $(filter-out $(TEST_SRC) tests/exhaustive.c,$(wildcard tests/*.c))

text_name = text_$(subst .,_,$(subst /,_,$(1)))

.PHONY: all help deps demo test tests check check-san check-exhaustive check-arith check-rtl synth update-golden lint format install clean record gallery man
.SECONDARY:
.DELETE_ON_ERROR:

all: $(B)/bitsweep ## build build/release/bitsweep

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-18s %s\n", $$1, $$2}' Makefile

deps: ## install the Debian packages that are missing (sudo only when not root)
	$(Q)sh tests/deps.sh

test: deps ## install what is missing, build, run every check; ends with "N passed, N failed"
	$(Q)$(MAKE) -j$$(nproc) --no-print-directory tests
	$(Q)$(MAKE) -j$$(nproc) --no-print-directory VARIANT=san tests
	$(Q)sh tests/run.sh release san

tests: $(B)/bitsweep $(TEST_BIN) ## build the program and the tests of one variant

check: tests ## run the tests of one variant; TESTS=glob narrows them; installs nothing
	$(Q)sh tests/run.sh $(VARIANT)

$(B)/libbitsweep.a: $(LIB_OBJ)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

$(B)/bitsweep: $(B)/experiments/main.o $(B)/libbitsweep.a
	@[ $(V) != 0 ] || echo "  LINK $@"
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(LIBS)

# The tests are one program, linked once; see tests/all.c.
$(B)/tests/test_%.o: tests/test_%.c Makefile
	@[ $(V) != 0 ] || echo "  CC   $<"
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<
	$(Q)objcopy --redefine-sym main=main_test_$* $@

$(B)/test_names.def: FORCE
	@mkdir -p $(@D)
	@printf 'TEST(%s)\n' $(notdir $(TEST_SRC:.c=)) >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(B)/tests/all.o: $(B)/test_names.def

$(B)/tests/all: $(TEST_SRC:%.c=$(B)/%.o) $(TEST_HELP:%.c=$(B)/%.o) $(B)/libbitsweep.a
	@[ $(V) != 0 ] || echo "  LINK $@"
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(TEST_LIBS) $(LIBS)

$(TEST_BIN): $(B)/tests/all
	$(Q)ln -f $< $@

$(B)/tests/exhaustive: $(B)/tests/exhaustive.o $(B)/libbitsweep.a
	@[ $(V) != 0 ] || echo "  LINK $@"
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(LIBS)

# Written anew only when its text changes, so that a commit recompiles one file.
.PHONY: FORCE
$(B)/build_info.h: FORCE
	@mkdir -p $(@D)
	@{ printf '#define BUILD_VERSION "%s"\n#define BUILD_GIT_COMMIT "%s"\n#define BUILD_GIT_DIRTY %s\n' \
	    '$(VERSION)' '$(GIT_COMMIT)' '$(GIT_DIRTY)'; \
	  printf '#define BUILD_LIBS "{'; s=; \
	  for p in $(PACKAGES); do printf '%s\\"%s\\":\\"%s\\"' "$$s" $$p "$$(pkg-config --modversion $$p)"; s=,; \
	  done; printf ',\\"glpk\\":\\"%s\\"}"\n' "$$($(GLPK_VERSION))"; } >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(B)/experiments/build_info.o: $(B)/build_info.h

$(B)/%.o: %.c Makefile
	@[ $(V) != 0 ] || echo "  CC   $<"
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(CFLAGS.$<) -c -o $@ $<

$(B)/%.text.c: % Makefile
	@mkdir -p $(@D)
	$(Q){ echo 'extern const char $(call text_name,$*)[];' && echo 'const char $(call text_name,$*)[] = {' && \
	    od -An -v -tx1 $< | sed "s/ \(..\)/'\\\\x\1',/g" && echo '0};'; } >$@

$(B)/%.text.o: $(B)/%.text.c
	@[ $(V) != 0 ] || echo "  TEXT $*"
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

check-san: ## the same tests under AddressSanitizer and UndefinedBehaviorSanitizer
	$(Q)$(MAKE) --no-print-directory VARIANT=san check

check-exhaustive: $(B)/tests/exhaustive ## prove everything, in about an hour; FORMAT=glob and MODE=name narrow it
	$(Q)$< '$(FORMAT)' '$(MODE)'

check-arith: $(B)/tests/test_arith ## every operation on all pairs of codes of up to 8 bits in every mode, in minutes
	$(Q)$< all

check-rtl: $(B)/bitsweep ## units of hardware against the emulator, every pair of codes (iverilog), in minutes
	$(Q)BITSWEEP=$< sh tests/check_rtl.sh

UNITS ?= .
synth: $(B)/bitsweep ## results/synth.csv: units as yosys and ABC make them, what is up to date stays; UNITS=regex narrows
	$(Q)sh sim/rtl/synth_table.sh $< results/synth.csv build/synth $$(nproc) '$(UNITS)'

update-golden: $(B)/bitsweep ## show what changed in the golden mini-sweep, then overwrite it
	$(Q)sh tests/golden/run.sh $(B)/bitsweep >$(B)/mini.csv
	$(Q)diff -u tests/golden/mini.csv $(B)/mini.csv || true
	$(Q)cp $(B)/mini.csv tests/golden/mini.csv

lint: ## include law, style, layout, and all sources read by clang: zero warnings
	$(Q)sh tests/lint_includes.sh
	$(Q)sh tests/lint_style.sh
	$(Q)$(MAKE) -j$$(nproc) --no-print-directory VARIANT=clang read
	@echo "clang: no warnings"

# Each source read by the variant's compiler for its warnings, and no code made of it.
READ_SRC := $(LIB_SRC) $(TEST_SRC) $(TEST_HELP) tests/exhaustive.c experiments/main.c
.PHONY: read
read: $(READ_SRC:%.c=$(B)/%.read)
$(B)/%.read: %.c Makefile
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(CFLAGS.$<) -MF $@.d -MT $@ -fsyntax-only $<
	@touch $@
$(B)/experiments/build_info.read: $(B)/build_info.h
$(B)/tests/all.read: $(B)/test_names.def

format: ## lay out all C files with clang-format
	$(Q)git ls-files -co --exclude-standard '*.c' '*.h' | xargs clang-format -i

DEMO_DB := results/bitsweep.db
DEMO_PROFILES := results/profiles.db
DEMO_OUTPUTS := results/outputs.db
DEMO_METHODS := results/methods.db
DEMO_FIGURES := results/figures

demo: deps ## install what is missing, build, run the bundled studies, draw the figures
	$(Q)$(MAKE) --no-print-directory $(B)/bitsweep
	$(Q)$(B)/bitsweep run experiments/quickstart.yaml --db $(DEMO_DB)
	@echo
	$(Q)$(B)/bitsweep run experiments/profiles.yaml --db $(DEMO_PROFILES)
	@echo
	$(Q)$(B)/bitsweep plot sqnr_bits em_split block_size --db $(DEMO_DB) -o $(DEMO_FIGURES)
	$(Q)$(B)/bitsweep plot profiles --db $(DEMO_PROFILES) -o $(DEMO_FIGURES)
	@echo "results:  $(DEMO_DB)      ($(B)/bitsweep query v_best --db $(DEMO_DB))"
	@echo "profiles: $(DEMO_PROFILES)      ($(B)/bitsweep query v_profile --db $(DEMO_PROFILES))"
	@echo "figures:  $(DEMO_FIGURES)"

gallery: demo ## renew the figures that the documentation shows
	$(Q)$(B)/bitsweep run experiments/outputs.yaml --db $(DEMO_OUTPUTS)
	$(Q)$(B)/bitsweep plot outputs --db $(DEMO_OUTPUTS) -o $(DEMO_FIGURES)
	$(Q)$(B)/bitsweep run experiments/methods.yaml experiments/migration.yaml experiments/caches.yaml --db $(DEMO_METHODS)
	$(Q)$(B)/bitsweep plot methods --db $(DEMO_METHODS) -o $(DEMO_FIGURES)
	$(Q)cd $(DEMO_FIGURES) && cp sqnr_bits.svg profiles.svg outputs.svg methods.svg $(CURDIR)/plots/gallery/

record: $(B)/bitsweep ## train the bundled network again and record its dump
	$(Q)$(B)/bitsweep record --out experiments/dumps

MAN := $(B)/man/bitsweep.1
man: $(MAN) ## make the manual page build/VARIANT/man/bitsweep.1

# One page: the program's own help, then the help of each sub-command.
$(MAN): $(B)/bitsweep
	@mkdir -p $(@D)
	$(Q){ printf '[COMMANDS]\n'; \
	  for c in $$($(B)/bitsweep help | awk '{print $$1}'); do \
	    printf '.SS "bitsweep %s"\n.nf\n' $$c; \
	    $(B)/bitsweep $$c --help | sed 's/\\/\\\\/g; s/-/\\-/g; s/^\([.'"'"']\)/\\\&\1/'; \
	    printf '.fi\n'; \
	  done; \
	  printf '[SEE ALSO]\n.BR gnuplot (1),\n.BR sqlite3 (1)\n'; } >$@.include
	$(Q)help2man --no-info --section=1 --name='sweeps of low-bit number formats over recorded tensors' \
	    --include=$@.include --output=$@ $(B)/bitsweep
	$(Q)rm $@.include

SHARE := $(DESTDIR)$(PREFIX)/share
install: $(B)/bitsweep $(MAN) ## install program, manual, completion and examples (PREFIX, DESTDIR)
	$(Q)install -D -m 755 $(B)/bitsweep $(DESTDIR)$(PREFIX)/bin/bitsweep
	$(Q)install -D -m 644 $(MAN) $(SHARE)/man/man1/bitsweep.1
	$(Q)install -D -m 644 experiments/bitsweep.bash $(SHARE)/bash-completion/completions/bitsweep
	$(Q)for f in experiments/*.yaml experiments/README.md experiments/dumps/*; do \
	    install -D -m 644 $$f $(SHARE)/bitsweep/$$f || exit 1; done

clean: ## remove build/
	rm -rf build

-include $(LIB_OBJ:.o=.d) $(TEST_BIN:=.d) $(B)/tests/exhaustive.d $(TEST_HELP:%.c=$(B)/%.d) $(B)/experiments/main.d \
         $(READ_SRC:%.c=$(B)/%.read.d)
