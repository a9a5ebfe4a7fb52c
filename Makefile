# bitsweep. `make help` lists the targets. Objects go to build/VARIANT; nothing is written beside the sources.

VARIANT ?= release
B := build/$(VARIANT)
PREFIX ?= /usr/local
V ?= 0
Q := $(if $(filter 0,$(V)),@)

VERSION := 0.1.0
# A tarball of `make dist` has the commit in .commit instead.
GIT_COMMIT := $(or $(if $(wildcard .git),$(shell git rev-parse --short=12 HEAD)),$(shell sed -n 's/^\([0-9a-f]\{12\}\).*/\1/p' .commit),unknown)
GIT_DIRTY := $(if $(and $(wildcard .git),$(shell git status --porcelain)),1,0)

ifeq ($(origin CC),default)
CC := gcc
endif
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wvla -Wundef -Wfloat-conversion -Wdouble-promotion \
        -Wmissing-prototypes -Wno-unknown-warning-option -Wno-format-truncation -Werror
# Lines are known to debuggers; where optimized variables live is not, which would double the time of the kernels.
OPT.release := -O2 -g -fno-var-tracking-assignments
OPT.clang := -O2 -g
# Variants that watch the program instead of proving its bits: there tests take fewer rounds (tests/check.h).
OPT.watch := -O1 -g -fno-var-tracking-assignments -DWATCHED=1
OPT.san := $(OPT.watch) -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -fno-pie
OPT.tsan := $(OPT.watch) -fsanitize=thread -fno-omit-frame-pointer
OPT.memcheck := $(OPT.watch)
OPT.cov := $(OPT.watch) --coverage -fprofile-update=atomic
# At a fixed address and with the sanitizers in it the program starts in half the time; shell tests start it often.
LINK.san := -no-pie $(if $(findstring clang,$(CC)),,-static-libasan -static-libubsan)
# libFuzzer's: the program counts the edges that it takes; tests/fuzz.
OPT.fuzz := -O1 -g -DWATCHED=1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
LINK.fuzz := -fsanitize=fuzzer
ifeq ($(VARIANT),fuzz)
CFLAGS.sim/base/strbuf.c := -fno-sanitize-coverage=trace-cmp # of edit distances, whose comparisons say nothing
endif
$(if $(OPT.$(VARIANT)),,$(error VARIANT=$(VARIANT): allowed: release, clang, san, tsan, memcheck, cov, fuzz))
CFLAGS ?= $(OPT.$(VARIANT))
ifneq ($(filter clang fuzz,$(VARIANT)),)
CC := clang
endif
# Bits are part of the contract: no contraction, no fast-math, in every variant.
BITS := -std=c11 -D_GNU_SOURCE -ffp-contract=off -fno-fast-math
LIBRARY_PACKAGES := gsl mpfr gmp jansson libzip libcrypto libxxhash
PACKAGES := $(LIBRARY_PACKAGES) sqlite3 yaml-0.1
# pkg-config is asked when a recipe runs, so that `make deps` works before it is installed.
# GLPK has no pkg-config file.
LIBS = $(shell pkg-config --libs $(PACKAGES) $(HDF5)) -lglpk -lpthread -lm
# Read where it is there. Its headers are not ours to warn about.
HDF5 = $(firstword $(foreach p,hdf5-serial hdf5,$(shell pkg-config --exists $(p) && echo $(p))))
HDF5_CFLAGS = $(if $(HDF5),-DBITSWEEP_HDF5 $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(HDF5))))
CFLAGS.sim/dump/hdf5.c = $(HDF5_CFLAGS)
CFLAGS.tests/test_dump_hdf5.c = $(HDF5_CFLAGS)
CFLAGS.tests/test_memory.c = $(HDF5_CFLAGS)
GLPK_VERSION = printf '\#include <glpk.h>\nGLP_MAJOR_VERSION.GLP_MINOR_VERSION\n' | $(CC) -E -P - | tail -n 1 | tr -d ' '
TEST_LIBS = -lcmocka
ALL_CFLAGS = $(BITS) $(WARN) $(CFLAGS) -I. -I$(B) -MMD -MP

# The kernels, once for each instruction set.
CFLAGS.sim/kernels/avx2.c := -mavx2 -mfma
CFLAGS.sim/kernels/avx512.c := -mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma -mprefer-vector-width=512
WIDE := $(if $(filter x86_64,$(shell uname -m)),,sim/kernels/avx2.c sim/kernels/avx512.c)

# What other programs may link (formats and sim), and the rest of ours.
PUBLIC_SRC := $(filter-out $(WIDE),$(wildcard formats/*.c sim/*.c sim/*/*.c))
LIB_SRC := $(PUBLIC_SRC) $(wildcard results/*.c plots/*.c) $(filter-out experiments/main.c,$(wildcard experiments/*.c))
# Texts built into the program: PATH becomes the NUL-terminated array text_PATH, with _ for / and dots.
TEXT_SRC := $(wildcard results/*.sql plots/*.sql plots/*.gp plots/*.css plots/*.js) results/synth.csv experiments/published.yaml
PUBLIC_OBJ := $(PUBLIC_SRC:%.c=$(B)/%.o) $(B)/texts.o
LIB_OBJ := $(LIB_SRC:%.c=$(B)/%.o) $(B)/texts.o
ARCHIVES = $(B)/libprogram.a $(B)/libbitsweep.a
TEST_SRC := $(wildcard tests/test_*.c)
TEST_BIN := $(TEST_SRC:%.c=$(B)/%)
FUZZ_SRC := $(filter-out tests/fuzz/driver.c,$(wildcard tests/fuzz/*.c))
TEST_HELP := $(filter-out $(TEST_SRC) tests/exhaustive.c,$(wildcard tests/*.c)) $(FUZZ_SRC)

# Says what a recipe does, without a process for it.
NOTHING :=
say = $(if $(filter 0,$(V)),$(info $(NOTHING)  $(1)))

# What help lists is no file.
.PHONY: $(shell sed -n 's/^\([a-z-]*\):.*## .*/\1/p' $(firstword $(MAKEFILE_LIST)))
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

check: tests ## run the tests of one variant; TESTS='glob ...' narrows them; installs nothing
	$(Q)sh tests/run.sh $(VARIANT)

$(B)/libbitsweep.a: $(PUBLIC_OBJ)
$(B)/libprogram.a: $(filter-out $(PUBLIC_OBJ),$(LIB_OBJ))
$(ARCHIVES):
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

$(B)/bitsweep: $(B)/experiments/main.o $(ARCHIVES)
	$(call say,LINK $@)
	$(Q)$(CC) $(CFLAGS) $(LINK.$(VARIANT)) -o $@ $^ $(LIBS)

# The tests are one program, linked once; see tests/all.c. What lacks a prototype is found by `make read`.
$(B)/tests/test_%.o: tests/test_%.c $(B)/flags | folders
	$(call say,CC   $<)
	$(Q)$(CC) $(ALL_CFLAGS) $(CFLAGS.$<) -Wno-missing-prototypes -Dmain=main_test_$* -c -o $@ $<

$(B)/test_names.def: FORCE | folders
	@printf 'TEST(%s)\n' $(notdir $(TEST_SRC:.c=)) >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(B)/tests/all.o: $(B)/test_names.def

# The program's allocations go through those of tests/alloc.c, also in WATCHED builds, where malloc is another's.
WRAP := $(foreach f,malloc calloc realloc reallocarray strdup strndup,-Wl,--wrap=$f)

$(B)/tests/all: $(TEST_SRC:%.c=$(B)/%.o) $(TEST_HELP:%.c=$(B)/%.o) $(ARCHIVES)
	$(call say,LINK $@)
	$(Q)$(CC) $(CFLAGS) $(LINK.$(VARIANT)) $(WRAP) -o $@ $^ $(TEST_LIBS) $(LIBS)

$(TEST_BIN): $(B)/tests/all
	$(Q)ln -f $< $@

# One program too: under the name fuzz_NAME it is the target tests/fuzz/NAME.c.
FUZZ_SECONDS ?= 60
FUZZ_TARGETS := $(shell sed -n 's/^TARGET(\(.*\))$$/\1/p' tests/fuzz/targets.def)
$(B)/tests/fuzz/all: $(B)/tests/fuzz/driver.o $(FUZZ_SRC:%.c=$(B)/%.o) $(ARCHIVES)
	$(call say,LINK $@)
	$(Q)$(CC) $(CFLAGS) $(LINK.$(VARIANT)) -o $@ $^ $(LIBS)

ifeq ($(VARIANT),fuzz)
.PHONY: fuzzers
fuzzers: $(B)/tests/fuzz/all
	$(Q)for t in $(FUZZ_TARGETS); do ln -f $< $(B)/tests/fuzz/fuzz_$$t || exit 1; done
endif

$(B)/tests/exhaustive: $(B)/tests/exhaustive.o $(ARCHIVES)
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
	  for p in $(PACKAGES) $(HDF5); do printf '%s\\"%s\\":\\"%s\\"' "$$s" $$p "$$(pkg-config --modversion $$p)"; s=,; \
	  done; printf ',\\"glpk\\":\\"%s\\"}"\n' "$$($(GLPK_VERSION))"; } >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(B)/experiments/build_info.o: $(B)/build_info.h

$(B)/%.o: %.c $(B)/flags | folders
	$(call say,CC   $<)
	$(Q)$(CC) $(ALL_CFLAGS) $(CFLAGS.$<) -c -o $@ $<

# Watched are the one-lane kernels; the wide ones are the same templates, tested up to guard pages, and would take
# minutes to compile: they are those of the release.
ifneq ($(filter -DWATCHED=1,$(OPT.$(VARIANT))),)
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
	@mkdir -p $(sort $(dir $(LIB_OBJ) $(TEST_BIN) $(TEST_HELP:%=$(B)/%) $(B)/experiments/))

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

fuzz: ## libFuzzer on what reads files and texts (clang), FUZZ_SECONDS=60 each; TARGETS='npy npz' narrows
	$(Q)$(MAKE) -j$$(nproc) --no-print-directory VARIANT=fuzz fuzzers
	$(Q)sh tests/fuzz/run.sh build/fuzz/tests/fuzz $(FUZZ_SECONDS) $(or $(TARGETS),$(FUZZ_TARGETS))

# What the pool and its users run on threads; the other tests have one.
THREADED := test_base test_compare test_group test_book test_run test_merge test_model_train test_rtl_dot test_pipeline \
            test_changing test_memory test_clock cli_interrupt cli_isa cli_matmul cli_mma cli_golden cli_shards cli_attention cli_bench
check-tsan: ## what runs on threads, under ThreadSanitizer
	$(Q)$(MAKE) --no-print-directory VARIANT=tsan tests
	$(Q)TESTS='$(or $(TESTS),$(THREADED))' sh tests/run.sh tsan

check-memcheck: ## the tests under valgrind, without the wide kernels; an hour or two
	$(Q)$(MAKE) --no-print-directory VARIANT=memcheck tests
	$(Q)BITSWEEP_ISA=scalar UNDER='valgrind -q --vex-iropt-register-updates=allregs-at-mem-access --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,indirect' \
	    TESTS='$(or $(TESTS),test_*)' sh tests/run.sh memcheck

coverage: ## run the tests of one build and print which lines and branches they ran (gcovr)
	$(Q)$(MAKE) -j$$(nproc) --no-print-directory VARIANT=cov tests
	$(Q)find build/cov -name '*.gcda' -delete
	$(Q)sh tests/run.sh cov
	$(Q)sh tests/coverage.sh build/cov

check-mutants: ## break chosen lines one at a time: the tests must notice each; MUTANTS=regex narrows; an hour
	$(Q)sh tests/mutants.sh '$(MUTANTS)'

check-exhaustive: $(B)/tests/exhaustive ## prove everything, in one to two hours; FORMAT=glob and MODE=name narrow it
	$(Q)$< '$(FORMAT)' '$(MODE)'

check-arith: $(B)/tests/test_arith ## every operation on all pairs of codes of up to 8 bits in every mode, in minutes
	$(Q)$< all

check-memory: $(B)/tests/test_memory ## every allocation of databases fails once, and all after it, in hours
	$(Q)$< all

check-launchers: $(B)/bitsweep ## shards under GNU parallel (over ssh too), mpirun and Slurm on this machine; installs and starts them (root)
	$(Q)BITSWEEP=$< sh tests/launchers.sh

check-report: $(B)/bitsweep ## the HTML report in headless Chromium, which it installs
	$(Q)PACKAGES=chromium sh tests/deps.sh
	$(Q)BITSWEEP=$< sh tests/cli_report.sh

check-rtl: $(B)/bitsweep ## units of hardware against the emulator, products on every pair of codes (iverilog), in minutes
	$(Q)BITSWEEP=$< sh tests/check_rtl.sh

KILLS ?= 200
check-kill: $(B)/bitsweep ## kill -9 at KILLS=200 random moments of runs, and some of merges and upgrades, in some minutes
	$(Q)BITSWEEP=$< sh tests/kill.sh $(KILLS) 4

STUDIES ?=
check-estimate: $(B)/bitsweep ## what `plan` says against what `run` takes, a table; STUDIES="quickstart cost" narrows; minutes
	$(Q)BITSWEEP=$< STUDIES='$(STUDIES)' sh tests/check_estimate.sh

check-theory: $(B)/bitsweep ## expected errors against those of 2^24 values of five distributions: below .05 dB; some ten minutes
	$(Q)BITSWEEP=$< sh tests/check_theory.sh

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
READ_SRC := $(LIB_SRC) $(TEST_SRC) $(TEST_HELP) tests/exhaustive.c tests/fuzz/driver.c experiments/main.c
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
DEMO_FIGURES := results/figures

demo: deps ## install what is missing, build, run the bundled studies, draw the figures
	$(Q)$(MAKE) --no-print-directory $(B)/bitsweep
	$(Q)$(B)/bitsweep run experiments/quickstart.yaml experiments/profiles.yaml --db $(DEMO_DB)
	@echo
	$(Q)$(B)/bitsweep plot --study '*' --db $(DEMO_DB) -o $(DEMO_FIGURES)
	@echo "results:  $(DEMO_DB)      ($(B)/bitsweep query v_best --study quickstart --db $(DEMO_DB))"
	@echo "profiles: the same      ($(B)/bitsweep query v_profile --study profiles --db $(DEMO_DB))"
	@echo "figures:  $(DEMO_FIGURES)"

PAPER_DB := results/paper.db
PAPER_FIGURES := results/gallery
PAPER_STUDIES := $(sort $(wildcard experiments/paper-*.yaml))
paper: $(B)/bitsweep ## compute what papers print, draw it, and show published numbers beside ours: gallery, report, table
	$(Q)$(B)/bitsweep run $(PAPER_STUDIES) --db $(PAPER_DB) -q
	$(Q)$(B)/bitsweep plot --study 'paper-*' --db $(PAPER_DB) -o $(PAPER_FIGURES)
	$(Q)$(B)/bitsweep report --db $(PAPER_DB) -o results/report
	$(Q)$(B)/bitsweep published --db $(PAPER_DB) -o $(PAPER_FIGURES)/published >/dev/null
	$(Q)$(B)/bitsweep published --db $(PAPER_DB)

check-paper: $(B)/bitsweep ## the same numbers from a database that is removed: fails where one differs and nothing says why
	$(Q)dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && \
	    $(B)/bitsweep run $(PAPER_STUDIES) --db "$$dir/paper.db" -q && $(B)/bitsweep published --db "$$dir/paper.db"

# Those of the documentation are drawn from studies that are no paper's too.
SHOWN_STUDIES := $(filter-out $(PAPER_STUDIES),$(shell grep -l '^figures:' experiments/*.yaml))
gallery: $(B)/bitsweep ## renew the figures that the documentation shows: plots/gallery/STUDY/FIGURE.svg
	$(Q)rm -rf $(PAPER_FIGURES)
	$(Q)$(B)/bitsweep run $(PAPER_STUDIES) $(SHOWN_STUDIES) --db $(PAPER_DB) -q
	$(Q)$(B)/bitsweep plot --study '*' --db $(PAPER_DB) -o $(PAPER_FIGURES)
	$(Q)$(B)/bitsweep formats e4m3 e5m2 int8 e2m1 e3m2 -o $(PAPER_FIGURES)/formats
	$(Q)$(B)/bitsweep published --db $(PAPER_DB) -o $(PAPER_FIGURES)/published
	$(Q)rm -rf plots/gallery && mkdir plots/gallery
	$(Q)cd $(PAPER_FIGURES) && for f in */*.svg; do \
	    install -D -m 644 "$$f" "$(CURDIR)/plots/gallery/$$f" || exit; done

record: $(B)/bitsweep ## train the bundled network again and record its dump
	$(Q)$(B)/bitsweep record --out experiments/dumps

MAN := $(B)/man
man: $(MAN)/bitsweep.1 ## make the manual pages build/VARIANT/man/*.1

# The page of the program and one of each sub-command, from its own tables.
$(MAN)/bitsweep.1: $(B)/bitsweep
	$(Q)mkdir -p $(@D) && rm -f $(@D)/*.1
	$(Q)for c in $$($(B)/bitsweep help | awk '{print $$1}'); do \
	    $(B)/bitsweep man $$c >$(@D)/bitsweep-$$c.1 || exit 1; done
	$(Q)$(B)/bitsweep man >$@

ROOT = $(DESTDIR)$(PREFIX)
# Headers of the library: those of formats and sim that are not parts of one file's making.
HEADERS := $(filter-out %.inc.h %_tmpl.h %_parts.h sim/kernels/vec_% sim/rtl/% sim/proof/% sim/model/%,\
                        $(wildcard formats/*.h formats/*.def sim/*.h sim/*.def sim/*/*.h sim/*/*.def))
# Examples, and the documents with the pictures that they show.
SHARED := LICENSE $(wildcard experiments/*.yaml experiments/*.py experiments/dumps/* experiments/library/*.c \
              *.md */README.md sim/*/README.md tests/*/README.md plots/gallery/*/*.svg)
install: $(B)/bitsweep $(MAN)/bitsweep.1 ## install program, library, headers, manual, completion, examples and documents (PREFIX, DESTDIR)
	$(Q)install -D -m 755 $(B)/bitsweep $(ROOT)/bin/bitsweep
	$(Q)install -d $(ROOT)/share/man/man1 && install -m 644 $(MAN)/*.1 $(ROOT)/share/man/man1
	$(Q)install -D -m 644 experiments/bitsweep.bash $(ROOT)/share/bash-completion/completions/bitsweep
	$(Q)install -D -m 644 experiments/bitsweep.zsh $(ROOT)/share/zsh/site-functions/_bitsweep
	$(Q)install -D -m 644 experiments/bitsweep.fish $(ROOT)/share/fish/vendor_completions.d/bitsweep.fish
	$(Q)install -D -m 644 $(B)/libbitsweep.a $(ROOT)/lib/libbitsweep.a
	$(Q)mkdir -p $(ROOT)/lib/pkgconfig
	$(Q)sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|; s|@PACKAGES@|$(LIBRARY_PACKAGES) $(HDF5)|' \
	    experiments/library/bitsweep.pc.in >$(ROOT)/lib/pkgconfig/bitsweep.pc
	$(Q)for f in $(HEADERS); do install -D -m 644 $$f $(ROOT)/include/bitsweep/$$f || exit 1; done
	$(Q)for f in $(SHARED); do install -D -m 644 $$f $(ROOT)/share/bitsweep/$$f || exit 1; done

uninstall: ## remove what install put there (PREFIX, DESTDIR)
	$(Q)cd $(ROOT) && rm -f bin/bitsweep share/man/man1/bitsweep.1 share/man/man1/bitsweep-*.1 \
	    share/bash-completion/completions/bitsweep share/zsh/site-functions/_bitsweep share/fish/vendor_completions.d/bitsweep.fish \
	    lib/libbitsweep.a lib/pkgconfig/bitsweep.pc
	$(Q)rm -rf $(ROOT)/include/bitsweep $(ROOT)/share/bitsweep

DIST := bitsweep-$(VERSION)
dist: ## build/bitsweep-VERSION.tar.gz of the last commit, the same bytes each time, and its SHA-256
	$(Q)mkdir -p build
	$(Q)git archive --format=tar --prefix=$(DIST)/ HEAD | gzip -9n >build/$(DIST).tar.gz
	$(Q)cd build && sha256sum $(DIST).tar.gz | tee $(DIST).tar.gz.sha256

distcheck: dist ## unpack that in an empty folder, build, install, and use what was installed; minutes
	$(Q)sh tests/distcheck.sh build/$(DIST).tar.gz $(DIST)

clean: ## remove build/
	rm -rf build

-include $(LIB_OBJ:.o=.d) $(TEST_BIN:=.d) $(B)/tests/exhaustive.d $(B)/tests/fuzz/driver.d $(TEST_HELP:%.c=$(B)/%.d) $(B)/experiments/main.d
