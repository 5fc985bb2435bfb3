# if, while, until, for, case, functions, and ways out of them.
exec 2>/dev/null # what commands say of errors is not compared
if true; then echo 1 yes; else echo no; fi
if false; then echo no; elif true; then echo 2 elif; else echo no; fi
if false; then echo no; fi; echo "3 $?"
i=0; while [ $i -lt 3 ]; do i=$((i+1)); echo "4 $i"; done
until [ $i -eq 0 ]; do i=$((i-1)); done; echo "5 $i"
for x in a 'b c' d; do echo "6 $x"; done
for x in; do echo never; done; echo "7 $?"
set -- p q; for x do echo "8 $x"; done
for i in 1 2 3 4 5; do
	[ $i = 2 ] && continue
	[ $i = 4 ] && break
	echo "9 $i"
done
for i in 1 2; do for j in 1 2 3; do [ $j = 2 ] && continue 2; echo "10 $i$j"; done; done
for i in 1 2; do for j in 1 2 3; do [ $j = 2 ] && break 2; echo "11 $i$j"; done; done
for w in apple banana cherry 'x y' '*' ''; do
	case $w in
	a*) echo "12 a-word" ;;
	b?nana | c*) echo "12 b or c" ;;
	"x y") echo "12 quoted" ;;
	'*') echo "12 star" ;;
	"") echo "12 empty" ;;
	*) echo never
	esac
done
case x in y) echo never;; esac; echo "13 $?"
case '[a' in '[a') echo "14 bracket";; esac
case b in [!a]) echo "15 not a";; esac
case 5 in [0-9]) echo "16 digit";; esac
f() { echo "17 $1 $#"; return 7; }
f one two; echo "18 $?"
outer() { inner() { echo "19 inner"; }; inner; }
outer; inner
fact() { if [ $1 -le 1 ]; then echo 1; else echo $(($1 * $(fact $(($1 - 1))))); fi; }
echo "20 $(fact 10)"
g() { local v=in; echo "21 $v"; }
v=out; g; echo "22 $v"
{ echo "23 group"; false; }; echo "24 $?"
(v=sub; echo "25 $v"; exit 9); echo "26 $? $v"
true && echo 27 and || echo never
false && echo never || echo 28 or
false || false || echo 29 chain
! true; echo "30 $?"
! false; echo "31 $?"
! false | true; echo "32 $?"
h() { return; }
false; h; echo "33 $?"
while true; do break; done; echo "34 $?"
i=0
while :; do i=$((i+1)); case $i in 5) break;; esac; done
echo "35 $i"
eval 'x=1;' 'y=2'; echo "36 $x$y"
eval "for k in 1 2; do echo 37 \$k; done"
k=$(case x in x) echo "38 in case";; esac); echo "$k"
if ! [ -e /nonexistent ]; then echo "39 absent"; fi
trap 'echo "41 bye"' EXIT
echo "40 end" # comment
exit 0
echo never
