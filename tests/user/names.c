/* SPDX-License-Identifier: MIT */
/*
 * Names: directories, links, symbolic links and their loops, rename, the forms that take a
 * directory descriptor, and paths as long as they may be. What files hold is files.c.
 */
#include "check.h"

#include <dirent.h>
#include <limits.h>

static void touch(const char *name)
{
	close(CHECK_OK(open(name, O_WRONLY | O_CREAT, 0644)));
}

static int exists(const char *name)
{
	struct stat st;

	return lstat(name, &st) == 0;
}

static ino_t inode(const char *name)
{
	struct stat st;

	return lstat(name, &st) == 0 ? st.st_ino : 0;
}

static int links(const char *name)
{
	struct stat st;

	return lstat(name, &st) == 0 ? (int)st.st_nlink : -1;
}

static void directories(void)
{
	struct stat st;

	CHECK_OK(mkdir("d", 0755));
	CHECK_ERRNO(mkdir("d", 0755), EEXIST);
	CHECK_OK(stat("d", &st));
	CHECK(S_ISDIR(st.st_mode));
	CHECK_EQ(links("d"), 2);
	CHECK_OK(mkdir("d/e", 0755));
	CHECK_EQ(links("d"), 3);
	CHECK_ERRNO(mkdir("none/e", 0755), ENOENT);
	CHECK_ERRNO(rmdir("d"), ENOTEMPTY);
	CHECK_ERRNO(unlink("d/e"), EISDIR);
	touch("f");
	CHECK_ERRNO(rmdir("f"), ENOTDIR);
	CHECK_ERRNO(mkdir("f/x", 0755), ENOTDIR);
	CHECK_ERRNO(rmdir("none"), ENOENT);
	CHECK_ERRNO(rmdir("d/."), EINVAL);
	CHECK_ERRNO(rmdir("d/e/.."), ENOTEMPTY);
	CHECK_ERRNO(mkdir("d/.", 0755), EEXIST);
	CHECK_OK(rmdir("d/e/"));
	CHECK_EQ(links("d"), 2);
	CHECK_OK(mkdir("d/new/", 0755));
	CHECK_OK(rmdir("d/new"));
	CHECK_OK(rmdir("d"));
	CHECK_OK(unlink("f"));
}

static void working_directory(void)
{
	char path[PATH_MAX], start[PATH_MAX];
	int fd;

	CHECK(getcwd(start, sizeof(start)) != NULL);
	CHECK_OK(mkdir("w", 0755));
	fd = CHECK_OK(open(".", O_RDONLY | O_DIRECTORY));
	CHECK_OK(chdir("w"));
	CHECK(getcwd(path, sizeof(path)) != NULL);
	CHECK_EQ(strlen(path), strlen(start) + 2);
	CHECK_STR(path + strlen(start), "/w");
	CHECK_ERRNO((long)getcwd(path, 3) == 0 ? -1L : 0L, ERANGE);
	touch("inside");
	CHECK_OK(chdir(".."));
	CHECK(exists("w/inside"));
	CHECK_OK(chdir("w"));
	CHECK_OK(unlink("inside"));
	/* The directory may go while someone is in it; nothing can be made in it then. */
	CHECK_OK(rmdir("../w"));
	CHECK_ERRNO(open("x", O_CREAT | O_WRONLY, 0644), ENOENT);
	CHECK_ERRNO(mkdir("x", 0755), ENOENT);
	CHECK_ERRNO((long)getcwd(path, sizeof(path)) == 0 ? -1L : 0L, ENOENT);
	CHECK_OK(fchdir(fd));
	CHECK_ERRNO(chdir("w"), ENOENT);
	touch("plain");
	CHECK_ERRNO(chdir("plain"), ENOTDIR);
	CHECK_OK(unlink("plain"));
	CHECK_OK(chdir("/"));
	CHECK_OK(chdir("../../.."));
	CHECK_STR(getcwd(path, sizeof(path)), "/");
}

static void hard_links(void)
{
	struct stat st;

	touch("l1");
	CHECK_OK(link("l1", "l2"));
	CHECK_EQ(inode("l1"), inode("l2"));
	CHECK_EQ(links("l2"), 2);
	CHECK_ERRNO(link("l1", "l2"), EEXIST);
	CHECK_ERRNO(link("none", "l3"), ENOENT);
	CHECK_OK(mkdir("ld", 0755));
	CHECK_ERRNO(link("ld", "ld2"), EPERM);
	CHECK_OK(unlink("l1"));
	CHECK_OK(stat("l2", &st));
	CHECK_EQ(st.st_nlink, 1);
	CHECK_OK(symlink("l2", "ls"));
	CHECK_OK(link("ls", "ls2"));
	CHECK_OK(lstat("ls2", &st));
	CHECK(S_ISLNK(st.st_mode));
	CHECK_OK(linkat(AT_FDCWD, "ls", AT_FDCWD, "l4", AT_SYMLINK_FOLLOW));
	CHECK_EQ(inode("l4"), inode("l2"));
	unlink("ls");
	unlink("ls2");
	unlink("l4");
	unlink("l2");
	rmdir("ld");
}

static void symbolic_links(void)
{
	char text[64];
	struct stat st;
	int n;

	CHECK_OK(symlink("target", "s"));
	CHECK_ERRNO(open("s", O_RDONLY), ENOENT);
	CHECK_OK(lstat("s", &st));
	CHECK(S_ISLNK(st.st_mode));
	CHECK_EQ(st.st_size, 6);
	memset(text, '#', sizeof(text));
	n = readlink("s", text, sizeof(text));
	CHECK_EQ(n, 6);
	CHECK_EQ(text[6], '#');
	CHECK_EQ(readlink("s", text, 3), 3);
	CHECK_ERRNO(readlink(".", text, sizeof(text)), EINVAL);
	touch("s");
	CHECK(exists("target"));
	CHECK_ERRNO(open("s", O_RDONLY | O_NOFOLLOW), ELOOP);
	CHECK_ERRNO(open("s", O_RDWR | O_CREAT | O_EXCL, 0600), EEXIST);
	CHECK_ERRNO(symlink("x", "s"), EEXIST);
	CHECK_ERRNO(symlink("", "empty"), ENOENT);
	CHECK_OK(unlink("s"));
	CHECK(exists("target"));
	CHECK_OK(mkdir("sd", 0755));
	CHECK_OK(symlink("sd", "s"));
	CHECK_OK(mkdir("s/inner", 0755));
	CHECK(exists("sd/inner"));
	CHECK_OK(stat("s/inner/../../target", &st));
	CHECK_ERRNO(rmdir("s"), ENOTDIR);
	CHECK_OK(rmdir("s/inner"));
	CHECK_OK(unlink("s"));
	CHECK_OK(rmdir("sd"));
	CHECK_OK(unlink("target"));
}

/* Loops, and chains of 40 links and one more. */
static void link_loops(void)
{
	char from[16], to[16];
	struct stat st;

	CHECK_OK(symlink("loop", "loop"));
	CHECK_ERRNO(open("loop", O_RDONLY), ELOOP);
	CHECK_ERRNO(stat("loop", &st), ELOOP);
	CHECK_ERRNO(open("loop", O_WRONLY | O_CREAT, 0600), ELOOP);
	CHECK_ERRNO(stat("loop/x", &st), ELOOP);
	CHECK_OK(symlink("p2", "p1"));
	CHECK_OK(symlink("p1", "p2"));
	CHECK_ERRNO(chdir("p1"), ELOOP);
	touch("c0");
	for (int i = 1; i <= 41; i++) {
		snprintf(from, sizeof(from), "c%d", i);
		snprintf(to, sizeof(to), "c%d", i - 1);
		CHECK_OK(symlink(to, from));
	}
	CHECK_OK(stat("c40", &st));
	CHECK_ERRNO(stat("c41", &st), ELOOP);
	for (int i = 0; i <= 41; i++) {
		snprintf(from, sizeof(from), "c%d", i);
		CHECK_OK(unlink(from));
	}
	unlink("loop");
	unlink("p1");
	unlink("p2");
}

static void renames(void)
{
	ino_t a;

	touch("a");
	touch("b");
	a = inode("a");
	CHECK_OK(rename("a", "b"));
	CHECK_EQ(inode("b"), a);
	CHECK(!exists("a"));
	CHECK_ERRNO(rename("a", "c"), ENOENT);
	CHECK_OK(rename("b", "b"));
	CHECK_OK(link("b", "b2"));
	CHECK_OK(rename("b", "b2"));
	CHECK(exists("b") && exists("b2"));
	CHECK_OK(unlink("b2"));
	CHECK_OK(mkdir("d1", 0755));
	CHECK_OK(mkdir("d2", 0755));
	CHECK_ERRNO(rename("b", "d1"), EISDIR);
	CHECK_ERRNO(rename("d1", "b"), ENOTDIR);
	CHECK_OK(rename("b", "d1/b"));
	CHECK_ERRNO(rename("d2", "d1"), ENOTEMPTY);
	CHECK_OK(rename("d1", "d2"));
	CHECK(exists("d2/b") && !exists("d1"));
	CHECK_ERRNO(rename("d2", "d2/inner"), EINVAL);
	CHECK_OK(mkdir("d2/sub", 0755));
	CHECK_ERRNO(rename("d2", "d2/sub/deep"), EINVAL);
	CHECK_ERRNO(rename("d2/sub", "d2"), ENOTEMPTY);
	/* A directory that moves takes its parent link along. */
	CHECK_OK(mkdir("d3", 0755));
	CHECK_OK(rename("d2/sub", "d3/sub"));
	CHECK_EQ(links("d2"), 2);
	CHECK_EQ(links("d3"), 3);
	CHECK_EQ(inode("d3/sub/.."), inode("d3"));
	CHECK_OK(rename("d2/b", "d3/sub/b"));
	CHECK_OK(unlink("d3/sub/b"));
	CHECK_OK(rmdir("d3/sub"));
	CHECK_OK(rmdir("d3"));
	CHECK_OK(rmdir("d2"));
}

static void rename_flags(void)
{
	ino_t a;

	touch("ra");
	touch("rb");
	a = inode("ra");
	CHECK_EQ(raw_syscall(SYS_renameat2, AT_FDCWD, (long)"ra", AT_FDCWD, (long)"rb",
			     1 /* NOREPLACE */, 0),
		 -EEXIST);
	CHECK_EQ(raw_syscall(SYS_renameat2, AT_FDCWD, (long)"ra", AT_FDCWD, (long)"rc", 1, 0), 0);
	CHECK_EQ(inode("rc"), a);
	CHECK_EQ(raw_syscall(SYS_renameat2, AT_FDCWD, (long)"rc", AT_FDCWD, (long)"rd", 1 << 10, 0),
		 -EINVAL);
	unlink("rb");
	unlink("rc");
}

/* Counts the entries called file-*; each exactly once. */
static int count_entries(int total)
{
	static unsigned char seen[4096];
	struct dirent *entry;
	DIR *dir = opendir("many");
	int count = 0, dots = 0;

	memset(seen, 0, sizeof(seen));
	CHECK(dir != NULL);
	while (dir && (entry = readdir(dir))) {
		int n;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
			CHECK_EQ(entry->d_type, DT_DIR);
			dots++;
			continue;
		}
		n = atoi(entry->d_name + 5);
		CHECK(strncmp(entry->d_name, "file-", 5) == 0 && n >= 0 && n < total && !seen[n]);
		CHECK(entry->d_type == DT_REG || entry->d_type == DT_UNKNOWN);
		seen[n & 4095] = 1;
		count++;
	}
	if (dir)
		closedir(dir);
	CHECK_EQ(dots, 2);
	return count;
}

static void many_entries(void)
{
	int total = check_env("ENTRIES", 500);
	char name[64];

	CHECK_OK(mkdir("many", 0755));
	for (int i = 0; i < total; i++) {
		snprintf(name, sizeof(name), "many/file-%d", i);
		touch(name);
	}
	CHECK_EQ(count_entries(total), total);
	CHECK_ERRNO(rmdir("many"), ENOTEMPTY);
	for (int i = 0; i < total; i += 2) {
		snprintf(name, sizeof(name), "many/file-%d", i);
		CHECK_OK(unlink(name));
	}
	CHECK_EQ(count_entries(total), total / 2);
	for (int i = 1; i < total; i += 2) {
		snprintf(name, sizeof(name), "many/file-%d", i);
		CHECK_OK(unlink(name));
	}
	CHECK_EQ(count_entries(total), 0);
	CHECK_OK(rmdir("many"));
}

/* Entries removed and added while reading: those that stay are each seen once. */
static void changing_directory(void)
{
	struct dirent *entry;
	char name[64];
	int kept = 0;
	DIR *dir;

	CHECK_OK(mkdir("moving", 0755));
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "moving/%s%d", i & 1 ? "keep" : "drop", i);
		touch(name);
	}
	dir = opendir("moving");
	while (dir && (entry = readdir(dir))) {
		kept += strncmp(entry->d_name, "keep", 4) == 0;
		if (strncmp(entry->d_name, "drop", 4) == 0) {
			snprintf(name, sizeof(name), "moving/%.20s", entry->d_name);
			CHECK_OK(unlink(name));
		}
	}
	CHECK_EQ(kept, 100);
	rewinddir(dir);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.') {
			snprintf(name, sizeof(name), "moving/%.20s", entry->d_name);
			unlink(name);
		}
	closedir(dir);
	CHECK_OK(rmdir("moving"));
}

static void raw_getdents(void)
{
	char buffer[256];
	int fd = CHECK_OK(open(".", O_RDONLY | O_DIRECTORY));
	long n = raw_syscall(SYS_getdents64, fd, (long)buffer, 10, 0, 0, 0);

	CHECK_EQ(n, -EINVAL);
	n = raw_syscall(SYS_getdents64, fd, (long)buffer, sizeof(buffer), 0, 0, 0);
	CHECK(n > 0 && n % 8 == 0);
	while (raw_syscall(SYS_getdents64, fd, (long)buffer, sizeof(buffer), 0, 0, 0) > 0)
		;
	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	CHECK_EQ(raw_syscall(SYS_getdents64, fd, (long)buffer, sizeof(buffer), 0, 0, 0), n);
	CHECK_EQ(raw_syscall(SYS_getdents64, 1000, (long)buffer, 256, 0, 0, 0), -EBADF);
	close(fd);
}

/* Reads entry by entry, and between any two lets `change` do what it does. How many there were. */
static int read_while(void (*change)(int round))
{
	int fd = CHECK_OK(open("moving", O_RDONLY | O_DIRECTORY)), count = 0;
	char buffer[64];

	while (count < 1000 && raw_syscall(SYS_getdents64, fd, (long)buffer, 40, 0, 0, 0) > 0)
		change(count++);
	close(fd);
	return count;
}

static void rename_back_and_forth(int round)
{
	CHECK_OK(round & 1 ? rename("moving/tock", "moving/tick")
			   : rename("moving/tick", "moving/tock"));
}

static void exchange_both(int round)
{
	CHECK_OK(raw_syscall(SYS_renameat2, AT_FDCWD, (long)"moving/left", AT_FDCWD,
			     (long)"moving/right", 2 /* RENAME_EXCHANGE */, 0));
}

static void remove_and_make(int round)
{
	CHECK_OK(unlink(round & 1 ? "moving/tock" : "moving/tick"));
	touch(round & 1 ? "moving/tick" : "moving/tock");
}

/* Reading a directory comes to an end, whatever is done to its entries meanwhile. */
static void reading_ends(void)
{
	CHECK_OK(mkdir("moving", 0755));
	touch("moving/tick");
	touch("moving/left");
	touch("moving/right");
	CHECK_RANGE(read_while(rename_back_and_forth), 4, 999);
	unlink("moving/tock");
	touch("moving/tick");
	CHECK_RANGE(read_while(exchange_both), 5, 999);
	CHECK_RANGE(read_while(remove_and_make), 4, 999);
	unlink("moving/tick");
	unlink("moving/tock");
	unlink("moving/left");
	unlink("moving/right");
	CHECK_OK(rmdir("moving"));
}

static void descriptor_forms(void)
{
	char text[16];
	struct stat st;
	int dir, fd;

	CHECK_OK(mkdir("at", 0755));
	dir = CHECK_OK(open("at", O_RDONLY | O_DIRECTORY));
	fd = CHECK_OK(openat(dir, "f", O_RDWR | O_CREAT, 0600));
	CHECK(exists("at/f"));
	CHECK_OK(mkdirat(dir, "sub", 0755));
	CHECK_OK(symlinkat("f", dir, "s"));
	CHECK_EQ(readlinkat(dir, "s", text, sizeof(text)), 1);
	CHECK_OK(linkat(dir, "f", dir, "g", 0));
	CHECK_OK(renameat(dir, "g", dir, "h"));
	CHECK_OK(fstatat(dir, "s", &st, 0));
	CHECK(S_ISREG(st.st_mode));
	CHECK_OK(fstatat(dir, "s", &st, AT_SYMLINK_NOFOLLOW));
	CHECK(S_ISLNK(st.st_mode));
	CHECK_OK(fstatat(fd, "", &st, AT_EMPTY_PATH));
	CHECK_EQ(st.st_nlink, 2);
	CHECK_ERRNO(fstatat(fd, "", &st, 0), ENOENT);
	CHECK_ERRNO(fstatat(dir, "f", &st, 0x40000000), EINVAL);
	CHECK_OK(faccessat(dir, "h", R_OK, 0));
	CHECK_OK(fchmodat(dir, "h", 0604, 0));
	CHECK_OK(fstat(fd, &st));
	CHECK_EQ(st.st_mode & 07777, 0604);
	CHECK_ERRNO(openat(fd, "x", O_RDONLY), ENOTDIR);
	CHECK_ERRNO(openat(1000, "x", O_RDONLY), EBADF);
	CHECK_OK(fstatat(1000, "/dev/null", &st, 0));
	CHECK_ERRNO(unlinkat(dir, "sub", 0), EISDIR);
	CHECK_ERRNO(unlinkat(dir, "f", AT_REMOVEDIR), ENOTDIR);
	CHECK_ERRNO(unlinkat(dir, "f", 1), EINVAL);
	CHECK_OK(unlinkat(dir, "sub", AT_REMOVEDIR));
	CHECK_OK(unlinkat(dir, "f", 0));
	CHECK_OK(unlinkat(dir, "h", 0));
	CHECK_OK(unlinkat(dir, "s", 0));
	close(fd);
	close(dir);
	CHECK_OK(rmdir("at"));
}

static void long_names(void)
{
	char name[NAME_MAX + 2], path[PATH_MAX + 2];
	struct stat st;

	memset(name, 'n', NAME_MAX);
	name[NAME_MAX] = 0;
	touch(name);
	CHECK_OK(unlink(name));
	name[NAME_MAX] = 'n';
	name[NAME_MAX + 1] = 0;
	CHECK_ERRNO(open(name, O_CREAT | O_WRONLY, 0600), ENAMETOOLONG);
	CHECK_ERRNO(mkdir(name, 0755), ENAMETOOLONG);
	for (int i = 0; i < PATH_MAX; i += 2) {
		path[i] = '.';
		path[i + 1] = '/';
	}
	path[PATH_MAX - 1] = 0;
	CHECK_OK(stat(path, &st));
	path[PATH_MAX - 1] = '/';
	path[PATH_MAX] = 0;
	CHECK_ERRNO(stat(path, &st), ENAMETOOLONG);
	CHECK_ERRNO(symlink(path, "x"), ENAMETOOLONG);
}

static void odd_paths(void)
{
	struct stat st, root;

	CHECK_OK(stat("/", &root));
	CHECK_OK(stat("//", &st));
	CHECK_EQ(st.st_ino, root.st_ino);
	CHECK_OK(stat("/..", &st));
	CHECK_EQ(st.st_ino, root.st_ino);
	CHECK_OK(stat("/dev///null", &st));
	CHECK_OK(stat("/dev/./../dev/null", &st));
	CHECK_ERRNO(stat("/dev/none/../null", &st), ENOENT);
	CHECK_ERRNO(stat("/dev/null/..", &st), ENOTDIR);
	touch("\xed\x83\x80\xeb\x9e\x98 \n'\"");
	CHECK_OK(unlink("\xed\x83\x80\xeb\x9e\x98 \n'\""));
	CHECK(S_ISDIR(root.st_mode));
}

static const struct check_case cases[] = {
	CASE(directories),    CASE(working_directory), CASE(hard_links),
	CASE(symbolic_links), CASE(link_loops),        CASE(renames),
	CASE(rename_flags),   CASE(many_entries),      CASE(changing_directory),
	CASE(raw_getdents),   CASE(reading_ends),      CASE(descriptor_forms),
	CASE(long_names),     CASE(odd_paths),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
