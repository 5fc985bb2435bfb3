# test, read, printf, cd, set, unset, and friends.
exec 2>/dev/null # what commands say of errors is not compared
t() { if "$@"; then echo "yes: $*"; else echo "no: $*"; fi; }
t [ a ]; t [ "" ]; t [ ]
t [ a = a ]; t [ a = b ]; t [ a != b ]; t [ -n "" ]; t [ -z "" ]
t [ 1 -eq 01 ]; t [ 2 -lt 10 ]; t [ 2 -ge 3 ]; t [ -5 -lt 0 ]
t [ -d / ]; t [ -f / ]; t [ -e /nonexistent ]; t [ -c /dev/null ]; t [ -r / ]
t [ a -a b ]; t [ a -a "" ]; t [ "" -o b ]; t [ ! a ]; t [ ! "" ]; t [ "(" a ")" ]
t [ -n = -n ]; t [ ! = ! ]; t [ "(" = "(" ]; t test a = a -a b = b
test x -eq 1 2>/dev/null; echo "status $?"
printf '%s-%s\n' a b c d; printf '%5d|%-5d|%05d|%x|%o|%c\n' 42 42 42 255 8 xyz
printf '%s\n'; printf 'no newline'; printf '\n\ttab\\ \101\n'; printf '%b' 'a\nb\n'
printf '%.2s|%5.1s|%*d\n' abcdef xyz 6 7; printf '%d%%\n' 0x1f
echo 'one two three' | { read a b; echo "<$a> <$b>"; }
echo '  lead  trail  ' | { read a; echo "<$a>"; }
echo 'back\slash a\ b' | { read a b; echo "<$a> <$b>"; }
echo 'back\slash a\ b' | { read -r a b; echo "<$a> <$b>"; }
echo 'a:b:c' | { IFS=: read x y; echo "<$x> <$y>"; }
printf 'no newline' | { read a; echo "$? <$a>"; }
read a </dev/null; echo "$?"
cd /tmp; pwd; cd /; cd - >/dev/null; pwd; echo $OLDPWD; cd /nonexistent 2>/dev/null; echo $?
set -- a 'b c'; echo "$# $2"; set --; echo $#
x=1; unset x; echo "<$x>"; readonly r=1; (r=2) 2>/dev/null || echo "readonly kept $r"
(set -e; false; echo never); echo "errexit $?"
(set -e; if false; then :; fi; false || true; ! true; echo reached)
(set -e; f() { false; echo in f; }; f || true; f; echo never); echo "errexit $?"
(set -u; echo $undefined; echo never) 2>/dev/null; [ $? -ne 0 ] && echo nounset
(set -x; echo traced) 2>&1
umask 022; umask; type cd >/dev/null && echo type
command -v cd; command echo direct
: ignored words; true; echo $?; false; echo $?
exec 3>&1; echo over three >&3; exec 3>&-
(exec echo replaced; echo never)
echo "x=sourced; echo \$x; return 4; echo never" >/tmp/src.$$; . /tmp/src.$$; echo "$? $x"; rm /tmp/src.$$
shift 5 2>/dev/null || echo "cannot shift"
echo -n no newline; echo; echo -e 'a\tb'; echo - -- -x
a=b; export a; sh -c 'echo $a'; (exit 300); echo $?
kill -l >/dev/null && echo listed; kill -0 $$ && echo "I am"
# A number that does not fit is nobody, and not what is left of it: -1 would be everybody.
for pid in 99999999999999999999 4294967295 -4294967297 1x; do kill -0 $pid; echo $?; env kill -0 $pid; echo $?; done
kill -99999; echo $?; env kill -99999; echo $?
