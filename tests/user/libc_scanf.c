/* SPDX-License-Identifier: MIT */
/* Formatted input. */
#include "check.h"

static void integers(void)
{
	int a = 0, b = 0, n = 0;
	unsigned int u = 0;
	unsigned char c = 0;
	short h = 0;
	long l = 0;
	size_t z = 0;

	CHECK_EQ(sscanf("12 -34", "%d %d", &a, &b), 2);
	CHECK_EQ(a, 12);
	CHECK_EQ(b, -34);
	CHECK_EQ(sscanf("0x1f 017 9", "%i%i%i", &a, &b, &n), 3);
	CHECK_EQ(a, 31);
	CHECK_EQ(b, 15);
	CHECK_EQ(n, 9);
	CHECK_EQ(sscanf("ff 0xFE 777", "%x %X %o", &u, (unsigned *)&a, (unsigned *)&b), 3);
	CHECK_EQ(u, 255);
	CHECK_EQ(a, 254);
	CHECK_EQ(b, 0777);
	CHECK_EQ(sscanf("300 70000 -5000000000 99", "%hhu%hd%ld%zu", &c, &h, &l, &z), 4);
	CHECK_EQ(c, 44);
	CHECK_EQ(h, 4464);
	CHECK_EQ(l, -5000000000);
	CHECK_EQ(z, 99);
	CHECK_EQ(sscanf("123456", "%3d%n%d", &a, &n, &b), 2);
	CHECK_EQ(a, 123);
	CHECK_EQ(n, 3);
	CHECK_EQ(b, 456);
	CHECK_EQ(sscanf("1 2 3", "%*d %d %*d%n", &a, &n), 1);
	CHECK_EQ(a, 2);
	CHECK_EQ(n, 5);
}

static void mismatches(void)
{
	int a = 7, b = 7;

	CHECK_EQ(sscanf("", "%d", &a), EOF);
	CHECK_EQ(sscanf("   ", "%d", &a), EOF);
	CHECK_EQ(sscanf("x", "%d", &a), 0);
	CHECK_EQ(sscanf("1,x", "%d,%d", &a, &b), 1);
	CHECK_EQ(a, 1);
	CHECK_EQ(b, 7);
	CHECK_EQ(sscanf("5;6", "%d,%d", &a, &b), 1);
	CHECK_EQ(sscanf("5", "%d%d", &a, &b), 1);
	CHECK_EQ(sscanf("-", "%d", &a), 0);
	CHECK_EQ(sscanf("100%7", "%d%%%d", &a, &b), 2);
	CHECK_EQ(b, 7);
	CHECK_EQ(sscanf("abc", "abd%d", &a), 0);
}

static void text(void)
{
	char a[20] = "", b[20] = "", c[4] = "";

	CHECK_EQ(sscanf("  hello world", "%s%s", a, b), 2);
	CHECK_STR(a, "hello");
	CHECK_STR(b, "world");
	CHECK_EQ(sscanf("abcdef", "%3s%2c", a, c), 2);
	CHECK_STR(a, "abc");
	CHECK(memcmp(c, "de", 2) == 0);
	CHECK_EQ(sscanf(" x", "%c%c", &c[0], &c[1]), 2);
	CHECK_EQ(c[0], ' ');
	CHECK_EQ(sscanf("key=some value;rest", "%[a-z]=%[^;];%s", a, b, b), 3);
	CHECK_STR(a, "key");
	CHECK_STR(b, "rest");
	CHECK_EQ(sscanf("]-x", "%[]-]%s", a, b), 2);
	CHECK_STR(a, "]-");
	CHECK_EQ(sscanf("123", "%[a-z]", a), 0);
}

static void floating(void)
{
	long double l = 0;
	double d = 0;
	float f = 0;

	CHECK_EQ(sscanf("1.5 -2e3 .25", "%f %lf %Lf", &f, &d, &l), 3);
	CHECK(f == 1.5f && d == -2000 && l == 0.25L);
	CHECK_EQ(sscanf("inf nan", "%lf%f", &d, &f), 2);
	CHECK(d > 1e300 && f != f);
	CHECK_EQ(sscanf("0.1", "%lf", &d), 1);
	CHECK(d == 0.1);
	CHECK_EQ(sscanf("x", "%lf", &d), 0);
}

static void from_stream(void)
{
	char word[20];
	int fds[2], a = 0, b = 0;
	FILE *f;

	CHECK_EQ(pipe(fds), 0);
	CHECK_EQ(dprintf(fds[1], "12 word 0x20 rest"), 17);
	close(fds[1]);
	f = fdopen(fds[0], "r");
	CHECK_EQ(fscanf(f, "%d%s%x", &a, word, (unsigned *)&b), 3);
	CHECK_EQ(a, 12);
	CHECK_STR(word, "word");
	CHECK_EQ(b, 32);
	/* What was not converted is still to be read. */
	CHECK_EQ(fgetc(f), ' ');
	CHECK_EQ(fscanf(f, "%d", &a), 0);
	CHECK_EQ(fgetc(f), 'r');
	CHECK_EQ(fscanf(f, "%s", word), 1);
	CHECK_EQ(fscanf(f, "%s", word), EOF);
	fclose(f);
}

static const struct check_case cases[] = {
	CASE(integers), CASE(mismatches), CASE(text), CASE(floating), CASE(from_stream),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
