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
# Lines are known to debuggers; where optimized variables live is not, which would double the time of the kernels.
OPT.release := -O2 -g -fno-var-tracking-assignments
OPT.clang := -O2 -g
OPT.san := -O1 -g -fno-var-tracking-assignments -fsanitize=address,undefined -fno-sanitize-recover=undefined \
           -fno-omit-frame-pointer -fno-pie
# At a fixed address and with the sanitizers in it the program starts in half the time; shell tests start it often.
LINK.san := -no-pie $(if $(findstring clang,$(CC)),,-static-libasan -static-libubsan)
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
WIDE := $(if $(filter x86_64,$(shell uname -m)),,sim/kernels/avx2.c sim/kernels/avx512.c)

LIB_SRC := $(filter-out $(WIDE),$(wildcard formats/*.c sim/*.c sim/*/*.c results/*.c plots/*.c)) \
           $(filter-out experiments/main.c,$(wildcard experiments/*.c))
# Texts built into the program: PATH becomes the NUL-terminated array text_PATH, with _ for / and dots.
TEXT_SRC := $(wildcard results/*.sql plots/*.sql plots/*.gp) results/synth.csv
LIB_OBJ := $(LIB_SRC:%.c=$(B)/%.o) $(B)/texts.o
TEST_SRC := $(wildcard tests/test_*.c)
TEST_BIN := $(TEST_SRC:%.c=$(B)/%)
TEST_HELP := $(filter-out $(TEST_SRC) tests/exhaustive.c,$(wildcard tests/*.c))

# Says what a recipe does, without a process for it.
NOTHING :=
say = $(if $(filter 0,$(V)),$(info $(NOTHING)  $(1)))

.PHONY: all help deps demo test tests check check-san check-exhaustive check-arith check-memory check-launchers check-kill update-golden lint format install clean record gallery man check-rtl synth
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
	$(call say,LINK $@)
	$(Q)$(CC) $(CFLAGS) $(LINK.$(VARIANT)) -o $@ $^ $(LIBS)

# The tests are one program, linked once; see tests/all.c. What lacks a prototype is found by `make read`.
$(B)/tests/test_%.o: tests/test_%.c $(B)/flags | folders
	$(call say,CC   $<)
	$(Q)$(CC) $(ALL_CFLAGS) -Wno-missing-prototypes -Dmain=main_test_$* -c -o $@ $<

$(B)/test_names.def: FORCE | folders
	@printf 'TEST(%s)\n' $(notdir $(TEST_SRC:.c=)) >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(B)/tests/all.o: $(B)/test_names.def

# The program's allocations go through those of tests/alloc.c, also under sanitizers, which have a malloc of their own.
WRAP := $(foreach f,malloc calloc realloc reallocarray strdup strndup,-Wl,--wrap=$f)

$(B)/tests/all: $(TEST_SRC:%.c=$(B)/%.o) $(TEST_HELP:%.c=$(B)/%.o) $(B)/libbitsweep.a
	$(call say,LINK $@)
	$(Q)$(CC) $(CFLAGS) $(LINK.$(VARIANT)) $(WRAP) -o $@ $^ $(TEST_LIBS) $(LIBS)

$(TEST_BIN): $(B)/tests/all
	$(Q)ln -f $< $@

$(B)/tests/exhaustive: $(B)/tests/exhaustive.o $(B)/libbitsweep.a
	$(call say,LINK $@)
	$(Q)$(CC) $(CFLAGS) $(LINK.$(VARIANT)) -o $@ $^ $(LIBS)

# Files that are written anew only when their text changes: another flag compiles all, a commit one file.
.PHONY: FORCE
$(B)/flags: FORCE | folders
	@printf '%s\n' '$(CC) $(ALL_CFLAGS)$(foreach v,$(filter CFLAGS.%,$(.VARIABLES)), $v $($v))' >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(B)/build_info.h: FORCE | folders
	@{ printf '#define BUILD_VERSION "%s"\n#define BUILD_GIT_COMMIT "%s"\n#define BUILD_GIT_DIRTY %s\n' \
	    '$(VERSION)' '$(GIT_COMMIT)' '$(GIT_DIRTY)'; \
	  printf '#define BUILD_LIBS "{'; s=; \
	  for p in $(PACKAGES); do printf '%s\\"%s\\":\\"%s\\"' "$$s" $$p "$$(pkg-config --modversion $$p)"; s=,; \
	  done; printf ',\\"glpk\\":\\"%s\\"}"\n' "$$($(GLPK_VERSION))"; } >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(B)/experiments/build_info.o: $(B)/build_info.h

$(B)/%.o: %.c $(B)/flags | folders
	$(call say,CC   $<)
	$(Q)$(CC) $(ALL_CFLAGS) $(CFLAGS.$<) -c -o $@ $<

# Sanitizers watch the one-lane kernels; the wide ones are the same templates, tested up to guard pages, and would
# take minutes to compile: they are those of the release.
ifeq ($(VARIANT),san)
WIDE_OBJ := $(filter %/avx2.o %/avx512.o,$(LIB_OBJ))
$(WIDE_OBJ): $(B)/%: build/release/% | folders
	$(Q)ln -f $< $@

# One make for all of them: two at once would write the release's flags over each other.
$(WIDE_OBJ:$(B)/%=build/release/%) &: FORCE
	$(Q)$(MAKE) --no-print-directory VARIANT=release $(WIDE_OBJ:$(B)/%=build/release/%)
endif

# All folders of the build, made by one process.
.PHONY: folders
folders:
	@mkdir -p $(sort $(dir $(LIB_OBJ) $(TEST_BIN) $(B)/experiments/))

# Each text PATH as the array text_PATH, with _ for / and dots, a string for a line.
$(B)/texts.c: $(TEXT_SRC) Makefile | folders
	$(Q)awk 'FNR == 1 {n = FILENAME; gsub(/[\/.]/, "_", n); printf "%sextern const char text_%s[];\n", end, n; \
	                   printf "const char text_%s[] =\n", n; end = ";\n"} \
	        {gsub(/[\\"?]/, "\\\\&"); printf "\"%s\\n\"\n", $$0} END {printf "%s", end}' $(TEXT_SRC) >$@

$(B)/texts.o: $(B)/texts.c
	$(call say,TEXT $<)
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

check-san: ## the same tests under AddressSanitizer and UndefinedBehaviorSanitizer
	$(Q)$(MAKE) --no-print-directory VARIANT=san check

check-exhaustive: $(B)/tests/exhaustive ## prove everything, in about an hour; FORMAT=glob and MODE=name narrow it
	$(Q)$< '$(FORMAT)' '$(MODE)'

check-arith: $(B)/tests/test_arith ## every operation on all pairs of codes of up to 8 bits in every mode, in minutes
	$(Q)$< all

check-memory: $(B)/tests/test_memory ## every allocation of databases fails once, and all after it, in hours
	$(Q)$< all

check-launchers: $(B)/bitsweep ## shards under GNU parallel, mpirun and Slurm on this machine; installs and starts them (root)
	$(Q)BITSWEEP=$< sh tests/launchers.sh

check-rtl: $(B)/bitsweep ## units of hardware against the emulator, products on every pair of codes (iverilog), in minutes
	$(Q)BITSWEEP=$< sh tests/check_rtl.sh

KILLS ?= 200
check-kill: $(B)/bitsweep ## kill -9 at KILLS=200 random moments of runs, and some of merges and upgrades, in some minutes
	$(Q)BITSWEEP=$< sh tests/kill.sh $(KILLS) 4

UNITS ?= .
synth: $(B)/bitsweep ## results/synth.csv: units as yosys and ABC make them, what is up to date stays; UNITS=regex narrows
	$(Q)sh sim/rtl/synth_table.sh $< results/synth.csv build/synth $$(nproc) '$(UNITS)'

update-golden: $(B)/bitsweep ## show what changed in the golden mini-sweep, then overwrite it
	$(Q)sh tests/golden/run.sh $(B)/bitsweep >$(B)/mini.csv
	$(Q)diff -u tests/golden/mini.csv $(B)/mini.csv || true
	$(Q)cp $(B)/mini.csv tests/golden/mini.csv

lint: ## include law, style, layout, and all sources read by clang: zero warnings
	$(Q)$(MAKE) -j$$(nproc) --no-print-directory VARIANT=clang lint_style lint_includes read
	@echo "clang: no warnings"

.PHONY: lint_style lint_includes read
lint_style lint_includes:
	$(Q)sh tests/$@.sh

# Each source read by the variant's compiler for its warnings, and no code made of it. A process reads a folder, as
# it takes clang longer to start than to read a file: through -Xclang its one job takes more sources.
READ_SRC := $(LIB_SRC) $(TEST_SRC) $(TEST_HELP) tests/exhaustive.c experiments/main.c
READ_ALONE := $(foreach f,$(READ_SRC),$(if $(CFLAGS.$f),$f))
READ_FOLDERS := $(sort $(dir $(READ_SRC)))
READ_HEADERS := $(wildcard */*.h */*.def sim/*/*.h sim/*/*.def) $(B)/build_info.h $(B)/test_names.def
READ_MORE := $(if $(filter clang,$(VARIANT)),-Xclang )
read: $(READ_FOLDERS:%=$(B)/%read) $(READ_ALONE:%.c=$(B)/%.read)
define read_rule
$(B)/$(1)read: $(2) $(READ_HEADERS) Makefile | folders
	$$(call say,READ $(1))
	$$(Q)$$(CC) $$(filter-out -M%,$$(ALL_CFLAGS)) -fsyntax-only $(firstword $(2)) \
	    $(foreach f,$(wordlist 2,$(words $(2)),$(2)),$(READ_MORE)$f)
	@touch $$@
endef
$(foreach d,$(READ_FOLDERS),$(eval $(call read_rule,$d,$(filter-out $(READ_ALONE),$(foreach f,$(READ_SRC),$(if $(filter $d,$(dir $f)),$f))))))
$(READ_ALONE:%.c=$(B)/%.read): $(B)/%.read: %.c $(READ_HEADERS) Makefile | folders
	$(call say,READ $<)
	$(Q)$(CC) $(filter-out -M%,$(ALL_CFLAGS)) $(CFLAGS.$<) -fsyntax-only $<
	@touch $@

format: ## lay out all C files with clang-format
	$(Q)git ls-files -co --exclude-standard '*.c' '*.h' | xargs clang-format -i

DEMO_DB := results/bitsweep.db
DEMO_PROFILES := results/profiles.db
DEMO_OUTPUTS := results/outputs.db
DEMO_METHODS := results/methods.db
DEMO_COSTS := results/costs.db
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
	$(Q)$(B)/bitsweep run experiments/cost.yaml experiments/lmul.yaml --db $(DEMO_COSTS)
	$(Q)for f in pareto cost_models lmul; do $(B)/bitsweep plot $$f --db $(DEMO_COSTS) -o $(DEMO_FIGURES) || exit; done
	$(Q)cd $(DEMO_FIGURES) && cp sqnr_bits.svg profiles.svg outputs.svg methods.svg pareto.svg cost_models.svg lmul.svg $(CURDIR)/plots/gallery/

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

-include $(LIB_OBJ:.o=.d) $(TEST_BIN:=.d) $(B)/tests/exhaustive.d $(TEST_HELP:%.c=$(B)/%.d) $(B)/experiments/main.d
