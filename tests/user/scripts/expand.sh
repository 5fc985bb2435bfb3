# Parameters and arithmetic.
exec 2>/dev/null # what commands say of errors is not compared
unset u; e=; v=value
echo "1 ${u-d} ${e-d} ${v-d}"
echo "2 ${u:-d} ${e:-d} ${v:-d}"
echo "3 ${u+a} ${e+a} ${v+a}"
echo "4 ${u:+a} ${e:+a} ${v:+a}"
echo "5 ${#v} ${#u} ${#}"
echo "6 ${n=set} $n ${n=again} ${e:=full} $e"
f=/usr/lib/libfoo.so.1
echo "7 ${f#*/} ${f##*/} ${f%.*} ${f%%.*} ${f%/*}"
p='*'
echo "8 ${f#"$p"/} ${f#$p/}"
echo "9 ${u:-"a  b"} ${u:-a  b}" ${u:-c  d} ${u:-"c  d"}
echo "10 ${u:-${v:-x}} ${u:-$(echo sub)}"
(echo ${u?gone}) 2>/dev/null || echo "11 failed"
(echo ${u:?}) 2>/dev/null || echo "12 failed"
echo "13 $((1+2*3)) $(( (1+2)*3 )) $((7/2)) $((-7/2)) $((7%3)) $((1<<4)) $((0x10)) $((010))"
i=5
echo "14 $((i)) $((i+1)) $((i*=2)) $i $((i=3)) $i $((i>2?10:20)) $((i==3&&i!=4)) $((i<1||0))"
echo "15 $((!0)) $((~0)) $((-i)) $((i&1)) $((i|8)) $((i^1)) $(($i+$((1+1))))"
(echo $((1/0))) 2>/dev/null || echo "16 division failed"
echo "17 $((0 && 1/0)) $((1 || 1/0))"
set -- a b c d e f g h i j k
echo "18 $1 ${10} $10 $# ${11}"
shift 3
echo "19 $1 $#"
echo "20 $?"
x=$(exit 4); echo "21 $?"
HOME=/home/me
echo ~ ~/x "~" \~ x~
a=1 b=$((a+1))
echo "22 $a$b"
