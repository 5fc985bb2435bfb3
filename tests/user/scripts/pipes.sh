# Pipelines, background jobs, wait, and exit statuses.
exec 2>/dev/null # what commands say of errors is not compared
echo a b c | wc -w
seq 5 | sort -r | head -n 2
seq 1000 | while read n; do last=$n; done; echo "last <$last>"
seq 3 | { read a; read b; echo "$a $b"; cat; }
yes | head -n 3
false | true; echo "1 $?"
true | false; echo "2 $?"
echo through | (cat) | { cat; } | if true; then cat; fi
f() { sed=no; while read x; do echo "f $x"; done; }
printf 'x\ny\n' | f
(exit 3) & wait $!; echo "3 $?"
sleep 0.1 & p=$!; wait $p; echo "4 $?"
(exit 5) & a=$!; (exit 6) & b=$!; wait $b; echo "5 $?"; wait $a; echo "6 $?"
sleep 100 & kill $!; wait $! 2>/dev/null; echo "7 $?"
nonexistent-command 2>/dev/null; echo "8 $?"
/tmp 2>/dev/null; echo "9 $?"
echo background & wait; echo "10 $?"
sh -c 'kill -9 $$' 2>/dev/null; echo "11 $?"
sh -c 'exit 12'; echo "12 $?"
x=$(echo a; echo b; echo; echo); echo "13 <$x>"
echo $(seq 3)
echo "$(seq 3)"
mkfifo go; { read x <go; echo slow; } & echo fast; echo >go; wait
for i in 1 2 3; do echo $i & done | sort
unset a; a=1 sh -c 'echo "14 $a"'; echo "15 <$a>"
export e=exported; sh -c 'echo "16 $e"'; unset e; sh -c 'echo "17 <$e>"'
seq 3 | cat - | cat | cat | cat | cat | wc -l
trap 'echo "19 usr1"' USR1; kill -USR1 $$; trap - USR1
trap '' TERM; kill -TERM $$; trap - TERM; echo 20 alive
echo 'echo 22 from stdin; cat' | sh
printf 'read x\nline for read\necho "23 $x"\n' | sh
