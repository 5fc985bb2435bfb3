# Background jobs, signals, pipes and FIFOs, under busybox's shell.
(exit 5) &
wait $!
echo "exit $?"
sleep 1000 &
kill $!
wait $! 2>/dev/null
echo "killed $?"
sleep 1000 &
kill -9 $!
wait $! 2>/dev/null
echo "killed hard $?"

# Three jobs, ended in another order than they were begun.
mkfifo a b c
(read x <a; echo "a got $x"; echo go >b) &
(read x <b; echo "b got $x"; echo go >c) &
(read x <c; echo "c got $x") &
echo start >a
wait
echo "all done $?"

# A process that stops and goes on.
(while :; do sleep 0.05; done) &
kill -STOP $!
until grep -q '^State:.*T' /proc/$!/status; do :; done
echo stopped
kill -CONT $!
until ! grep -q '^State:.*T' /proc/$!/status; do :; done
echo continued
kill $!
wait $! 2>/dev/null
echo "ended $?"

trap 'echo "got USR1"' USR1
kill -USR1 $$
trap 'echo "got TERM in the middle"; exit 9' TERM
(kill -TERM $$) &
wait
trap - TERM
(trap '' INT; kill -INT $(exec sh -c 'echo $PPID'); echo "ignored INT")

yes | head -n 3
yes 2>/dev/null | (read x; echo "read $x")
timeout 0.2 sleep 100
echo "timeout $?"
timeout 100 true
echo "no timeout $?"
seq 1 20 | xargs -n 7 echo args
seq 1 6 | xargs -n 1 -P 3 sh -c 'exit 0'
echo "xargs $?"
seq 1 3 | xargs -I{} echo "<{}>"
seq 1 3 | xargs false
echo "xargs of false $?"

# Many at once, each with its own file.
for i in $(seq 1 30); do
	(echo $((i * i)) >out.$i) &
done
wait
cat out.* | sort -n | tr '\n' ' '
echo
i=0
while [ $i -lt 40 ]; do
	(cat >/dev/null </dev/zero & kill $!; wait $! 2>/dev/null; [ $? = 143 ] || echo "odd status")
	i=$((i + 1))
done
echo "killed $i"
seq 1 20000 | sort -rn | sort -n | tail -n 1
cat /dev/zero | head -c 1000000 | wc -c
nice -n 5 echo nice
setsid sh -c 'echo session; ps -o pid,sid 2>/dev/null | grep -c none'
nohup echo nohup 2>/dev/null
mkfifo go
(read x <go; echo late) & (echo early); echo >go; wait
