# Programs that make, copy, move and remove files.
exec 2>/dev/null # what commands say of errors is not compared
d=/tmp/fileops.$$; mkdir -p $d; cd $d; umask 022
tree() { ls -R1 "$@"; }
echo "== mkdir"; mkdir a; mkdir a; echo $?; mkdir x/y; echo $?; mkdir -p b/c/d b; echo $?; mkdir -m 700 p
ls -ld p | while read mode rest; do echo $mode; done; rmdir p; rmdir b; echo $?
echo "== cp"; echo one >a/one; echo two >a/two; ln -s one a/link; cp a/one f; cat f; cp a/one a/two b; ls b
cp a b; echo $?; cp -r a b; cp -r a new; tree b new; cp nonexistent y; echo $?; cp a/one a/one; echo $?
cp a/link followed; cp -r a/link kept; ls -F; cp a/one a/two f; echo $?; cp -r a a/inside; ls a a/inside
chmod 751 f; cp f g; ls -l g | while read mode rest; do echo $mode; done
seq 30000 >big; cp big copy; wc -c <copy; grep -c 0 copy
echo "== mv"; mv f h; cat h; mv h b; ls b; mv b/a b/z; mv nonexistent y; echo $?; mv g big b; ls; mv b/g b/big
wc -c <b/big; mv b b/c; echo $?
echo "== ln"; ln b/big hard; ln -s b/big soft; ln -s b/big soft; echo $?; ln -sf /nowhere soft; ls -l soft | while read m n o g s a b c rest; do echo $rest; done
ls -l hard | while read m n rest; do echo $n; done; ln nonexistent y; echo $?; ls soft; cat soft; echo $?
echo "== rm"; rm hard; rm b; echo $?; rm nonexistent; echo $?; rm -f nonexistent; echo $?; rm -r b; ls; rm soft; rm -rf a new; ls
rm -rf ..; echo $?; ls; rm; echo $?
echo "== touch, chmod, ls"; rm -f *; touch b a .h; ls; ls -a; ls -A; ls -1r; ls -d .; chmod 600 a; chmod u+x,go=r b; ls -l | while read m n o g s rest; do echo "$m $n $o $g $s"; done
touch -c c; ls; mkdir sub; touch sub/x; ls -F; ls sub .; ls nonexistent; echo $?; ls -R; mkfifo pipe; ls -F pipe
chmod -R go-rwx sub; ls -l sub | while read m rest; do echo $m; done; chmod z a; echo $?; chmod 4755 a; ls -l a | while read m rest; do echo $m; done
echo data >pipe & cat pipe; wait
for i in 1 2 3; do echo x >s$i; done; head -c 100 /dev/zero >s2; ls -S s1 s2
ls -i a | { read i n; [ $i -gt 0 ] && echo $n; }; stat a | grep -c Inode
for p in cp mv rm mkdir rmdir ln ls touch chmod stat; do $p --help >/dev/null; [ $? -ne 0 ] || echo "$p: no usage"; done
echo "== what is not to be lost"
rm -rf *; echo old >a; echo of b >b; for n in a . ./a; do ln -f a $n; echo $?; done; ln -f a; ln -sf a a; echo $?
ln -f nonexistent b; echo $?; cat a b; ln -f a b; cat b; ln -f a b; echo $?; ln -sf b b; echo $?; cat b
echo target >t; ln -s t link; cp -r link t; echo $?; cp -a link t; echo $?; cp -a link link; echo $?; cat t; ls -F link
mkdir -p up/in copy; echo f >up/f; cp -r up/in/.. copy; ls . copy; rm -r up copy; mkdir -- made; rmdir -- made; echo $?
s=/dev/shm/fileops.$$; mkdir $s $s/full $s/empty $s/file full empty file; echo new >new; ln -s $d/t $s/new
mv new $s; echo $?; cat t $s/new; ls -F $s; echo x >full/x; echo y >$s/full/y; mv full $s; echo $?; ls full; ls $s/full
echo z >empty/z; mv empty $s; echo $?; ls $s/empty; ls empty; rmdir file; echo f >file; mv file $s; echo $?; ls -F $s; cat file
mv t $s/file; mv link $s/file; echo $?; ls -F $s/file; rm -r $s
cd /; rm -r $d; ls $d; echo $?
