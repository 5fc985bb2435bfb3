# What a shell seldom meets, and must not lose its way in.
d=/tmp/edges.$$; mkdir -p $d; cd $d
echo "== NUL characters"
printf 'echo first\necho a\0b >f; cat f\n\0\0\0\necho last\0' >nul; sh nul; sh <nul; ls
printf 'ELF\0\nrm -f nul\n' >binary; chmod +x binary; sh binary 2>/dev/null; echo $?; ./binary 2>/dev/null; echo $?; ls
echo "== descriptors of the shell's own"
echo 12>f; cat f; printf 'exec 2>/dev/null\nexec 10>f\necho not reached\n' >script; sh script; echo $?
printf 'exec 2>/dev/null\necho to >&10\necho $?\n' >script; sh script
echo "== closed ones"
sh -c 'x=$(echo one; echo two); echo "$x" >&2' 2>&1 >&-
sh -c '(echo through; echo three) | (cat; :) | cat >&2' 2>&1 >&-
sh -c '(echo through; echo three) | (cat; :) | cat' <&-
sh -c 'cat <<E
here
E' <&-
cat 3<<E <&3
at three
E
sh -c 'cat <&3' 3<<E
at three of another
E
echo "== SIGCHLD"
(trap '' CHLD; sh -c 'exit 3'; echo $?; sh -c 'sh -c "exit 4"; echo $?'; x=$(exit 5); echo $?; sh -c 'exit 6' & wait $!; echo $?)
(trap 'echo child' CHLD; sh -c 'exit 7'; echo $?)
echo "== expansions"
x=abcdefgh; echo ${x#$((x=5))} $x; x=55555; echo ${x%$((x=5))} $x
echo "${unset-\"a\"}" "${unset-"b"}" "${unset-\}}" ${unset-\"c\"}
echo "== set -e, set -u"
sh -ec '{ :; } <nonexistent; echo not reached' 2>/dev/null; echo $?
sh -ec 'if { :; } <nonexistent; then :; fi; echo reached' 2>/dev/null
sh -uc 'x=$(echo $none); echo "$? <$x>"; echo $none & wait; echo after; echo $none | cat; echo end; echo $none; echo not reached' 2>/dev/null; echo $?
echo "== traps"
f() { sh -c "kill -USR1 $$; kill -USR2 $$"; echo not reached; }
trap 'echo one; return' USR1; trap 'echo two' USR2; f; trap - USR1 USR2
echo "== files that cannot be read"
sh . 2>/dev/null; echo $?; sh -c '. /tmp; echo not reached' 2>/dev/null; [ $? -ne 0 ] && echo failed
echo "== depth"
{ yes "true &&" | head -n 10001; echo "echo not reached"; } >script; sh script 2>/dev/null; echo $?
{ printf 'echo '; printf '${a-%.0s' $(seq 2000); printf x; printf '}%.0s' $(seq 2000); echo; } >script; sh script 2>/dev/null; echo $?
cd /; rm -r $d
