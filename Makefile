# crons: builds cronsd, crons-shim and cronsctl into build/.
# Targets: all check san lint install demo demo-stop soak fuzz bench clean
#
# Sources are found by wildcard; where each may stand and what it may include
# is checked by tests/floors.sh. Everything built lies below $(B); `make san`
# is this same file with another B and other flags.

PREFIX ?= /usr/local
# yes: crontab(1) is ours too; not by itself, for cron may be there still. Its
# page is left out then, and that of the format has another name.
CRONTAB_LINK ?= no
UNITDIR ?= $(PREFIX)/lib/systemd/system
B ?= build
MAKEFLAGS += --no-print-directory
# As many jobs as processors unless -j says otherwise.
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc)
endif

CC ?= cc
CFLAGS ?= -O2 -g -fstack-protector-strong -D_FORTIFY_SOURCE=3 -fPIE
LDFLAGS ?= -pie -Wl,-z,relro,-z,now
WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wwrite-strings -Wformat=2 -Wpointer-arith -Wvla -Wswitch-enum
BASE = -std=c17 -D_GNU_SOURCE -I. -I$(B) $(WARN)
ALL_CFLAGS = $(BASE) $(CFLAGS)
LIBS_CRONSD = -lsqlite3 -linih -lzstd -lbsd -lpthread -lm
LIBS_CRONSCTL = -lsmartcols -lzstd -lbsd -lm
LIBS_TEST = -lcmocka -lsmartcols $(LIBS_CRONSD)

# The shim is static and small: musl if there is one, else glibc, else dynamic
# with a warning. The kernel's headers come after musl's own. Under the
# sanitizers, which cannot be linked statically, it is like the rest.
SHIM ?= static
SHIM_OPT = -Os -g -fstack-protector-strong -fno-pie -ffunction-sections
# Each mapping of the program is copied twice a run: as few as can be.
SHIM_STATIC = -static -no-pie -Wl,-z,norelro,-z,noseparate-code
MUSL := $(shell command -v musl-gcc)
ARCH := $(shell $(CC) -print-multiarch 2>/dev/null)
ifeq ($(SHIM),dynamic)
SHIM_CC = $(CC)
SHIM_CFLAGS = $(ALL_CFLAGS)
SHIM_LINK = $(LDFLAGS)
else ifneq ($(MUSL),)
SHIM_CC = $(MUSL)
SHIM_CFLAGS = $(BASE) $(SHIM_OPT) -idirafter /usr/include \
	-idirafter /usr/include/$(ARCH)
SHIM_LINK = $(SHIM_STATIC)
else
SHIM_CC = $(CC)
SHIM_CFLAGS = $(BASE) $(SHIM_OPT)
SHIM_LINK = $(SHIM_STATIC)
endif
SHIM_LINK += -Wl,--gc-sections

# The modules of run file and /proc are part of the daemon and of the shim.
SHIM_C = $(wildcard cronsd/shim*.c cronsd/spool*.c cronsd/procs.c)
SHARE_C = $(wildcard share/*.c)
CRONSD_C = $(filter-out cronsd/shim%.c cronsd/main.c cronsd/pam.c, \
	$(wildcard cronsd/*.c))
CRONSCTL_C = $(filter-out cronsctl/main.c,$(wildcard cronsctl/*.c))
SCHEMA = $(wildcard cronsd/schema/*.sql)
UNITS = $(patsubst tests/unit/%.c,$(B)/test/unit/%,$(wildcard tests/unit/*.c))
FUZZ = $(patsubst tests/fuzz/fuzz_%.c,$(B)/test/fuzz/fuzz_%, \
	$(wildcard tests/fuzz/fuzz_*.c))
TOOLS = $(patsubst tests/tools/%.c,$(B)/test/tools/%, \
	$(wildcard tests/tools/*.c))
BENCHES = $(patsubst tests/bench/%.c,$(B)/test/bench/%, \
	$(wildcard tests/bench/*.c))

# The helper for PAM sessions is built where there is PAM to build with.
PAM ?= $(shell echo '\#include <security/pam_appl.h>' | \
	$(CC) -E - >/dev/null 2>&1 && echo yes)

# A program is built as soon as its main is there.
PROGRAMS = $(if $(wildcard cronsd/main.c),$(B)/cronsd) \
	$(if $(wildcard cronsd/shim.c),$(B)/crons-shim) \
	$(if $(wildcard cronsctl/main.c),$(B)/cronsctl) \
	$(if $(filter yes,$(PAM)),$(B)/crons-pam)
TEST_PROGRAMS = $(if $(wildcard cronsd/main.c),$(B)/test/cronsd) \
	$(if $(wildcard cronsd/shim.c),$(B)/test/crons-shim)

all: $(PROGRAMS) $(B)/libshare.a $(B)/libcronsd.a $(B)/libcronsctl.a

tests: all $(TEST_PROGRAMS) $(UNITS) $(FUZZ) $(TOOLS) $(BENCHES)

# Stamps change only when what they hold does: new flags rebuild everything,
# an added or removed source the archives and the generated schema.
export FLAGS_NOW = $(CC) $(ALL_CFLAGS) $(LDFLAGS) $(SHIM_CC) $(SHIM_CFLAGS)
export SOURCES_NOW = $(SHARE_C) $(CRONSD_C) $(CRONSCTL_C) $(SHIM_C) $(SCHEMA)
$(B)/flags: FORCE
	@mkdir -p $(B)
	@printf '%s\n' "$$FLAGS_NOW" | cmp -s - $@ || \
		printf '%s\n' "$$FLAGS_NOW" >$@
$(B)/sources: FORCE
	@mkdir -p $(B)
	@printf '%s\n' "$$SOURCES_NOW" | cmp -s - $@ || \
		printf '%s\n' "$$SOURCES_NOW" >$@

# Warnings are kept beside the object: `make check` compiles those again with
# -Werror, so that a warning seen by `make all` cannot hide in a fresh object.
define compile
@mkdir -p $(@D)
@echo "  CC  $@"
@$(1) $(WERROR) -MMD -MP -c -o $@ $< 2>$@.warn || { cat $@.warn >&2; exit 1; }
@cat $@.warn >&2
endef
define archive
@rm -f $@
@ar rcs $@ $(filter %.o,$^)
endef
define link
@echo "  LD  $@"
@$(1)
endef

$(B)/obj/%.o: %.c $(B)/flags | $(B)/gen/schema.h
	$(call compile,$(CC) $(ALL_CFLAGS))
$(B)/test/obj/%.o: %.c $(B)/flags | $(B)/gen/schema.h
	$(call compile,$(CC) $(ALL_CFLAGS) -DCRONS_FAILPOINTS)
$(B)/shim/%.o: cronsd/%.c $(B)/flags
	$(call compile,$(SHIM_CC) $(SHIM_CFLAGS))
$(B)/test/shim/%.o: cronsd/%.c $(B)/flags
	$(call compile,$(SHIM_CC) $(SHIM_CFLAGS) -DCRONS_FAILPOINTS)
$(B)/test/%.o: tests/%.c $(B)/flags | $(B)/gen/schema.h
	$(call compile,$(CC) $(ALL_CFLAGS) -Itests)

$(B)/libshare.a: $(SHARE_C:%.c=$(B)/obj/%.o) $(B)/sources
	$(archive)
$(B)/libcronsd.a: $(CRONSD_C:%.c=$(B)/obj/%.o) $(B)/sources
	$(archive)
$(B)/libcronsctl.a: $(CRONSCTL_C:%.c=$(B)/obj/%.o) $(B)/sources
	$(archive)
$(B)/test/libcronsd.a: $(CRONSD_C:%.c=$(B)/test/obj/%.o) $(B)/sources
	$(archive)

$(B)/cronsd: $(B)/obj/cronsd/main.o $(B)/libcronsd.a $(B)/libshare.a
	$(call link,$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS_CRONSD))
$(B)/test/cronsd: $(B)/test/obj/cronsd/main.o $(B)/test/libcronsd.a \
		$(B)/libshare.a
	$(call link,$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS_CRONSD))
$(B)/cronsctl: $(B)/obj/cronsctl/main.o $(B)/libcronsctl.a $(B)/libshare.a
	$(call link,$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS_CRONSCTL))

$(B)/crons-pam: $(B)/obj/cronsd/pam.o
	$(call link,$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lpam)

define link-shim
@echo "  LD  $@"
@$(SHIM_CC) $(SHIM_CFLAGS) $(SHIM_LINK) -o $@ $(filter %.o,$^) || { \
	echo "warning: $@ cannot be static here; it will cost more memory" \
	    >&2; \
	$(CC) $(SHIM_CFLAGS) -no-pie -o $@ $(filter %.o,$^); }
endef
$(B)/crons-shim: $(SHIM_C:cronsd/%.c=$(B)/shim/%.o) $(B)/sources
	$(link-shim)
$(B)/test/crons-shim: $(SHIM_C:cronsd/%.c=$(B)/test/shim/%.o) $(B)/sources
	$(link-shim)

# cronsd/schema/NAME.sql -> one row { "NAME", number, text } of an array; the
# number is the digits that NAME ends with.
$(B)/gen/schema.h: $(SCHEMA) $(B)/sources contrib/embed-sql
	@mkdir -p $(@D)
	@contrib/embed-sql $(SCHEMA) >$@.new
	@if cmp -s $@.new $@; then rm $@.new; touch $@; else mv $@.new $@; fi

# A test may include the .c it tests: the archives only fill the gaps.
TEST_LIBS = $(B)/libcronsd.a $(B)/libcronsctl.a $(B)/libshare.a
$(B)/test/unit/%: $(B)/test/unit/%.o $(TEST_LIBS)
	$(call link,$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS_TEST))
$(B)/test/fuzz/fuzz_%: $(B)/test/fuzz/fuzz_%.o $(B)/test/fuzz/driver.o \
		$(TEST_LIBS)
	@echo "  LD  $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) -Wl,--defsym=fuzz_one=$(@F) -o $@ $^ \
		$(LIBS_TEST)
$(B)/test/tools/%: $(B)/test/tools/%.o $(B)/libcronsd.a $(B)/libshare.a
	$(call link,$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lbsd)
$(B)/test/bench/%: $(B)/test/bench/%.o $(B)/libshare.a
	$(call link,$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lbsd)
.SECONDARY:

# T="words" runs only the tests whose names hold one of the words.
check:
	@contrib/deps check
	@find $(B) -name '*.warn' -size +0 2>/dev/null | \
		while read -r w; do rm -f "$${w%.warn}"; done
	@$(MAKE) WERROR=-Werror tests
	@CRONS_BUILD="$(CURDIR)/$(B)" tests/run $(T)

# Everything, the shim too, under AddressSanitizer and UBSan. Warnings are off:
# instrumented code makes gcc see things, and make check has looked already.
SAN = -fsanitize=address,undefined -fno-sanitize-recover=undefined
# gcc's shared libubsan writes its reports to stderr whatever log_path says:
# into the log of a daemon, which nobody reads.
SAN_LINK = $(shell $(CC) --version | grep -q clang || echo -static-libubsan)
SAN_ARGS = B=build/san SHIM=dynamic LDFLAGS='-pie $(SAN) $(SAN_LINK)' \
	CFLAGS='-O1 -g -w -fno-omit-frame-pointer -fPIE $(SAN)'
san:
	@contrib/deps check
	@$(MAKE) $(SAN_ARGS) tests
	@CRONS_BUILD="$(CURDIR)/build/san" CRONS_SAN=1 tests/run $(T)

lint:
	@contrib/deps ci
	@$(MAKE) $(B)/gen/schema.h
	@LINT_FLAGS="$(BASE)" CRONS_BUILD="$(CURDIR)/$(B)" tests/run --lint

# The cases that have a long form, in it.
soak:
	@contrib/deps check
	@$(MAKE) tests
	@CRONS_BUILD="$(CURDIR)/$(B)" tests/run --soak $(T)

fuzz:
	@contrib/deps check
	@$(MAKE) $(SAN_ARGS) tests
	@CRONS_BUILD="$(CURDIR)/build/san" CRONS_SAN=1 tests/run --fuzz $(T)

bench:
	@contrib/deps check
	@$(MAKE) tests
	@CRONS_BUILD="$(CURDIR)/$(B)" tests/run --bench $(T)

demo:
	@contrib/deps build
	@$(MAKE) all
	@tests/demo/start

demo-stop:
	@tests/demo/stop

# cronsd looks for the shim beside itself, then in ../libexec/crons.
D = $(DESTDIR)$(PREFIX)
install: all
	install -d $(D)/sbin $(D)/bin $(D)/libexec/crons $(DESTDIR)$(UNITDIR)
	install -m 755 $(B)/cronsd $(D)/sbin/cronsd
	install -m 755 $(B)/crons-shim $(D)/libexec/crons/crons-shim
	install -m 755 $(B)/cronsctl $(D)/bin/cronsctl
	if [ -e $(B)/crons-pam ]; then install -m 755 $(B)/crons-pam \
		$(D)/libexec/crons/crons-pam; fi
	install -d $(D)/libexec/crons/hooks
	install -m 644 contrib/hooks/README contrib/hooks/common.sh \
		$(D)/libexec/crons/hooks
	install -m 755 contrib/hooks/webhook contrib/hooks/slack \
		contrib/hooks/dingtalk contrib/hooks/ntfy \
		contrib/hooks/healthchecks $(D)/libexec/crons/hooks
	sed 's,@SBIN@,$(PREFIX)/sbin,' contrib/cronsd.service | \
		install -m 644 /dev/stdin $(DESTDIR)$(UNITDIR)/cronsd.service
	install -m 644 contrib/crons-limits.service $(DESTDIR)$(UNITDIR)
	for page in man/*.[1-9]; do \
		name=$${page#man/}; \
		case $(CRONTAB_LINK):$$name in \
		yes:*) ;; \
		*:crontab.1) continue ;; \
		*:crontab.5) name=crons-crontab.5 ;; \
		esac; \
		install -D -m 644 $$page \
			$(D)/share/man/man$${page##*.}/$$name || exit 1; \
	done
	if [ $(CRONTAB_LINK) = yes ]; then \
		ln -sf cronsctl $(D)/bin/crontab; fi

clean:
	rm -rf build

FORCE:
-include $(shell find $(B) -path $(B)/san -prune -o -type f -name '*.d' -print \
	2>/dev/null)
.PHONY: all tests check san lint soak fuzz bench demo demo-stop install clean \
	FORCE
