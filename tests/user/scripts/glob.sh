# File name patterns.
exec 2>/dev/null # what commands say of errors is not compared
d=/tmp/glob.$$; mkdir -p $d/sub/deep $d/other; cd $d
for f in a b ab abc 'with space' .hidden x.c y.c z.h '[odd]' 'star*'; do : >"$f"; done
: >sub/one.c; : >sub/two.c; : >sub/deep/three.c; : >other/four.c
echo *
echo ?
echo [ab]
echo [!ab]
echo [a-c]*
echo *.c *.h
echo .h*
echo no*match '*.c' "*.c" \*.c
echo */*.c
echo */*/*.c
echo s*/
echo ./a* sub/../a*
p='*.c'; echo $p "$p"
echo "x"*.c 'y'*
echo \[odd\] '['*
echo star\*
echo [[:alpha:]] [[:upper:]]
for f in *' '*; do echo "<$f>"; done
set -f; echo *; set +f
cd /; echo /tm[p] /tmp/glob.$$/x* | while read a b; do echo "$a ${b##*/}"; done
rm -r $d
