#!/bin/sh
# A sample script: how the first numbers grow. `sh squares.sh 5`, or `chmod +x` and run it.
n=1
while [ $n -le ${1:-10} ]; do
	printf '%4d %6d %8d\n' $n $((n * n)) $((n * n * n))
	n=$((n + 1))
done
