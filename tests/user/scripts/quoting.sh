# Quotes, backslashes, and what is split into words and what is not.
exec 2>/dev/null # what commands say of errors is not compared
args() { echo "$#:"; for a in "$@"; do echo "  <$a>"; done; }
x='a  b'
args $x "$x" '$x' \$x "\$x"
args "" '' $unset "$unset"
args a"b c"d'e f' "it's" 'say "hi"'
args "a\b" "a\\b" 'a\b' a\\b "\`" "tab	tab"
args $x$x "$x"$x
args "one
two"
args con\
tinued "con\
tinued"
y='  lead and trail  '
args $y
args "${y}"
IFS=:
path=/bin::/usr/bin:
args $path
args "$path"
IFS=' :'
z='a : b :c'
args $z
unset IFS
set -- 'p q' r ''
args "$@"
args $@
args "$*"
args "x$@y"
IFS=-
args "$*"
unset IFS
set --
args "$@"
args "x$@y"
echo 'back\slash' "doll\$ar" "back\`quote"
echo "nested $(echo "in $(echo "deep  er")")" $(echo "in  ner")
echo `echo a \`echo b\``
echo "`echo "q  q"`"
