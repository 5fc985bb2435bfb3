/* SPDX-License-Identifier: MIT */
/*
 * A program of somebody else's making, as far as the kernel is concerned: the tests compile it with
 * another C library (musl-gcc -static) and run it unchanged. It says hello, its arguments, and adds
 * up numbers that needed the heap and floating point.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
	double *numbers = malloc(100000 * sizeof(*numbers)), sum = 0;
	char *text = strdup("hello from another C library");

	if (!numbers || !text)
		return 1;
	for (int i = 0; i < 100000; i++)
		numbers[i] = i * 0.5;
	for (int i = 0; i < 100000; i++)
		sum += numbers[i];
	printf("%s: %.1f\n", text, sum);
	for (int i = 1; i < argc; i++)
		printf("argument %d: %s\n", i, argv[i]);
	free(numbers);
	free(text);
	return argc == 1 ? 0 : 10 + argc;
}
