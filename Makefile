# One non-recursive Makefile. `make` leaves ./rundlet.
#
#   make [CC=clang] [SAN=1] [STATIC=1] [DEBUG=1]   build (SAN: ASAN and UBSAN; STATIC: one static program)
#   make unit | golden | lint | e2e | check        tests (see contrib/check, which installs what they need)
#   make bench [QUICK=1]                           times against crun and runc
#   make fuzz [SECONDS=60]                         every fuzz target for that long
#   make faults                                    every system call fails once, or is the last one
#   make load [RUNTIME=crun]                       1000 containers, 20000 runs, 16 callers for 10 minutes
#   make install [PREFIX=/usr/local] [DESTDIR=]    and make uninstall
#
# Two programs: build/…/init (static, tiny, everything that ever lives in a container) is linked
# into rundlet as data. It is built with musl-gcc where that is found, else as a static glibc program.

VERSION := 0.1.0
COMMIT := $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)

CC ?= gcc
ifeq ($(origin CC),default)
CC := gcc
endif
PKG_CONFIG ?= pkg-config
OBJCOPY ?= objcopy
LD ?= ld
PREFIX ?= /usr/local

MODE := $(notdir $(CC))$(if $(SAN),-san)$(if $(STATIC),-static)$(if $(DEBUG),-debug)
B := build/$(MODE)

WARN := -Wall -Wextra -Wshadow -Wswitch-enum -Wmissing-prototypes -Wstrict-prototypes -Wvla \
	-Wpointer-arith -Wwrite-strings -Wformat=2 -Wundef -Werror
# -U: Ubuntu's gcc comes with a level of its own, of which HARDEN's would be a redefinition.
BASE_CFLAGS := -std=gnu17 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I. $(WARN) -MMD -MP \
	-fno-strict-aliasing -ffunction-sections -fdata-sections -U_FORTIFY_SOURCE
OPT := $(if $(DEBUG)$(SAN),-Og -g,-O2 -g1)
HARDEN := $(if $(SAN),,-fstack-protector-strong -D_FORTIFY_SOURCE=2)
comma := ,
SANFLAGS := $(if $(SAN),-fsanitize=address$(comma)undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)

# libseccomp and libsystemd are loaded on first use (seccomp/, runtime/host): only their headers are needed here.
PKGS := yajl
PKGS_HEADERS := libseccomp
HOST_CFLAGS = $(BASE_CFLAGS) $(OPT) $(HARDEN) $(SANFLAGS) -fPIE $(CPPFLAGS) $(CFLAGS) $(PKG_CFLAGS) \
	-DRUNDLET_VERSION='"$(VERSION)"' -DRUNDLET_COMMIT='"$(COMMIT)"' $(if $(STATIC),-DRUNDLET_STATIC)
PKG_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PKGS) $(PKGS_HEADERS))
ifdef STATIC
PKG_LIBS := $(shell $(PKG_CONFIG) --static --libs $(PKGS) $(PKGS_HEADERS) | sed 's/-lyajl\b/-lyajl_s/')
HOST_LDFLAGS = -static -Wl,--gc-sections -Wl,-z,relro,-z,now $(LDFLAGS)
else
# yajl is small: where there is an archive of it (Debian, Ubuntu) no command has to load it.
YAJL_A := $(filter /%,$(shell $(CC) -print-file-name=libyajl_s.a))
PKG_LIBS := $(or $(YAJL_A),$(shell $(PKG_CONFIG) --libs $(PKGS))) -ldl
HOST_LDFLAGS = -pie -Wl,--gc-sections -Wl,--as-needed -Wl,-z,relro,-z,now $(SANFLAGS) $(LDFLAGS)
endif

# The init program. Under SAN it is an ordinary dynamic program, so that the sanitizers see it too.
MUSL_GCC := $(shell command -v musl-gcc 2>/dev/null)
# clang 17 and later do not say it
MULTIARCH := $(shell $(CC) -print-multiarch 2>/dev/null || gcc -print-multiarch 2>/dev/null)
ifdef SAN
INIT_CC := $(CC)
INIT_CFLAGS = $(BASE_CFLAGS) $(OPT) $(SANFLAGS) -fPIE -DRUNDLET_INIT
INIT_LDFLAGS = -pie $(SANFLAGS)
else ifneq ($(MUSL_GCC),)
INIT_CC := $(MUSL_GCC)
INIT_CFLAGS = $(BASE_CFLAGS) -Os -fno-stack-protector -fno-asynchronous-unwind-tables -fno-pie -DRUNDLET_INIT \
	-idirafter /usr/include $(if $(MULTIARCH),-idirafter /usr/include/$(MULTIARCH))
INIT_LDFLAGS = -static -no-pie -Wl,--gc-sections -Wl,-z,noseparate-code -Wl,--build-id=none
else
INIT_CC := $(CC)
INIT_CFLAGS = $(BASE_CFLAGS) -Os -fno-pie -DRUNDLET_INIT
INIT_LDFLAGS = -static -no-pie -Wl,--gc-sections
endif

# The last segment, for the plan (runtime/host/image.c): far behind what else init has.
INIT_LDFLAGS += -Wl,--section-start=plan_segment=0x20000000

BASE_SRC := $(wildcard runtime/base/*.c)
SYS_SRC := $(wildcard runtime/sys/*.c)
WIRE_SRC := $(wildcard runtime/wire/*.c)
INIT_SRC := $(wildcard runtime/init/*.c)
# What init links: the plan's tables and nothing else of runtime/plan, no arena, no log.
INIT_PROGRAM_SRC := $(filter-out runtime/base/arena.c runtime/base/log.c runtime/base/path.c runtime/base/err_render.c,$(BASE_SRC)) \
	$(SYS_SRC) $(WIRE_SRC) runtime/plan/names.c runtime/plan/rows.c runtime/plan/cloned.c $(INIT_SRC)
LIB_SRC := $(BASE_SRC) $(SYS_SRC) $(wildcard oci/*.c) $(wildcard seccomp/*.c) $(WIRE_SRC) \
	$(wildcard runtime/plan/*.c) $(wildcard runtime/host/*.c) \
	$(filter-out runtime/cmd/main.c,$(wildcard runtime/cmd/*.c))
MAIN_SRC := runtime/cmd/main.c

LIB_OBJ := $(LIB_SRC:%.c=$B/%.o) $B/init_blob.o
MAIN_OBJ := $(MAIN_SRC:%.c=$B/%.o)
INIT_OBJ := $(INIT_PROGRAM_SRC:%.c=$B/init-obj/%.o)

all: rundlet

rundlet: $B/rundlet
	@ln -f $< $@ 2>/dev/null || cp -f $< $@

$B/rundlet: $(MAIN_OBJ) $(LIB_OBJ)
	$(CC) $(HOST_LDFLAGS) -o $@ $^ $(PKG_LIBS)

$B/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(HOST_CFLAGS) -c -o $@ $<

$B/init-obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(INIT_CC) $(INIT_CFLAGS) -c -o $@ $<

# With its symbols in init.full, where tests/lint/purity looks at them.
$B/init: $(INIT_OBJ)
	$(INIT_CC) $(INIT_LDFLAGS) -o $@.full $^
	$(OBJCOPY) $(if $(SAN),,--strip-all) $@.full $@

# The bytes of init between init_blob_start and init_blob_end, read-only.
$B/init_blob.o: $B/init
	cd $B && $(LD) -r -b binary -z noexecstack -o init_raw.o init
	$(OBJCOPY) --rename-section .data=.rodata,alloc,load,readonly,data,contents \
		--redefine-sym _binary_init_start=init_blob_start \
		--redefine-sym _binary_init_end=init_blob_end \
		--strip-symbol _binary_init_size $B/init_raw.o $@
	@rm -f $B/init_raw.o

# --- tests -----------------------------------------------------------------------------------------

UNIT_SRC := $(wildcard tests/unit/test_*.c tests/golden/test_*.c)
UNIT_BIN := $(UNIT_SRC:%.c=$B/%)
# libcap is the oracle for the names of capabilities, libseccomp for filters; rundlet has its own.
UNIT_LIBS = $(shell $(PKG_CONFIG) --libs cmocka libcap libseccomp)

$B/tests/%: tests/%.c $(LIB_OBJ)
	@mkdir -p $(@D)
	$(CC) $(filter-out -Wmissing-prototypes,$(HOST_CFLAGS)) $(filter-out -static,$(HOST_LDFLAGS)) -o $@ $< \
		-Wl,--start-group $(LIB_OBJ) -Wl,--end-group $(PKG_LIBS) $(UNIT_LIBS)

unit-bins: $(UNIT_BIN)

unit: unit-bins
	tests/run-unit $(UNIT_BIN)

lint:
	tests/lint/run

e2e: rundlet
	tests/e2e/run

# Static and small: what they use must not count as what they measure.
BENCH_BIN := $B/tests/bench/pairs $B/tests/bench/floor $B/tests/bench/filter
$B/tests/bench/pairs $B/tests/bench/floor: $B/tests/bench/%: tests/bench/%.c Makefile
	@mkdir -p $(@D)
	$(INIT_CC) $(filter-out -DRUNDLET_INIT,$(INIT_CFLAGS)) $(INIT_LDFLAGS) -o $@ $<

bench: rundlet $(BENCH_BIN)
	TOOLS=$B/tests/bench tests/bench/run

# It links nothing of what it tests.
$B/tests/faults/faults: $(wildcard tests/faults/*.c) $(wildcard tests/faults/*.h) Makefile
	@mkdir -p $(@D)
	$(CC) $(BASE_CFLAGS) $(OPT) -o $@ $(filter %.c,$^) $(shell $(PKG_CONFIG) --libs libseccomp)

faults: rundlet $B/tests/faults/faults
	TOOL=$B/tests/faults/faults tests/faults/run all

load: rundlet
	tests/load/run all

# tests/fuzz/run calls make with clang, SAN=1 and a build directory of its own.
$B/lib.a: $(LIB_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

$B/fuzz/%: tests/fuzz/%.c tests/fuzz/fuzz.h $B/lib.a
	@mkdir -p $(@D)
	$(CC) $(HOST_CFLAGS) -fsanitize=fuzzer -o $@ $< $B/lib.a $(PKG_LIBS)

fuzz:
	tests/fuzz/run $(or $(SECONDS),60)

check:
	contrib/check

# --- install ---------------------------------------------------------------------------------------

# What is installed; another program that was built before: make -o rundlet install RUNDLET=PATH
RUNDLET := rundlet
MANDIR := $(PREFIX)/share/man
BASH_COMPLETIONS := $(PREFIX)/share/bash-completion/completions
ZSH_COMPLETIONS := $(PREFIX)/share/zsh/site-functions
FISH_COMPLETIONS := $(PREFIX)/share/fish/vendor_completions.d

# The manual and the completions are made from what the program says of its options.
install: rundlet
	install -D -m 0755 $(RUNDLET) $(DESTDIR)$(PREFIX)/bin/rundlet
	install -d $(addprefix $(DESTDIR),$(MANDIR)/man1 $(BASH_COMPLETIONS) $(ZSH_COMPLETIONS) $(FISH_COMPLETIONS))
	contrib/man/generate $(RUNDLET_PATH) > $(DESTDIR)$(MANDIR)/man1/rundlet.1
	contrib/completions/generate bash $(RUNDLET_PATH) > $(DESTDIR)$(BASH_COMPLETIONS)/rundlet
	contrib/completions/generate zsh $(RUNDLET_PATH) > $(DESTDIR)$(ZSH_COMPLETIONS)/_rundlet
	contrib/completions/generate fish $(RUNDLET_PATH) > $(DESTDIR)$(FISH_COMPLETIONS)/rundlet.fish
	chmod 0644 $(INSTALLED_TEXT)

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/rundlet $(INSTALLED_TEXT)

RUNDLET_PATH = $(abspath $(RUNDLET))
INSTALLED_TEXT = $(addprefix $(DESTDIR),$(MANDIR)/man1/rundlet.1 $(BASH_COMPLETIONS)/rundlet \
	$(ZSH_COMPLETIONS)/_rundlet $(FISH_COMPLETIONS)/rundlet.fish)

fmt:
	clang-format -i $$(git ls-files '*.c' '*.h')

clean:
	rm -rf build rundlet

.PHONY: all unit unit-bins lint e2e bench fuzz check fmt clean install uninstall
-include $(shell find $B -name '*.d' 2>/dev/null)
