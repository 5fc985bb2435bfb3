# SPDX-License-Identifier: MIT
#
# Builds Tarae into build/ and starts it. `make help` lists targets and variables.
#
# Sources are found by wildcard: a new .c or .asm file in a known directory is built without a line
# here. Every object depends on the headers it included, on its flags and on the compiler's version,
# so no `make clean` is ever needed. Works with GNU make 3.81; every path in a rule is relative, so
# the checkout may lie under a path with spaces.

MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

# ---- What may be set on the command line -------------------------------------------------------

BUILD ?= build
CHECKS ?= 1
WERROR ?= 0
V ?= 0
CROSS ?=
CFLAGS ?=
ifeq ($(origin CC),default)
CC :=
endif

# Read by tools/run and tests/run; see `make help`. A $ in these two is the guest's, not make's.
ifdef CMD
override CMD := $(value CMD)
endif
ifdef APPEND
override APPEND := $(value APPEND)
endif
# Those that are not set stay so: a shell may have a SECONDS of its own, which must be a number.
defined = $(foreach v,$(1),$(if $(filter-out undefined,$(origin $(v))),$(v)))
export BUILD CHECKS WERROR CFLAGS CC CROSS $(call defined,SMP MEM CMD ADD BOOT APPEND ACCEL ICOUNT \
	FILTER SECONDS HANDOFFS YES SEED JOBS PEER SAVE COMPARE BENCH_ICOUNT ROWS BUDGETS)

$(foreach v,CHECKS WERROR V,$(if $(filter 0 1,$(subst $() ,_,$($(v)))),,\
	$(error $(v)=$($(v)): expected 0 or 1)))

ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @printf '  %-7s %s\n' $(1) '$(2)'
endif
shquote = '$(subst ','\'',$(1))'

# ---- The compiler ------------------------------------------------------------------------------

# Goals that need no compiler, and goals that start a make of their own once setup has run.
PLAIN_GOALS := help trace memory doctor setup clean format check-format layers size run test soak handoffs mutants bench
PLAIN_GOALS += gdb gdb-server console record replay
ifneq ($(filter-out $(PLAIN_GOALS),$(or $(MAKECMDGOALS),all)),)
$(shell mkdir -p $(BUILD) && sh tools/toolchain $(call shquote,$(CC)) $(call shquote,$(CROSS)) \
	>$(BUILD)/toolchain.mk)
include $(BUILD)/toolchain.mk
ifdef TOOL_ERROR
$(error $(TOOL_ERROR))
endif
endif

NASM ?= nasm
PYTHON ?= python3

# ---- Flags -------------------------------------------------------------------------------------

WARN := -Wall -Wextra -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
	-Wno-unused-parameter
ifeq ($(WERROR),1)
WARN += -Werror
ASM_WARN := -Werror
endif

COMMON_FLAGS := -std=gnu11 -O2 -g $(WARN) -fno-omit-frame-pointer -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fno-pic -fno-pie -fcf-protection=none -nostdinc \
	-DCONFIG_CHECKS=$(CHECKS)

KERNEL_FLAGS := $(COMMON_FLAGS) -ffreestanding -mcmodel=kernel -mno-red-zone -mgeneral-regs-only \
	-fno-strict-aliasing -fno-delete-null-pointer-checks -D__TARAE_KERNEL__ \
	-isystem $(TOOL_INCLUDE) -I. -Ikernel $(CFLAGS)

# Messages of checked builds name the function that took a lock; a tail call would leave it out.
ifeq ($(CHECKS),1)
KERNEL_FLAGS += -fno-optimize-sibling-calls
endif

# Programs see only the C library's headers (which may include "lib/...").
USER_FLAGS := $(COMMON_FLAGS) -Iuser/libc/include -isystem $(TOOL_INCLUDE) -iquote . $(CFLAGS)

# The demo that docs/stepping.md steps through.
STEPPED_FLAGS := -Og

# Unchecked kernels are optimised as a whole: what is called in another file can stand in line (15% of
# a pipe's round trip, 10% of a semaphore's). One partial link makes one object of all files, so that
# both links of the image have the same code. lib/ stays out, for the sake of memcpy and the like.
ifeq ($(CHECKS)$(TOOL_KIND),0gcc)
WHOLE_LINK := -flto-partition=one -flinker-output=nolto-rel -nostdlib -r
WHOLE_FLAGS := $(shell echo 'int i;' | $(TOOL_CC) -flto $(WHOLE_LINK) -x c - -o /dev/null \
	2>/dev/null && echo -flto)
endif

# For the debugger: every argument and variable lives in memory as long as its function runs, so none
# of them is ever <optimized out>.
DEBUG_FLAGS := $(KERNEL_FLAGS) -O0

# The C library must not have its memcpy loop turned into a call of memcpy.
ifeq ($(TOOL_KIND),clang)
NO_LOOP_CALLS := -fno-builtin
else
NO_LOOP_CALLS := -fno-tree-loop-distribute-patterns
endif
# Functions of libc that call no other keep no frame: 6 of the 26 instructions of a mutex.
LIBC_FLAGS := $(USER_FLAGS) -iquote user/libc -ffreestanding $(NO_LOOP_CALLS) \
	-momit-leaf-frame-pointer
KERNEL_LIB_FLAGS := $(KERNEL_FLAGS) $(NO_LOOP_CALLS)

# clang -S would otherwise try to assemble the markers in kernel/arch/offsets.c.
RAW_ASM := $(if $(filter clang,$(TOOL_KIND)),-fno-integrated-as)

KERNEL_ASM_FLAGS := -f elf64 -g -F dwarf $(ASM_WARN) -DCONFIG_CHECKS=$(CHECKS) \
	-I./ -Ikernel/ -I$(BUILD)/gen/
# Tests of the host: pure code under sanitizers. A test includes the .c files that it is about, always
# with the checks, which belong to what is tested.
HOSTCC ?= cc
HOST_FLAGS := -std=gnu11 -O1 -g $(WARN) -DHOST_TEST -DCONFIG_CHECKS=1 -I. -Ikernel \
	-fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all

USER_ASM_FLAGS := -f elf64 -g -F dwarf $(ASM_WARN) -I./ -Iuser/libc/

LINK_FLAGS := $(TOOL_LDFLAGS) -nostdlib -static -Wl,-z,noexecstack \
	-Wl,-z,max-page-size=4096 -Wl,--build-id=sha1
KERNEL_LINK_FLAGS := $(LINK_FLAGS) -Wl,-T,linker.ld
USER_LINK_FLAGS := $(LINK_FLAGS) -Wl,-z,separate-code
ifeq ($(TOOL_LINKER),lld)
USER_LINK_FLAGS += -Wl,--image-base=0x400000
else
USER_LINK_FLAGS += -Wl,-Ttext-segment=0x400000
endif

# ---- Sources -----------------------------------------------------------------------------------

OBJ := $(BUILD)/obj
objects = $(patsubst %.c,$(1)/%.o,$(patsubst %.asm,$(1)/%.asm.o,$(2)))

KERNEL_SRC := $(sort $(wildcard boot/*.asm kernel/*.c kernel/*.asm kernel/*/*.c kernel/*/*.asm \
	lib/*.c))
KERNEL_SRC := $(filter-out kernel/arch/offsets.c,$(KERNEL_SRC))
KTEST_SRC := $(sort $(wildcard tests/kernel/*.c tests/kernel/*.asm))
KERNEL_OBJ := $(call objects,$(OBJ)/kernel,$(KERNEL_SRC))
KTEST_OBJ := $(call objects,$(OBJ)/kernel,$(KTEST_SRC))
# What a kernel is linked from.
LINKED_OBJ := $(KERNEL_OBJ)
ifneq ($(WHOLE_FLAGS),)
WHOLE_OBJ := $(filter $(OBJ)/kernel/kernel/%,$(filter-out %.asm.o,$(KERNEL_OBJ)))
LINKED_OBJ := $(OBJ)/kernel-whole.o $(filter-out $(WHOLE_OBJ),$(KERNEL_OBJ))
endif
# What the debugger's kernel has instead: C without optimisation, but for lib/ (see DEBUG_FLAGS).
DEBUG_SRC := $(filter kernel/%.c,$(KERNEL_SRC))
DEBUG_OBJ := $(call objects,$(OBJ)/kernel-debug,$(DEBUG_SRC)) \
	$(call objects,$(OBJ)/kernel,$(filter-out $(DEBUG_SRC),$(KERNEL_SRC)) $(wildcard tools/gdb/*.asm))

CRT0 := $(OBJ)/user/user/libc/crt0.asm.o
LIBC_SRC := $(filter-out user/libc/crt0.asm,$(sort $(wildcard user/libc/*.c user/libc/*.asm \
	user/libc/*/*.c user/libc/*/*.asm lib/*.c)))
LIBC_OBJ := $(call objects,$(OBJ)/user,$(LIBC_SRC))
LIBC := $(BUILD)/user/libc.a

# A program is NAME.c, or a directory NAME/ with *.c and *.asm.
# $(call programs,DIR) gives its programs' names, $(call program_objects,DIR,NAME) one's objects.
programs = $(sort $(patsubst $(1)/%.c,%,$(wildcard $(1)/*.c)) \
	$(patsubst $(1)/%/,%,$(dir $(wildcard $(1)/*/*.c $(1)/*/*.asm))))
program_objects = $(call objects,$(OBJ)/user,$(wildcard $(1)/$(2).c $(1)/$(2)/*.c $(1)/$(2)/*.asm))

# What goes into the initrd has no debug information: unpacking that would take half the boot.
stripped = $(patsubst $(BUILD)/user/%,$(BUILD)/user/stripped/%,$(1))

BIN_NAMES := $(call programs,user/bin)
DEMO_NAMES := $(call programs,user/demos)
UTEST_NAMES := $(call programs,tests/user)
BIN := $(addprefix $(BUILD)/user/bin/,$(BIN_NAMES))
DEMOS := $(addprefix $(BUILD)/user/demos/,$(DEMO_NAMES))
UTESTS := $(addprefix $(BUILD)/user/tests/,$(UTEST_NAMES))
HOST_TESTS := $(patsubst tests/host/%.c,$(BUILD)/host/%,$(wildcard tests/host/*.c))
TEST_FILES := $(wildcard tests/user/scripts/*)
ROOT_FILES := $(sort $(wildcard root/* root/*/* root/*/*/* root/*/*/*/* root/*/*/*/*/*))

# ---- Targets -----------------------------------------------------------------------------------

.PHONY: all kernel debug user initrd tests host-tests
all: kernel initrd ; @:
kernel: $(BUILD)/kernel.elf ; @:
debug: $(BUILD)/kernel-debug.elf ; @:
user: $(BIN) $(DEMOS) ; @:
initrd: $(BUILD)/initrd.cpio ; @:
tests: kernel initrd $(BUILD)/kernel-debug.elf $(BUILD)/kernel-test.elf $(BUILD)/initrd-test.cpio \
	$(BUILD)/tests/tiny.elf host-tests ; @:
host-tests: $(HOST_TESTS) ; @:

.PHONY: run test soak handoffs mutants doctor setup help format check-format layers size clean

# A make of their own for the build, since setup may just have installed the compiler.
PARALLEL = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell getconf _NPROCESSORS_ONLN))

run:
	@bash tools/setup run
	@$(MAKE) $(PARALLEL) kernel initrd
	@$(PYTHON) tools/run --kernel $(BUILD)/kernel.elf --initrd $(BUILD)/initrd.cpio; status=$$?; \
	if [ -n "$$CMD" ]; then echo "exit status $$status"; fi; exit $$status

# A picture of who ran when: tools/timeline makes it.
.PHONY: trace
trace:
	@bash tools/setup run
	@$(MAKE) $(PARALLEL) kernel initrd
	@$(PYTHON) tools/run --kernel $(BUILD)/kernel.elf --initrd $(BUILD)/initrd.cpio \
		--trace $(BUILD)/trace

# Pictures of memory: tools/memory makes them.
.PHONY: memory
memory:
	@bash tools/setup run
	@$(MAKE) $(PARALLEL) kernel initrd
	@$(PYTHON) tools/run --kernel $(BUILD)/kernel.elf --initrd $(BUILD)/initrd.cpio \
		--memory $(BUILD)/memory.html

# The debugger's half is in tools/debug.
.PHONY: gdb gdb-server console record replay
gdb gdb-server record:
	@bash tools/setup debug
	@$(MAKE) $(PARALLEL) debug initrd
	@$(PYTHON) tools/debug $(@:gdb-%=%) --kernel $(BUILD)/kernel-debug.elf \
		--initrd $(BUILD)/initrd.cpio

console replay:
	@$(PYTHON) tools/debug $@

test:
	@bash tools/setup test
	@$(MAKE) $(PARALLEL) tests
	@$(PYTHON) tests/run

soak:
	@bash tools/setup run
	@$(MAKE) $(PARALLEL) tests
	@$(PYTHON) tests/run --soak

handoffs:
	@bash tools/setup run
	@$(MAKE) $(PARALLEL) tests
	@$(PYTHON) tests/run --handoffs

mutants:
	@bash tools/setup test
	@$(MAKE) $(PARALLEL) tests
	@$(PYTHON) tests/mutate

# What is measured is a kernel without checks, built beside the usual one.
BENCH_BUILD := $(BUILD)/bench
.PHONY: bench
bench:
	@bash tools/setup run
	@$(PYTHON) tools/bench/run --check
	@$(MAKE) $(PARALLEL) CHECKS=0 BUILD=$(BENCH_BUILD) kernel initrd $(BENCH_BUILD)/kernel-test.elf
	@$(PYTHON) tools/bench/run $(BENCH_BUILD)

doctor:
	@bash tools/setup doctor

setup:
	@bash tools/setup ci

format:
	@$(PYTHON) tools/format

check-format:
	@$(PYTHON) tools/format --check

layers:
	@$(PYTHON) tools/check_layers

size:
	@$(PYTHON) tools/check_size

clean:
	rm -rf $(BUILD)

help:
	@cat tools/help.txt

# ---- Stamps: a file that changes only when a command line (or a list of files) does --------------

STAMPS := cc-kernel cc-user cc-libc asm link-kernel link-user libc files-kernel files-test \
	files-initrd files-initrd-test cc-host
STAMP_cc-kernel = $(CC_LINE) $(KERNEL_FLAGS) $(KERNEL_LIB_FLAGS) $(WHOLE_FLAGS)
STAMP_cc-user = $(CC_LINE) $(USER_FLAGS) $(STEPPED_FLAGS)
STAMP_cc-libc = $(CC_LINE) $(LIBC_FLAGS)
STAMP_cc-host = $(HOSTCC) $(HOST_FLAGS)
STAMP_asm = $(NASM) $(KERNEL_ASM_FLAGS) $(USER_ASM_FLAGS)
STAMP_link-kernel = $(CC_LINE) $(KERNEL_LINK_FLAGS)
STAMP_link-user = $(CC_LINE) $(USER_LINK_FLAGS)
STAMP_libc = $(TOOL_AR) $(LIBC_OBJ)
STAMP_files-kernel = $(KERNEL_OBJ)
STAMP_files-test = $(KERNEL_OBJ) $(KTEST_OBJ)
STAMP_files-initrd = $(ROOT_FILES) $(BIN) $(DEMOS)
STAMP_files-initrd-test = $(ROOT_FILES) $(BIN) $(DEMOS) $(UTESTS) $(TEST_FILES)
CC_LINE = $(TOOL_CC) $(TOOL_VERSION)
stamps = $(addprefix $(BUILD)/stamp/,$(1))

define stamp_update
printf '%s\n' $(call shquote,$(STAMP_$(1))) >$(BUILD)/stamp/.new; \
cmp -s $(BUILD)/stamp/.new $(BUILD)/stamp/$(1) || cp $(BUILD)/stamp/.new $(BUILD)/stamp/$(1);
endef
.PHONY: update-stamps
update-stamps:
	@mkdir -p $(BUILD)/stamp; $(foreach s,$(STAMPS),$(call stamp_update,$(s)))
$(call stamps,$(STAMPS)): update-stamps ;

# ---- Objects -----------------------------------------------------------------------------------
# Of the pattern rules that fit, make 3.81 takes the first, later ones that with the shortest stem:
# the special ones come first.

# nasm describes the lines of one section of a file only, and gdb complains about the others of boot/.
asm_flags = $(filter-out $(if $(filter boot/%,$(1)),-g -F dwarf),$(KERNEL_ASM_FLAGS))

# nasm 2.16 forgets the included files when -MD does both at once.
$(OBJ)/kernel/%.asm.o: %.asm $(call stamps,asm) | $(BUILD)/gen/offsets.inc
	$(call say,NASM,$<)
	@mkdir -p $(@D)
	$(Q)$(NASM) $(call asm_flags,$<) -M -MP -MT $@ -MF $@.d $<
	$(Q)$(NASM) $(call asm_flags,$<) $< -o $@

$(OBJ)/kernel/lib/%.o: lib/%.c $(call stamps,cc-kernel)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(TOOL_CC) $(KERNEL_LIB_FLAGS) -MMD -MP -MF $@.d -c $< -o $@

$(OBJ)/kernel/%.o: %.c $(call stamps,cc-kernel)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(TOOL_CC) $(KERNEL_FLAGS) $(WHOLE_FLAGS) -MMD -MP -MF $@.d -c $< -o $@

$(OBJ)/kernel-debug/%.o: %.c $(call stamps,cc-kernel)
	$(call say,DEBUGCC,$<)
	@mkdir -p $(@D)
	$(Q)$(TOOL_CC) $(DEBUG_FLAGS) -MMD -MP -MF $@.d -c $< -o $@

$(OBJ)/user/%.asm.o: %.asm $(call stamps,asm)
	$(call say,NASM,$<)
	@mkdir -p $(@D)
	$(Q)$(NASM) $(USER_ASM_FLAGS) -M -MP -MT $@ -MF $@.d $<
	$(Q)$(NASM) $(USER_ASM_FLAGS) $< -o $@

$(OBJ)/user/lib/%.o: lib/%.c $(call stamps,cc-libc)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(TOOL_CC) $(LIBC_FLAGS) -MMD -MP -MF $@.d -c $< -o $@

$(OBJ)/user/user/libc/%.o: user/libc/%.c $(call stamps,cc-libc)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(TOOL_CC) $(LIBC_FLAGS) -MMD -MP -MF $@.d -c $< -o $@

$(OBJ)/user/user/demos/lost.o: user/demos/lost.c $(call stamps,cc-user)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(TOOL_CC) $(USER_FLAGS) $(STEPPED_FLAGS) -MMD -MP -MF $@.d -c $< -o $@

$(OBJ)/user/%.o: %.c $(call stamps,cc-user)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(TOOL_CC) $(USER_FLAGS) -MMD -MP -MF $@.d -c $< -o $@

# Struct offsets for the assembler: compiled, never run (see tools/mkoffsets).
$(BUILD)/gen/offsets.inc: $(OBJ)/kernel/kernel/arch/offsets.s tools/mkoffsets
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)sh tools/mkoffsets $< >$@

$(OBJ)/kernel/kernel/arch/offsets.s: kernel/arch/offsets.c $(call stamps,cc-kernel)
	@mkdir -p $(@D)
	$(Q)$(TOOL_CC) $(KERNEL_FLAGS) -g0 $(RAW_ASM) -MMD -MP -MF $@.d -S $< -o $@

$(KTEST_OBJ): WHOLE_FLAGS :=

$(OBJ)/kernel-whole.o: $(WHOLE_OBJ) $(call stamps,files-kernel)
	$(call say,LTO,$@)
	$(Q)$(TOOL_CC) $(KERNEL_FLAGS) $(WHOLE_FLAGS) $(WHOLE_LINK) $(WHOLE_OBJ) -o $@

# ---- Kernel images: linked once without and once with the symbol table (see tools/mksyms) --------

KSYMS_NONE := $(OBJ)/kernel/ksyms-none.o

$(BUILD)/gen/ksyms-none.c: tools/mksyms
	@mkdir -p $(@D)
	$(Q)$(PYTHON) tools/mksyms --empty >$@

$(KSYMS_NONE): $(BUILD)/gen/ksyms-none.c $(call stamps,cc-kernel)
	@mkdir -p $(@D)
	$(Q)$(TOOL_CC) $(KERNEL_FLAGS) -g0 -c $< -o $@

# $(call kernel_image,NAME,OBJECTS,STAMP)
define kernel_image
$(OBJ)/$(1).pass1: $(2) $(KSYMS_NONE) linker.ld $(call stamps,link-kernel $(3))
	$$(Q)$$(TOOL_CC) $$(KERNEL_LINK_FLAGS) $(2) $(KSYMS_NONE) -o $$@
$(BUILD)/gen/$(1)-ksyms.c: $(OBJ)/$(1).pass1 tools/mksyms
	$$(Q)$$(TOOL_NM) -n $$< | $$(PYTHON) tools/mksyms >$$@
$(OBJ)/kernel/$(1)-ksyms.o: $(BUILD)/gen/$(1)-ksyms.c
	$$(Q)$$(TOOL_CC) $$(KERNEL_FLAGS) -g0 -c $$< -o $$@
$(BUILD)/$(1).elf: $(OBJ)/$(1).pass1 $(OBJ)/kernel/$(1)-ksyms.o
	$$(call say,LINK,$$@)
	$$(Q)$$(TOOL_CC) $$(KERNEL_LINK_FLAGS) $(2) $(OBJ)/kernel/$(1)-ksyms.o -o $$@
	$$(Q)$$(TOOL_NM) -n $$@ | $$(PYTHON) tools/mksyms --check $(BUILD)/gen/$(1)-ksyms.c
endef
$(eval $(call kernel_image,kernel,$(LINKED_OBJ),files-kernel))
$(eval $(call kernel_image,kernel-debug,$(DEBUG_OBJ),files-kernel))
$(eval $(call kernel_image,kernel-test,$(LINKED_OBJ) $(KTEST_OBJ),files-test))

# ---- User programs -------------------------------------------------------------------------------

$(LIBC): $(LIBC_OBJ) $(call stamps,libc)
	$(call say,AR,$@)
	@mkdir -p $(@D)
	$(Q)rm -f $@ && $(TOOL_AR) rcs $@ $(LIBC_OBJ)

# $(call user_program,OUTPUT,OBJECTS)
define user_program
$(1): $(2) $(CRT0) $(LIBC) $(call stamps,link-user)
	$$(call say,LINK,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(TOOL_CC) $$(USER_LINK_FLAGS) $(CRT0) $(2) $(LIBC) -o $$@
$(call stripped,$(1)): $(1)
	@mkdir -p $$(@D)
	$$(Q)$$(TOOL_OBJCOPY) --strip-all $$< $$@
endef
$(foreach n,$(BIN_NAMES),$(eval $(call user_program,$(BUILD)/user/bin/$(n),$(call \
	program_objects,user/bin,$(n)))))
$(foreach n,$(DEMO_NAMES),$(eval $(call user_program,$(BUILD)/user/demos/$(n),$(call \
	program_objects,user/demos,$(n)))))
$(foreach n,$(UTEST_NAMES),$(eval $(call user_program,$(BUILD)/user/tests/$(n),$(call \
	program_objects,tests/user,$(n)))))

# The kernel that the test runner is tested with.
$(BUILD)/tests/tiny.elf: $(OBJ)/kernel/tests/boot/tiny.asm.o linker.ld $(call stamps,link-kernel)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(TOOL_CC) $(KERNEL_LINK_FLAGS) $< -o $@

# ---- Initrds -----------------------------------------------------------------------------------

initrd_parts = $(foreach f,$(2),/$(1)/$(notdir $(f))=$(call stripped,$(f)))
INITRD_PARTS = $(if $(ROOT_FILES),/=root) $(call initrd_parts,bin,$(BIN)) \
	$(call initrd_parts,demos,$(DEMOS))

$(BUILD)/initrd.cpio: $(call stripped,$(BIN) $(DEMOS)) $(ROOT_FILES) $(call stamps,files-initrd) tools/mkinitrd
	$(call say,INITRD,$@)
	$(Q)$(PYTHON) tools/mkinitrd $@ $(INITRD_PARTS)

$(BUILD)/initrd-test.cpio: $(call stripped,$(BIN) $(DEMOS) $(UTESTS)) $(ROOT_FILES) $(TEST_FILES) \
		$(call stamps,files-initrd-test) tools/mkinitrd
	$(call say,INITRD,$@)
	$(Q)$(PYTHON) tools/mkinitrd $@ $(INITRD_PARTS) \
		$(call initrd_parts,tests,$(UTESTS)) \
		$(if $(TEST_FILES),/tests/scripts=tests/user/scripts)

# ---- Tests of the host ---------------------------------------------------------------------------

$(BUILD)/host/%: tests/host/%.c $(call stamps,cc-host)
	$(call say,HOSTCC,$<)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HOST_FLAGS) -MMD -MP -MF $@.d $< -o $@

# ---- Dependencies on headers ---------------------------------------------------------------------

ifdef TOOL_CC
-include $(wildcard $(OBJ)/*/*/*.d $(OBJ)/*/*/*/*.d $(OBJ)/*/*/*/*/*.d $(OBJ)/*/*/*/*/*/*.d \
	$(BUILD)/host/*.d)
endif
