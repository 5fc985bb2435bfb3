#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The build itself, on a toy tree under a path with a space and Hangul in it: everything is built,
# nothing is built twice, and what depends on a changed header, flag, list of files or compiler is
# built again; with CROSS=prefix- nothing of the machine is made by the host's tools.

set -e
unset BUILD MAKEFLAGS MAKELEVEL MFLAGS CC CROSS CHECKS
scratch=$(mktemp -d "${TMPDIR:-/tmp}/tarae-build-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
tree="$scratch/a 한글 tree"
mkdir "$tree"
cp -R Makefile linker.ld tools "$tree"
cd "$tree"

fail() { echo "build: $*"; exit 1; }
# rebuilt WHAT… (or nothing): what the last make printed must name exactly these, in any order.
rebuilt() {
	local found
	found=$(sed -n 's/^  [A-Z]*  *//p' log | sort | tr '\n' ' ')
	[ "$found" = "$(printf '%s\n' "$@" | sort | tr '\n' ' ' | sed 's/^ $//')" ] ||
		fail "after $after: expected $*, built $found"
}
run() { make "$@" >log 2>&1 || { cat log; fail "make $* failed"; }; }

mkdir -p boot kernel/arch lib user/libc/include user/bin/two tests/kernel tests/user root/etc
cat >boot/entry.asm <<'END'
%include "offsets.inc"
section .note.pvh note alloc noexec nowrite align=4
	dd 4, 8, 18
	db "Xen", 0
	dq boot_entry
section .boot alloc exec nowrite
global boot_entry
boot_entry:
	dd POINT_Y
section .text
extern kernel_main
	call kernel_main
END
cat >kernel/arch/offsets.c <<'END'
#include <stddef.h>
struct point { int x, y; };
void offsets(void);
void offsets(void)
{
	asm volatile("\n.ascii \"->POINT_Y %c0\"" : : "i"(offsetof(struct point, y)));
}
END
echo 'int shared(void);' >lib/shared.h
printf '#include "lib/shared.h"\nint shared(void) { return 3; }\n' >lib/shared.c
cat >kernel/main.c <<'END'
#include "lib/shared.h"
void kernel_main(void);
void kernel_main(void) { shared(); }
END
printf 'global _start\nextern main\nsection .text\n_start: jmp main\n' >user/libc/crt0.asm
echo '#define EXIT 0' >user/libc/include/exit.h
printf '#include <exit.h>\nint main(void) { return EXIT; }\n' >user/bin/one.c
cp user/bin/one.c user/bin/two/two.c
echo 'int main(void) { return 1; }' >tests/user/check.c
echo 'int ktest(void); int ktest(void) { return 1; }' >tests/kernel/k.c
echo hello >root/etc/motd
B=build/user/bin

goals="kernel initrd build/kernel-test.elf build/initrd-test.cpio"
run $goals
after="everything"
run $goals
rebuilt

after="a header of both"
touch lib/shared.h
run $goals
rebuilt kernel/main.c lib/shared.c lib/shared.c build/user/libc.a build/kernel.elf \
	build/kernel-test.elf $B/one $B/two build/user/tests/check build/initrd.cpio \
	build/initrd-test.cpio
after="a header of the C library"
touch user/libc/include/exit.h
run initrd
rebuilt user/bin/one.c user/bin/two/two.c $B/one $B/two build/initrd.cpio
after="a removed header"
rm user/libc/include/exit.h
sed -i.old 's/.*exit.h.*//; s/EXIT/0/' user/bin/one.c user/bin/two/two.c
run initrd
after="a changed offset"
sed -i.old 's/int x, y/int x, z, y/' kernel/arch/offsets.c
run kernel
rebuilt build/gen/offsets.inc boot/entry.asm build/kernel.elf
grep -q '%define POINT_Y 8' build/gen/offsets.inc || fail "offset not updated"
after="a flag"
run kernel CFLAGS=-DX
rebuilt kernel/main.c lib/shared.c build/gen/offsets.inc boot/entry.asm build/kernel.elf
after="a new program"
cp user/bin/one.c user/bin/three.c
run initrd CFLAGS=-DX
grep -q 'bin/three' log || fail "new program not built"
after="a removed program"
rm user/bin/three.c
run initrd CFLAGS=-DX
rebuilt build/initrd.cpio
grep -aq 'bin/three' build/initrd.cpio && fail "removed program still in the initrd"
after="a removed test"
run $goals CFLAGS=-DX
rm tests/kernel/k.c
run $goals CFLAGS=-DX
rebuilt build/kernel-test.elf
after="CHECKS=0"
run kernel CFLAGS=-DX CHECKS=0
grep -q kernel/main.c log || fail "CHECKS=0 rebuilt nothing"
[ -z "$(find . -type f -name '*.o' ! -path './build/*')" ] || fail "objects outside build/"
after="CROSS="
mkdir cross tests/host
echo 'int main(void) { return 0; }' >tests/host/h.c
for tool in "gcc TOOL_CC" "ar TOOL_AR" "nm TOOL_NM" "objcopy TOOL_OBJCOPY"; do
	command=$(sed -n "s/^${tool#* } := //p" build/toolchain.mk)
	printf '#!/bin/sh\nexec %s "$@"\n' "$command" >"cross/odd-elf-${tool%% *}"
done
chmod +x cross/*
PATH="$tree/cross:$PATH" run $goals host-tests V=1 CROSS=odd-elf- HOSTCC=cc
sed -i.old 's/^rm -f .* && //' log
for tool in gcc ar nm objcopy; do
	grep -q "^odd-elf-$tool " log || fail "CROSS: odd-elf-$tool was not used"
done
grep -E '^(gcc|cc|clang|ar|nm|objcopy|ld) ' log >own || true
[ "$(grep -c . own)" = 1 ] && grep -q '^cc .*tests/host/h.c' own ||
	fail "CROSS: one call of the host's own tools expected, for its test: $(cut -c-150 own)"
after="a missing compiler"
make CC=no-such-compiler kernel >log 2>&1 && fail "built without a compiler"
grep -q 'CC=no-such-compiler: no such command' log || fail "unclear message: $(cat log)"
for wrong in CHECKS=2 WERROR=yes V=; do
	after=$wrong
	make $wrong kernel >log 2>&1 && fail "built"
	grep -q "$wrong: expected 0 or 1" log || fail "unclear message: $(cat log)"
done
echo "build: fine"
