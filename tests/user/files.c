/* SPDX-License-Identifier: MIT */
/*
 * Files and what is in them: opening, reading and writing, offsets, sizes, holes, scattered I/O,
 * names of one file. Directories, links and paths are names.c. Everyone is root here: permission
 * bits are kept and shown, and stop nobody but execve.
 */
#include "check.h"

#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/statfs.h>
#include <sys/uio.h>

static void write_file(const char *name, const char *text)
{
	int fd = CHECK_OK(open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644));

	CHECK_EQ(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* The whole of a small file must be this text. */
static void check_text(const char *name, const char *text)
{
	char buffer[512] = {0};
	int fd = CHECK_OK(open(name, O_RDONLY));
	int n = read(fd, buffer, sizeof(buffer) - 1);

	CHECK_EQ(n, strlen(text));
	CHECK_STR(buffer, text);
	close(fd);
}

static off_t size_of(const char *name)
{
	struct stat st;

	return stat(name, &st) == 0 ? st.st_size : -1;
}

static void open_flags(void)
{
	int fd;

	CHECK_ERRNO(open("a", O_RDONLY), ENOENT);
	fd = CHECK_OK(open("a", O_RDWR | O_CREAT | O_EXCL, 0640));
	close(fd);
	CHECK_ERRNO(open("a", O_RDWR | O_CREAT | O_EXCL, 0640), EEXIST);
	CHECK_ERRNO(open("a", O_RDONLY | O_DIRECTORY), ENOTDIR);
	CHECK_ERRNO(open("a/b", O_RDONLY), ENOTDIR);
	CHECK_ERRNO(open("a/", O_RDONLY), ENOTDIR);
	CHECK_ERRNO(open("", O_RDONLY), ENOENT);
	CHECK_ERRNO(open(".", O_WRONLY), EISDIR);
	CHECK_ERRNO(open(".", O_RDWR | O_CREAT, 0644), EISDIR);
	CHECK_ERRNO(open("none/b", O_WRONLY | O_CREAT, 0644), ENOENT);
	CHECK_ERRNO(open("newdir/", O_WRONLY | O_CREAT, 0644), EISDIR);
	write_file("a", "0123456789");
	fd = CHECK_OK(open("a", O_WRONLY | O_TRUNC));
	CHECK_EQ(size_of("a"), 0);
	close(fd);
	write_file("a", "text");
	fd = CHECK_OK(open("a", O_RDONLY | O_CREAT, 0600));
	CHECK_ERRNO(write(fd, "x", 1), EBADF);
	close(fd);
	fd = CHECK_OK(open("a", O_WRONLY));
	CHECK_ERRNO(read(fd, &fd, 1), EBADF);
	close(fd);
	CHECK_OK(unlink("a"));
}

static void modes(void)
{
	struct stat st;

	umask(022);
	close(CHECK_OK(open("m", O_RDWR | O_CREAT, 0666)));
	CHECK_OK(stat("m", &st));
	CHECK_EQ(st.st_mode, S_IFREG | 0644);
	CHECK_EQ(umask(077), 022);
	close(CHECK_OK(open("m2", O_RDWR | O_CREAT, 0777)));
	CHECK_OK(stat("m2", &st));
	CHECK_EQ(st.st_mode & 07777, 0700);
	CHECK_OK(chmod("m", 04755));
	CHECK_OK(stat("m", &st));
	CHECK_EQ(st.st_mode & 07777, 04755);
	CHECK_OK(chmod("m", 0));
	close(CHECK_OK(open("m", O_RDWR)));
	CHECK_OK(access("m", R_OK | W_OK));
	CHECK_ERRNO(access("m", X_OK), EACCES);
	CHECK_OK(chmod("m", 0100));
	CHECK_OK(access("m", X_OK));
	CHECK_ERRNO(access("none", F_OK), ENOENT);
	CHECK_EQ(st.st_uid, 0);
	CHECK_EQ(st.st_nlink, 1);
	unlink("m");
	unlink("m2");
}

static void append(void)
{
	int a, b;

	write_file("log", "one\n");
	a = CHECK_OK(open("log", O_WRONLY | O_APPEND));
	b = CHECK_OK(open("log", O_WRONLY | O_APPEND));
	CHECK_EQ(write(a, "two\n", 4), 4);
	CHECK_EQ(write(b, "three\n", 6), 6);
	CHECK_EQ(lseek(a, 0, SEEK_SET), 0);
	CHECK_EQ(write(a, "four\n", 5), 5);
	CHECK_EQ(lseek(a, 0, SEEK_CUR), 19);
	check_text("log", "one\ntwo\nthree\nfour\n");
	CHECK_EQ(fcntl(a, F_GETFL) & (O_ACCMODE | O_APPEND), O_WRONLY | O_APPEND);
	CHECK_OK(fcntl(a, F_SETFL, 0));
	CHECK_EQ(lseek(a, 0, SEEK_SET), 0);
	CHECK_EQ(write(a, "ONE", 3), 3);
	check_text("log", "ONE\ntwo\nthree\nfour\n");
	close(a);
	close(b);
	unlink("log");
}

/* Many processes append at once: every record is whole. */
static void append_together(void)
{
	char record[16];
	pid_t pids[4];
	int fd, counts[4] = {0};

	write_file("log", "");
	for (int i = 0; i < 4; i++) {
		pids[i] = fork();
		if (pids[i] != 0)
			continue;
		fd = open("log", O_WRONLY | O_APPEND);
		memset(record, 'a' + i, sizeof(record));
		for (int n = 0; n < 50; n++)
			if (write(fd, record, sizeof(record)) != sizeof(record))
				_exit(1);
		_exit(0);
	}
	for (int i = 0; i < 4; i++)
		CHECK_EXITED(check_wait(pids[i], 10000), 0);
	fd = CHECK_OK(open("log", O_RDONLY));
	while (read(fd, record, sizeof(record)) == sizeof(record)) {
		CHECK_RANGE(record[0], 'a', 'd');
		counts[(record[0] - 'a') & 3]++;
		for (size_t i = 1; i < sizeof(record); i++)
			CHECK_EQ(record[i], record[0]);
	}
	for (int i = 0; i < 4; i++)
		CHECK_EQ(counts[i], 50);
	close(fd);
	unlink("log");
}

static void offsets(void)
{
	char buffer[8];
	int fd = CHECK_OK(open("seek", O_RDWR | O_CREAT | O_TRUNC, 0600)), other;

	CHECK_EQ(write(fd, "0123456789", 10), 10);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 10);
	CHECK_EQ(lseek(fd, -3, SEEK_END), 7);
	CHECK_EQ(read(fd, buffer, 8), 3);
	CHECK_EQ(read(fd, buffer, 8), 0);
	CHECK_EQ(lseek(fd, 2, SEEK_SET), 2);
	CHECK_EQ(lseek(fd, 3, SEEK_CUR), 5);
	CHECK_ERRNO(lseek(fd, -1, SEEK_SET), EINVAL);
	CHECK_ERRNO(lseek(fd, -100, SEEK_CUR), EINVAL);
	CHECK_ERRNO(lseek(fd, 0, 77), EINVAL);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 5);
	CHECK_EQ(lseek(fd, 1000, SEEK_SET), 1000);
	CHECK_EQ(read(fd, buffer, 8), 0);
	/* A duplicate shares the offset, a second open has its own, a fork shares. */
	other = CHECK_OK(dup(fd));
	CHECK_EQ(lseek(other, 4, SEEK_SET), 4);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 4);
	if (fork() == 0)
		_exit(lseek(fd, 6, SEEK_SET) != 6);
	wait(NULL);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 6);
	close(other);
	other = CHECK_OK(open("seek", O_RDONLY));
	CHECK_EQ(lseek(other, 0, SEEK_CUR), 0);
	close(other);
	close(fd);
	unlink("seek");
}

static void positioned(void)
{
	char buffer[16] = {0};
	int fd = CHECK_OK(open("pos", O_RDWR | O_CREAT | O_TRUNC, 0600)), fds[2];

	CHECK_EQ(pwrite(fd, "world", 5, 6), 5);
	CHECK_EQ(pwrite(fd, "hello", 5, 0), 5);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0);
	CHECK_EQ(pread(fd, buffer, 16, 0), 11);
	CHECK_EQ(memcmp(buffer, "hello\0world", 11), 0);
	CHECK_EQ(pread(fd, buffer, 16, 11), 0);
	CHECK_EQ(pread(fd, buffer, 16, 5000), 0);
	CHECK_ERRNO(pread(fd, buffer, 1, -1), EINVAL);
	CHECK_ERRNO(pwrite(fd, buffer, 1, -1), EINVAL);
	CHECK_EQ(read(fd, buffer, 0), 0);
	CHECK_EQ(write(fd, buffer, 0), 0);
	CHECK_OK(pipe(fds));
	CHECK_ERRNO(pread(fds[0], buffer, 1, 0), ESPIPE);
	CHECK_ERRNO(pwrite(fds[1], buffer, 1, 0), ESPIPE);
	CHECK_ERRNO(lseek(fds[0], 0, SEEK_SET), ESPIPE);
	close(fd);
	unlink("pos");
}

static void scattered(void)
{
	char a[4] = {0}, b[8] = {0};
	struct iovec out[3] = {{(void *)"ab", 2}, {NULL, 0}, {(void *)"cdef", 4}};
	struct iovec in[2] = {{a, 3}, {b, 8}};
	int fd = CHECK_OK(open("vec", O_RDWR | O_CREAT | O_TRUNC, 0600));

	CHECK_EQ(writev(fd, out, 3), 6);
	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	CHECK_EQ(readv(fd, in, 2), 6);
	CHECK_STR(a, "abc");
	CHECK_STR(b, "def");
	CHECK_EQ(writev(fd, out, 0), 0);
	CHECK_EQ(raw_syscall(SYS_writev, fd, (long)out, -1, 0, 0, 0), -EINVAL);
	CHECK_EQ(raw_syscall(SYS_writev, fd, (long)out, 1025, 0, 0, 0), -EINVAL);
	out[1].iov_len = ~0UL;
	CHECK_ERRNO(writev(fd, out, 3), EINVAL);
	out[1] = (struct iovec){(void *)8, 4};
	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	CHECK_EQ(writev(fd, out, 2), 2);
	out[0] = out[1];
	CHECK_ERRNO(writev(fd, out, 1), EFAULT);
	close(fd);
	unlink("vec");
}

/* A hole reads as zeros, costs nothing, and is data where something was written. */
static void sparse(void)
{
	char buffer[32];
	struct stat st;
	int fd = CHECK_OK(open("sparse", O_RDWR | O_CREAT | O_TRUNC, 0600));

	CHECK_EQ(pwrite(fd, "end", 3, 1 << 20), 3);
	CHECK_OK(fstat(fd, &st));
	CHECK_EQ(st.st_size, (1 << 20) + 3);
	CHECK(st.st_blocks < 200);
	memset(buffer, 1, sizeof(buffer));
	CHECK_EQ(pread(fd, buffer, 32, 4090), 32);
	for (int i = 0; i < 32; i++)
		CHECK_EQ(buffer[i], 0);
	CHECK_EQ(pread(fd, buffer, 32, (1 << 20) - 2), 5);
	CHECK_EQ(memcmp(buffer, "\0\0end", 5), 0);
	CHECK_OK(ftruncate(fd, 1L << 40));
	CHECK_EQ(size_of("sparse"), 1L << 40);
	CHECK_EQ(pread(fd, buffer, 4, (1L << 39)), 4);
	CHECK_EQ(buffer[3], 0);
	close(fd);
	unlink("sparse");
}

static void truncation(void)
{
	char buffer[8192];
	int fd;

	write_file("t", "0123456789");
	CHECK_OK(truncate("t", 4));
	check_text("t", "0123");
	fd = CHECK_OK(open("t", O_RDWR));
	CHECK_OK(ftruncate(fd, 8));
	CHECK_EQ(pread(fd, buffer, 16, 0), 8);
	CHECK_EQ(memcmp(buffer, "0123\0\0\0\0", 8), 0);
	/* What was cut off does not come back when the file grows again. */
	memset(buffer, 'x', sizeof(buffer));
	CHECK_EQ(pwrite(fd, buffer, sizeof(buffer), 0), sizeof(buffer));
	CHECK_OK(ftruncate(fd, 100));
	CHECK_OK(ftruncate(fd, 8192));
	CHECK_EQ(pread(fd, buffer, 8192, 0), 8192);
	for (int i = 100; i < 8192; i++)
		if (buffer[i] != 0) {
			CHECK_EQ(buffer[i], 0);
			break;
		}
	CHECK_ERRNO(ftruncate(fd, -1), EINVAL);
	CHECK_ERRNO(truncate("t", -1), EINVAL);
	CHECK_ERRNO(truncate("none", 0), ENOENT);
	CHECK_ERRNO(truncate(".", 0), EISDIR);
	close(fd);
	fd = CHECK_OK(open("t", O_RDONLY));
	CHECK_ERRNO(ftruncate(fd, 0), EINVAL);
	close(fd);
	unlink("t");
}

static void unlinked_while_open(void)
{
	char buffer[8];
	struct stat st;
	int fd = CHECK_OK(open("gone", O_RDWR | O_CREAT, 0600));

	CHECK_EQ(write(fd, "still", 5), 5);
	CHECK_OK(unlink("gone"));
	CHECK_ERRNO(open("gone", O_RDONLY), ENOENT);
	CHECK_OK(fstat(fd, &st));
	CHECK_EQ(st.st_nlink, 0);
	CHECK_EQ(pread(fd, buffer, 8, 0), 5);
	CHECK_EQ(write(fd, " here", 5), 5);
	write_file("gone", "new");
	CHECK_OK(fstat(fd, &st));
	CHECK_EQ(st.st_size, 10);
	check_text("gone", "new");
	close(fd);
	unlink("gone");
}

static void big_file(void)
{
	static unsigned char block[65536];
	int fd = CHECK_OK(open("big", O_RDWR | O_CREAT | O_TRUNC, 0600)), bad = 0;

	for (int i = 0; i < 16; i++) {
		memset(block, i + 1, sizeof(block));
		block[0] = 0xee;
		CHECK_EQ(write(fd, block, sizeof(block)), sizeof(block));
	}
	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	for (int i = 0; i < 16; i++) {
		CHECK_EQ(read(fd, block, sizeof(block)), sizeof(block));
		bad += block[0] != 0xee || block[1] != i + 1 || block[65535] != i + 1;
	}
	CHECK_EQ(bad, 0);
	close(fd);
	unlink("big");
}

static void times(void)
{
	struct timespec set[2] = {{1000, 5}, {2000, 6}},
			omit[2] = {{0, UTIME_OMIT}, {0, UTIME_NOW}};
	struct timespec bad[2] = {{0, 2000000000}, {0, 0}};
	struct stat st;
	time_t before = time(NULL);

	write_file("ti", "x");
	CHECK_OK(stat("ti", &st));
	CHECK_RANGE(st.st_mtime, before - 1, time(NULL) + 1);
	CHECK_OK(utimensat(AT_FDCWD, "ti", set, 0));
	CHECK_OK(stat("ti", &st));
	CHECK_EQ(st.st_atime, 1000);
	CHECK_EQ(st.st_mtime, 2000);
	CHECK_EQ(st.st_mtim.tv_nsec, 6);
	CHECK_OK(utimensat(AT_FDCWD, "ti", omit, 0));
	CHECK_OK(stat("ti", &st));
	CHECK_EQ(st.st_atime, 1000);
	CHECK_RANGE(st.st_mtime, before - 1, time(NULL) + 1);
	CHECK_ERRNO(utimensat(AT_FDCWD, "ti", bad, 0), EINVAL);
	CHECK_ERRNO(utimensat(AT_FDCWD, "none", NULL, 0), ENOENT);
	unlink("ti");
}

static void copying(void)
{
	char buffer[16] = {0};
	off_t from = 2;
	int in, out, fds[2];

	write_file("src", "0123456789");
	in = CHECK_OK(open("src", O_RDONLY));
	out = CHECK_OK(open("dst", O_RDWR | O_CREAT | O_TRUNC, 0600));
	CHECK_EQ(sendfile(out, in, NULL, 4), 4);
	CHECK_EQ(sendfile(out, in, &from, 3), 3);
	CHECK_EQ(from, 5);
	CHECK_EQ(lseek(in, 0, SEEK_CUR), 4);
	CHECK_EQ(sendfile(out, in, NULL, 100), 6);
	CHECK_EQ(sendfile(out, in, NULL, 100), 0);
	check_text("dst", "0123234456789");
	CHECK_OK(pipe(fds));
	CHECK_EQ(lseek(in, 0, SEEK_SET), 0);
	CHECK_EQ(sendfile(fds[1], in, NULL, 10), 10);
	CHECK_EQ(read(fds[0], buffer, 16), 10);
	CHECK_STR(buffer, "0123456789");
	close(in);
	close(out);
	unlink("src");
	unlink("dst");
}

static void devices(void)
{
	char buffer[64], again[64];
	struct stat st;
	int fd;

	fd = CHECK_OK(open("/dev/null", O_RDWR));
	CHECK_EQ(read(fd, buffer, 64), 0);
	CHECK_EQ(write(fd, buffer, 64), 64);
	CHECK_OK(fstat(fd, &st));
	CHECK(S_ISCHR(st.st_mode));
	CHECK_EQ(st.st_rdev, 0x103);
	close(fd);
	fd = CHECK_OK(open("/dev/zero", O_RDWR));
	memset(buffer, 1, sizeof(buffer));
	CHECK_EQ(read(fd, buffer, 64), 64);
	CHECK_EQ(buffer[0] | buffer[63], 0);
	CHECK_EQ(write(fd, buffer, 64), 64);
	close(fd);
	fd = CHECK_OK(open("/dev/full", O_RDWR));
	CHECK_ERRNO(write(fd, buffer, 64), ENOSPC);
	close(fd);
	fd = CHECK_OK(open("/dev/urandom", O_RDONLY));
	CHECK_EQ(read(fd, buffer, 64), 64);
	CHECK_EQ(read(fd, again, 64), 64);
	CHECK(memcmp(buffer, again, 64) != 0);
	close(fd);
	CHECK_ERRNO(open("/dev/null/x", O_RDONLY), ENOTDIR);
}

/* A directory is no file, a descriptor not a path: what each refuses. */
/* A file opened with O_PATH is a place: it can be looked at, duplicated, used as the place that
 * paths start from, and for nothing else it is open. */
static void path_only(void)
{
	char buffer[8];
	struct statfs fs;
	struct stat st;
	int fd, copy;

	write_file("place", "text");
	fd = CHECK_OK(open("place", O_PATH));
	struct pollfd wish = {fd, POLLIN | POLLOUT, 0};
	CHECK_OK(fstat(fd, &st));
	CHECK_OK(fstatfs(fd, &fs));
	CHECK(fcntl(fd, F_GETFL) & O_PATH);
	copy = CHECK_OK(fcntl(fd, F_DUPFD, 0));
	CHECK_EQ(dup2(fd, copy), copy);
	close(copy);
	CHECK_ERRNO(read(fd, buffer, 1), EBADF);
	CHECK_ERRNO(write(fd, "x", 1), EBADF);
	CHECK_ERRNO(lseek(fd, 0, SEEK_SET), EBADF);
	CHECK_ERRNO(ftruncate(fd, 0), EBADF);
	CHECK_ERRNO(fchmod(fd, 0600), EBADF);
	CHECK_ERRNO(fchown(fd, -1, -1), EBADF);
	CHECK_ERRNO(futimens(fd, NULL), EBADF);
	CHECK_ERRNO(flock(fd, LOCK_SH), EBADF);
	CHECK_ERRNO(fcntl(fd, F_SETFL, O_NONBLOCK), EBADF);
	CHECK_ERRNO(ioctl(fd, FIONBIO, buffer), EBADF);
	CHECK_ERRNO((long)mmap(NULL, 1, PROT_READ, MAP_PRIVATE, fd, 0), EBADF);
	CHECK_EQ(poll(&wish, 1, 0), 1);
	CHECK_EQ(wish.revents, POLLNVAL);
	close(fd);
	fd = CHECK_OK(open(".", O_PATH | O_DIRECTORY));
	CHECK_OK(fstatat(fd, "place", &st, 0));
	CHECK_OK(fchdir(fd));
	CHECK_EQ(raw_syscall(SYS_getdents64, fd, (long)buffer, sizeof(buffer), 0, 0, 0), -EBADF);
	close(fd);
	CHECK_OK(unlink("place"));
}

static void refusals(void)
{
	struct statfs fs;
	char buffer[8];
	int fd = CHECK_OK(open(".", O_RDONLY | O_DIRECTORY));

	CHECK_ERRNO(read(fd, buffer, 8), EISDIR);
	CHECK_ERRNO(write(fd, buffer, 8), EBADF);
	CHECK_ERRNO(ftruncate(fd, 0), EINVAL);
	close(fd);
	CHECK_ERRNO(close(fd), EBADF);
	CHECK_ERRNO(read(fd, buffer, 8), EBADF);
	CHECK_ERRNO(fsync(fd), EBADF);
	CHECK_OK(statfs(".", &fs));
	CHECK(fs.f_bsize > 0 && fs.f_bavail <= fs.f_blocks);
	CHECK_ERRNO(statfs("none", &fs), ENOENT);
}

static const struct check_case cases[] = {
	CASE(open_flags), CASE(modes),
	CASE(append),     CASE(append_together),
	CASE(offsets),    CASE(positioned),
	CASE(scattered),  CASE(sparse),
	CASE(truncation), CASE(unlinked_while_open),
	CASE(big_file),   CASE(times),
	CASE(copying),    CASE(devices),
	CASE(refusals),   CASE(path_only),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
