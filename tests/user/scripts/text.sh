# Programs that read and write text.
exec 2>/dev/null # what commands say of errors is not compared
d=/tmp/text.$$; mkdir -p $d; cd $d
seq 100 >n; printf 'one two\n  three\n\nlast' >w; : >e
echo "== cat"; cat w e w; echo; cat -n w; echo; cat nonexistent n >/dev/null; echo $?
echo in | cat - w | head -n 1
echo "== head, tail"; head -n 3 n; head -2 n; head -c 7 n; head n | wc -l
tail -n 3 n; tail -2 n; tail -c 4 n; tail -n +99 n; cat n | tail -n 1; cat n | tail -c +290
head -n 1 n w; tail -n 0 n; head -n 0 n; head nonexistent; echo $?
head -n 2 nonexistent w; echo $?
(head -n 1 >/dev/null; head -n 1) <n
echo "== wc"; wc -l n; wc -w <w; wc -c <w; wc n w | while read l w b f; do echo "$l $w $b $f"; done
echo "== seq"; seq 3; seq 2 4; seq 5 -2 1; seq -w 9 11; seq -s, 3; seq 0.5 0.25 1; seq -1 1; seq 2 1
seq x; echo $?
echo "== tee"; echo a | tee f g; echo b | tee -a f >/dev/null; cat f g
echo "== sort"; printf 'b\na\nC\na\n' >s; sort s; sort -u s; sort -r s; sort -f s
printf '10\n9\n-1\n2.5\n2.25\n' | sort -n
printf 'x 3\ny 1\nz 2\n' | sort -k2; printf 'x:3\ny:1\nz:20\n' | sort -t: -k2 -nr
printf 'b 1\na 1\nc 0\n' | sort -k2,2n -k1,1r
sort -n n | tail -n 1; sort nonexistent; echo $?
echo "== grep"; grep 9 n | head -n 3; grep -c 1 n; grep -v '[0-8]' n; grep -n 50 n; grep -q 5 n; echo $?
grep x n; echo $?; grep x nonexistent; echo $?; grep -i ONE w; grep -E '^(1|2)0$' n; grep '^1\{2\}$' n
grep -x 7 n; grep -w two w; grep -F . w; grep -l 1 n w; grep -h 7. n e; grep -e 11 -e 22 n
grep -E 'a|' e; echo $?; grep '' w | wc -l; grep -E '(a' w; echo $?; mkdir sub; cp w sub; grep -r three . | sort
echo 'a*b' | grep 'a\*b'; echo 'a.b' | grep -F 'a.b'; echo axb | grep 'a[^a-w]b'; echo ']' | grep '[]]'
echo "== others"; basename /a/b.c .c; dirname /a/b.c; dirname x; basename /; yes | head -n 2; yes a b | head -n 1
echo -n x; echo; echo -e 'a\tb\n\x41\0101'; printf 'A\001\377text that fills\n' | hexdump; head -c 64 /dev/zero | hexdump -C
env -i A=1 env; env B=2 sh -c 'echo $B'; date +%% ; true; echo $?; false; echo $?; sleep 0; echo $?; sleep x; echo $?
for p in cat head tail wc sort grep seq tee hexdump sleep uname; do $p --help >/dev/null; [ $? -ne 0 ] || echo "$p: no usage"; done
cat w >/dev/full; echo $?; seq 5 >/dev/full; echo $?; seq 20000 | head -n 1
echo "== nowhere to write"
yes | grep y >/dev/full; echo $?; yes | cat -n >/dev/full; echo $?; hexdump -v /dev/zero >/dev/full; echo $?
seq 1 99999999999 >/dev/full; echo $?; yes >/dev/full; echo $?; sort n >/dev/full; echo $?; grep 1 n >/dev/full; echo $?
seq 20000 | tail -n 0; seq 20000 | tail -c 0; seq 20000 | tail -n 1
cd /; rm -r $d
