# crons: builds cronsd, crons-shim and cronsctl into build/.
# Targets: all check san lint install demo demo-stop soak fuzz bench clean

CC ?= cc
B ?= build
CSTD = -std=c17 -D_GNU_SOURCE
WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wwrite-strings -Wformat=2 -Wpointer-arith -Wvla -Wswitch-enum
HARD = -O2 -g -fstack-protector-strong -D_FORTIFY_SOURCE=3 -fPIE
CFLAGS ?= $(HARD)
ALL_CFLAGS = $(CSTD) $(WARN) $(CFLAGS) -MMD -MP
LDFLAGS ?= -pie -Wl,-z,relro,-z,now
LIBS_SHARE = -lbsd
LIBS_CRONSD = -lsqlite3 -linih -lzstd -lbsd -lpthread
LIBS_CRONSCTL = -lsmartcols -lbsd

SHARE_O = $(patsubst %.c,$(B)/obj/%.o,$(wildcard share/*.c))
CRONSD_O = $(patsubst %.c,$(B)/obj/%.o,$(filter-out cronsd/shim%.c cronsd/main.c,$(wildcard cronsd/*.c)))
CRONSCTL_O = $(patsubst %.c,$(B)/obj/%.o,$(filter-out cronsctl/main.c,$(wildcard cronsctl/*.c)))
UNITS = $(patsubst tests/unit/%.c,$(B)/test/unit/%,$(wildcard tests/unit/*.c))

all: $(B)/libshare.a

$(B)/libshare.a: $(SHARE_O)
	ar rcs $@ $^

$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(B)/test/unit/%: tests/unit/%.c $(B)/libshare.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -o $@ $< $(B)/libshare.a $(LDFLAGS) -lcmocka $(LIBS_SHARE)

clean:
	rm -rf build

-include $(wildcard $(B)/obj/*/*.d $(B)/test/unit/*.d)
.PHONY: all check clean
