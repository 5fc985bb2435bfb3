# Programs that turn text into text.
cat >words <<END
pear 3
apple 12
banana 7
apple 2
cherry 0

Pear 10
END
sort words
sort -k2n words
sort -u -k1,1 words
sort -rf words | uniq -ci
grep -n an words; grep -c a words; grep -vi pear words; grep -o '[a-z]*rr[a-z]*' words
grep -E '^(apple|cherry) [0-9]{1,2}$' words; grep -F . words; echo "none $?"; grep -w 1 words
grep -r -l banana . ; grep -A1 -B1 banana words
cut -d' ' -f2 words; cut -c1-3 words; cut -f1 words | head -n 1
tr a-z A-Z <words | tr -d AEIOU; tr -s a <words; echo aabbcc | tr -cd ab; echo
sed -n '2,4p' words; sed 's/\(.*\) \(.*\)/\2 \1/; /^ *$/d' words; sed -e '1i\
before' -e '$a\
after' -e 's/a/<&>/2g' words; sed '/apple/{s//APPLE/;q}' words; sed -n '$=' words
sed 'N;s/\n/+/' words; sed '1!G;h;$!d' words; sed y/abc/xyz/ words
awk '{ n[$1] += $2 } END { for (w in n) print w, n[w] }' words | sort
awk -F' ' 'NF == 2 && $2 > 2 { printf "%-10s|%5.2f|%s\n", $1, sqrt($2), toupper(substr($1, 2, 3)) }' words
awk 'BEGIN { while ((getline line <"words") > 0) n++; print n, 2 ** 10, length("four"), index("abc", "c")
	split("a:b:c", x, ":"); print x[3]; s = "aaa"; gsub(/a/, "b", s); print s, substr("hello", 2, 3)
	"echo from a command" | getline c; print c; print "sorted" | "sort"; close("sort"); system("echo system") }'
awk 'function f(n) { return n < 2 ? n : f(n - 1) + f(n - 2) } BEGIN { print f(18), exp(1), int(-3.7), atan2(0, -1) }'
head -n 2 words; tail -n 2 words; tail -n +6 words; head -c 5 words; tail -c 6 words
wc words; wc -l <words; wc -c words
seq 3; seq 2 3 11; seq -s, 5; seq -w 8 11; seq 1 0.5 3
od -c words | head -n 3; od -An -tx1 words | head -n 2; hexdump -C words | head -n 2
echo hello | base64; echo aGVsbG8K | base64 -d; printf '\001\377' | xxd
md5sum words; sha1sum words; sha256sum words; sha512sum words; cksum words
sha256sum words >sums; sha256sum -c sums
rev words; tac words; nl words; fold -w 4 words | head -n 3; expand words | head -n 1
paste words words | head -n 2; printf '1\n2\n3\n' >left; printf '2\n3\n4\n' >right; comm left right
diff left right; echo "diff $?"; diff -u left left && echo equal; cmp left right
diff -u left right >patchfile; sed -i 's/\t.*//' patchfile; patch left <patchfile; cmp left right && echo patched
split -l 3 words part.; ls part.*; cat part.* | cmp - words && echo joined
echo '2 3 + p' | dc; echo '2^64; 7/2; scale=3; 7/2' | bc; expr 6 \* 7; expr abc : 'a\(.\)'; factor 360
strings -n 4 words | head -n 2; dos2unix <words | cmp - words; printf 'a\r\n' | dos2unix | od -c
date -u -d @86400; date -u -d @1700000000 +%Y-%m-%dT%H:%M:%S; date -u -d '2024-02-29 12:00:00' +%s; cal 2 2024
printf '%s\n' b a c | sort -c 2>&1; echo "sorted $?"
basename /a/b.c .c; dirname /a/b.c; which sort | sed 's,.*/,,'; printf 'x y\n' | tee t1 t2 | wc -w; cat t1 t2
yes abc | head -n 1000 | gzip | gunzip | md5sum; yes abc | head -n 1000 | bzip2 | bunzip2 | wc -c
