# Busybox's shell: what scripts are made of.
greet() {
	local name=$1
	echo "hello $name of $#"
	return 3
}
greet world "and more"
echo "status $?"

for word in one "two three" four; do
	case $word in
	one) echo first ;;
	*\ *) echo "a blank in <$word>" ;;
	*) echo other ;;
	esac
done

i=0
while [ $i -lt 10 ]; do
	i=$((i + 1))
	[ $((i % 2)) = 0 ] && continue
	[ $i -gt 7 ] && break
	echo "turn $i"
done
until [ $i -le 6 ]; do i=$((i - 1)); done
echo "i is $i"

path=/usr/share/doc/file.tar.gz
echo "${path##*/} ${path%/*} ${path%%.*} ${path#*.} ${#path} ${none:-default} ${path/share/lib}"
echo $((7 / 2)) $((7 % 3)) $((1 << 10)) $((0x1f)) $((5 > 3 && 2 > 3)) $((-7 / 2))

cat <<END | tr a-z A-Z
a here-document with $i and $(echo a command | sed 's/com/COM/')
END
cat <<'END'
and one without: $i $(nothing)
END

printf '%5d|%-5s|%05.1f|%x|%c|%b\n' 42 ab 3.14159 255 z 'tab\tend'
seq 1 5 | while read n; do echo "read $n"; done
printf 'a:b c:d\n' | (IFS=: read x y z && echo "$x-$y-$z")
echo one two three | { read first rest; echo "$rest, $first"; }
(exit 42) || echo "subshell said $?"
! false && echo "not false"
true | false
echo "pipeline $?"
set -- $(echo x y z)
echo "$# $2 $*"
shift 2
echo "$@"
while getopts ab:c option -a -b value -c; do echo "option $option ${OPTARG-none}"; done
trap 'echo "on exit"' EXIT
(trap 'echo "inner exit"' EXIT; echo inner)
type greet echo | sed 's/ .*function/ function/'
eval 'x=$((6 * 7))'; echo $x
test -n "$x" -a $x -eq 42 && echo yes
[ 10 -gt 9 ] && [ a != b ] && [ ! -e /none ] && echo "tests"
echo out; echo err >&2
{ echo both; echo ways >&2; } >both.txt 2>&1
cat both.txt
exec 3>three.txt; echo "to three" >&3; exec 3>&-; cat three.txt
cat <three.txt >copy.txt; cat copy.txt three.txt >>copy2.txt; wc -l <copy2.txt
no_such_command 2>/dev/null; echo "not found $?"
echo "$(echo "nested $(echo "more $(echo deep)")")"
alias say=echo
: ${unset:=was set}; echo "$unset"
umask 027; umask
echo *.txt
cd / && pwd && cd - >/dev/null && [ "$PWD" != / ] && echo back
