/* SPDX-License-Identifier: MIT */
/* uname: which system this is. */
#include <sys/utsname.h>

#include "common.h"

int main(int argc, char **argv)
{
	static const char usage_text[] = "uname [-asnrvm]", letters[] = "snrvm";
	bool wanted[sizeof(letters) - 1] = {false}, any = false;
	struct utsname names;
	int option;

	while ((option = getopt(argc, argv, "asnrvm")) != -1) {
		if (option == '?')
			usage(usage_text);
		for (size_t i = 0; i < sizeof(wanted); i++)
			wanted[i] |= option == 'a' || option == letters[i];
		any = true;
	}
	if (optind < argc)
		usage(usage_text);
	wanted[0] |= !any;
	if (uname(&names))
		err(EXIT_FAILURE, "uname");

	const char *fields[] = {names.sysname, names.nodename, names.release, names.version,
				names.machine};
	const char *separator = "";

	for (size_t i = 0; i < sizeof(wanted); i++) {
		if (!wanted[i])
			continue;
		printf("%s%s", separator, fields[i]);
		separator = " ";
	}
	putchar('\n');
	return finish(EXIT_SUCCESS);
}
