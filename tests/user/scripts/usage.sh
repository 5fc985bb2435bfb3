# What every program makes of an option that there is not, of too much, of too little, and of what is not there.
d=/tmp/usage.$$; mkdir -p $d; cd $d
refuses() { # that there was a status, that nothing was done, and why
	"$@" </dev/null >out 2>err; status=$?
	[ $status -ne 0 ] || echo "$* ended with 0"
	[ ! -s out ] || { echo "$* printed:"; head -n 3 out; }
	[ -s err ] || echo "$* said nothing"
}
tells_usage() {
	refuses "$@"
	grep -q "usage: ${1##*/}" err || { echo "$* told no usage, but:"; head -n 3 err; }
}
echo "== an option that there is not"
for path in /bin/*; do
	case ${path##*/} in
	true|false) ;;          # whatever they are given
	echo|printf|test|[) ;;  # it is what they print, or ask about
	init) ;;                # for the kernel alone
	*) tells_usage $path --no-such-option; n=$((n+1)) ;;
	esac
done
[ $n -gt 40 ] || echo "only $n programs"
echo "== an argument too many"
while read line; do tells_usage /bin/$line; done <<END
basename a b c
clear x
date +%Y x
dirname a b
free x
poweroff x
pwd x
reboot x
seq 1 2 3 4
top x
trace on off
uname x
uptime x
webd x
END
tells_usage pwd x; tells_usage cd / /
echo "== an argument too few"
while read line; do tells_usage /bin/$line; done <<END
basename
chmod 600
cp a
dirname
grep
kill
ln
mkdir
mkfifo
mv a
pmap
rm
rmdir
seq
sleep
stat
time
touch
trace
END
echo "== what is not there"
while read line; do refuses /bin/$line; done <<END
cat /nope/x
chmod 600 /nope/x
cp /nope/x y
demo nope
env /nope/x
grep x /nope/x
head /nope/x
hexdump /nope/x
init
kill 99999
ln /nope/x y
ls /nope/x
mkdir /nope/x
mkfifo /nope/x
mv /nope/x y
pmap 99999
rm /nope/x
rmdir /nope/x
sh /nope/x
sort /nope/x
stat /nope/x
stty size
tail /nope/x
tee /nope/x
time /nope/x
touch /nope/x
wc /nope/x
webget -s /nope/x
END
ps 99999 >out 2>err; echo $?
cd /; rm -r $d
