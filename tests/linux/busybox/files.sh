# Files, directories, links and archives.
mkdir -p tree/a/b tree/c
echo one >tree/a/one; echo two >tree/a/b/two; seq 1 1000 >tree/c/numbers
ln -s ../a/one tree/c/link; ln tree/a/one tree/c/hard; ln -s nowhere tree/dangling
chmod 640 tree/a/one; chmod 755 tree/c/numbers; chmod u-w,o+x tree/a/b/two
find tree | sort; find tree -type l | sort; find tree -name 'n*' -o -name two | sort
find tree -type f -size +1k; find tree -links 2 -type f | sort; find tree -perm 640 | sort
find tree -type f -exec wc -c {} \; | sort; find tree -maxdepth 1 -type d | sort; find tree -empty
find tree -type f -print0 | xargs -0 cat | wc -l; find tree/a -depth | tail -n 1
stat -c '%n %s %h %A %F' tree/a/one tree/c/link tree/c/numbers; stat -L -c %s tree/c/link
readlink tree/c/link; readlink -f tree/c/link | sed 's,.*/tree,tree,'; realpath tree/a/../c | sed 's,.*/,,'
test -L tree/c/link && test -f tree/c/link && test ! -e tree/dangling && test -h tree/dangling && echo links
test tree/a/one -ef tree/c/hard && echo same; cat tree/c/link; cat tree/dangling 2>/dev/null; echo "dangling $?"
touch -d '2020-01-02 03:04:05' tree/a/one tree/c/numbers; TZ=UTC0 date -r tree/a/one +%F,%T
touch new; test new -nt tree/a/one && echo newer; find . -newer tree/a/one -name new
ls tree tree/a; ls -1 tree/c; ls -F tree/c | cat; ls -R tree; ls -l tree/c | awk '{ print $1, $2 }' | tail -n +2; ls nothere; echo "ls $?"

cp -a tree copy; diff -r tree copy && echo copied; stat -c '%A %Y' copy/a/one copy/c/numbers
cp tree/a/one tree/c/numbers copy/c; cp tree/a nothing 2>/dev/null; echo "cp $?"; cp -r tree/a copy/a2; ls copy/a2
mv copy/a2 copy/moved; ls copy; mv copy/moved/one copy/one; cat copy/one; mv nothere x 2>/dev/null; echo "mv $?"
rm copy/one; rm -r copy/moved; rm nothere 2>/dev/null; echo "rm $?"; rm -f nothere; echo "rm -f $?"
rmdir copy/a 2>/dev/null; echo "rmdir $?"; mkdir copy/a 2>/dev/null; echo "mkdir $?"; rm -rf copy; ls
(cd tree && tar cf ../t.tar .); tar tf t.tar | sort; mkdir x; tar xf t.tar -C x; diff -r tree x && echo tar
stat -c '%A %Y' x/a/one; tar czf t.tgz tree; tar tzf t.tgz | wc -l; rm -r x; mkdir x; tar xzf t.tgz -C x; diff -r tree x/tree && echo tgz
(cd tree && find . | cpio -o -H newc 2>/dev/null) >t.cpio; mkdir y; (cd y && cpio -id 2>/dev/null <../t.cpio); diff -r tree y && echo cpio
gzip -c tree/c/numbers | gunzip | cmp - tree/c/numbers && echo gzip; sum=$(md5sum <tree/c/numbers); echo $sum

dd if=tree/c/numbers of=part bs=100 skip=2 count=3 2>/dev/null; md5sum part
printf XY | dd of=part bs=1 seek=10 conv=notrunc 2>/dev/null; head -c 14 part | od -c; wc -c part
dd if=/dev/zero of=sparse bs=1 count=1 seek=1000000 2>/dev/null; wc -c sparse; md5sum sparse; truncate -s 10 sparse; od -c sparse
dd if=/dev/zero bs=4096 count=256 2>/dev/null | tr '\0' x | md5sum; : >empty; wc -c empty; cat empty
echo line >append; echo line >>append; cat append; (echo a; echo b >&2) >both 2>&1; cat both
set -o noclobber; (echo x >append) 2>/dev/null; echo "noclobber $?"; set +o noclobber
mkfifo pipe; test -p pipe && echo fifo; cat pipe & echo through >pipe; wait
mktemp -d tmp.XXXXXX | wc -c; install -m 700 tree/a/one installed; stat -c %A installed
echo secret >private; chmod 0 private; stat -c %a private; umask 077; echo x >masked; stat -c %a masked
cd tree/a/b; pwd | sed 's,.*/tree,tree,'; cd ../..; rm -r a; ls; cd ..; : >'a b'; : >-; ls ./- 'a b'
i=0; while [ $i -lt 300 ]; do echo $i >many.$i; i=$((i + 1)); done; ls many.* | wc -l; cat many.* | sort -n | tail -n 1
rm many.*; echo many.*; test -w / ; test -x /none; echo "test $?"; sync; echo end
