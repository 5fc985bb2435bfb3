# Redirections and here-documents.
exec 2>/dev/null # what commands say of errors is not compared
d=/tmp/redirect.$$; mkdir -p $d; cd $d
echo one >f; echo two >>f; cat f
cat <f >g; cat g
echo err >&2 2>/dev/null
{ echo out; echo err >&2; } >both 2>&1; cat both
{ echo out; echo err >&2; } 2>&1 >only | cat; cat only
ls /nonexistent 2>/dev/null || echo "ls failed"
echo to3 3>three >&3; cat three
exec 4>four; echo a >&4; echo b >&4; exec 4>&-; cat four
exec 5<four; read x <&5; read y <&5; exec 5<&-; echo "$x$y"
while read a b; do echo "$b $a"; done <<END
1 one
2 two  words
END
cat <<'END'
literal $HOME `date` \n
END
x=value
cat <<END
x is $x, $(echo sub), \$x, $((1+1)) "quoted" 'single' \\ end
END
cat <<-END
	tabs
		go
	END
cat <<A; cat <<B
first
A
second
B
f() { cat; }
f <<END
to a function
END
for i in 1 2; do cat <<END
turn $i
END
done
if true; then echo compound; fi >c; cat c
(echo subshell; cd /) >s; cat s
>empty; wc -c <empty
: >f; cat f; echo "status $?"
cat <nonexistent 2>/dev/null; echo "status $?"
echo x >/nonexistent/y 2>/dev/null; echo "status $?"
{ cat <f >h; } 2>&1
echo readwrite >rw; read line <>rw; echo $line
echo closed 2>/dev/null >&-; echo "status $?"
i=0; while [ $i -lt 600 ]; do echo "line $i of a text that is too long for one pipe"; i=$((i+1)); done >long
eval "cat <<END
$(cat long)
END" | wc -l
cd /; rm -r $d
