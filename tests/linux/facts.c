/* SPDX-License-Identifier: MIT */
/*
 * What a program of another C library takes for granted: how it is started, memory, files,
 * processes and signals. It prints what it finds, and nothing that names the machine, so that what
 * it prints on Linux and on Tarae can be compared.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;
static char *program;

/* The last part of a path: the directories are not the same everywhere. */
static const char *base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void start(int argc, char **argv)
{
	const unsigned char *random = (const unsigned char *)getauxval(AT_RANDOM);
	uintptr_t end = (uintptr_t)environ;
	int different = 0;

	printf("%d arguments:", argc);
	for (int i = 1; i < argc; i++)
		printf(" <%s>", argv[i]);
	printf("\nargv ends: %d, environment after it: %d\n", !argv[argc],
	       end == (uintptr_t)&argv[argc + 1]);
	for (char **entry = environ; *entry; entry++)
		printf("environment: %s\n", *entry);
	printf("page size %lu, ticks %lu, secure %lu, phent %lu\n", getauxval(AT_PAGESZ),
	       getauxval(AT_CLKTCK), getauxval(AT_SECURE), getauxval(AT_PHENT));
	printf("program headers: %d, entry: %d, name %s\n", getauxval(AT_PHNUM) > 3,
	       getauxval(AT_ENTRY) > 4096, base((const char *)getauxval(AT_EXECFN)));
	for (int i = 1; i < 16; i++)
		different += random[i] != random[0];
	printf("random bytes: %d\n", different > 8);
	printf("ids agree: %d\n", getauxval(AT_UID) == getuid() && getauxval(AT_EGID) == getegid());
}

static void memory(void)
{
	size_t total = 0;
	char *blocks[1000];
	char *big = malloc(40u << 20);

	for (int i = 0; i < 1000; i++) {
		blocks[i] = malloc((size_t)i * 37 + 1);
		memset(blocks[i], i, (size_t)i * 37 + 1);
	}
	for (int i = 0; i < 1000; i += 2)
		free(blocks[i]);
	for (int i = 1; i < 1000; i += 2) {
		blocks[i] = realloc(blocks[i], (size_t)i * 50);
		total += (unsigned char)blocks[i][i * 37];
		free(blocks[i]);
	}
	memset(big, 1, 40u << 20);
	big = realloc(big, 60u << 20);
	printf("memory: %zu %d %d\n", total, big[(40u << 20) - 1], calloc(1, 1 << 20) != NULL);
	free(big);
	printf("too much: %d\n", malloc((size_t)1 << 46) == NULL && errno == ENOMEM);

	char *map =
		mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	map[4096] = 5;
	printf("mprotect %d, munmap %d\n", mprotect(map, 4096, PROT_NONE),
	       munmap(map + 8192, 4096));
	map = mremap(map + 4096, 4096, 16 * 4096, MREMAP_MAYMOVE);
	printf("mremap: %d %d\n", map[0], map[15 * 4096]);
}

static void files(void)
{
	FILE *file = fopen("facts.txt", "w+");
	char line[64], link[256];
	struct stat st;
	int count = 0;

	for (int i = 0; i < 5000; i++)
		fprintf(file, "%d %.3f\n", i, sqrt(i));
	fseek(file, 1000, SEEK_SET);
	printf("at 1000: %s", fgets(line, sizeof(line), file) ? line : "nothing\n");
	fclose(file);
	stat("facts.txt", &st);
	printf("size %ld, links %d, mode %o, blocks of %d\n", (long)st.st_size, (int)st.st_nlink,
	       st.st_mode, (int)st.st_blksize);
	int fd = open("facts.txt", O_RDWR);
	char *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	memcpy(map, "MAPPED", 6);
	pread(fd, line, 8, 0);
	printf("written through the map: %.8s", line);
	ftruncate(fd, 10);
	printf("cut to %ld\n", (long)lseek(fd, 0, SEEK_END));
	close(fd);
	rename("facts.txt", "facts.new");
	fd = open("facts.txt", O_RDONLY);
	printf("gone: %d, %s\n", fd, strerror(errno));
	mkdir("facts.dir", 0755);
	symlink("../facts.new", "facts.dir/link");
	readlink("facts.dir/link", link, sizeof(link));
	fd = open("facts.new", O_CREAT | O_EXCL | O_WRONLY, 0600);
	printf("link: %.12s, exclusive: %d %s\n", link, fd, strerror(errno));
	DIR *dir = opendir("facts.dir");
	while (readdir(dir))
		count++;
	closedir(dir);
	printf("%d names, rmdir: %d", count, rmdir("facts.dir"));
	printf(" %s\n", strerror(errno));
	unlink("facts.dir/link");
	printf("rmdir: %d, unlink: %d\n", rmdir("facts.dir"), unlink("facts.new"));
	ssize_t length = readlink("/proc/self/exe", link, sizeof(link) - 1);
	link[length > 0 ? length : 0] = '\0';
	printf("executable: %s\n", base(link));
}

static void processes(void)
{
	int status, ends[2], shared = 1;
	char text[64] = "";
	pid_t pid, parent;

	fflush(stdout);
	pipe(ends);
	parent = getpid();
	pid = fork();
	if (!pid) {
		shared = 2;
		dprintf(ends[1], "child: %d, shared %d", getppid() == parent, shared);
		_exit(7);
	}
	close(ends[1]);
	waitpid(pid, &status, 0);
	read(ends[0], text, sizeof(text) - 1);
	printf("%s; parent's %d; status %#x; end %d\n", text, shared, status,
	       (int)read(ends[0], text, 1));
	close(ends[0]);

	char *arguments[] = {program, "child", "of spawn", NULL};
	char *environment[] = {"ONLY=this", NULL};
	fflush(stdout);
	int error = posix_spawn(&pid, "/proc/self/exe", NULL, NULL, arguments, environment);
	waitpid(pid, &status, 0);
	printf("spawn: %d, status %#x\n", error, status);
	printf("spawn of nothing: %d\n",
	       posix_spawn(&pid, "/none", NULL, NULL, arguments, environ));
	fflush(stdout);
	pid = fork();
	if (!pid)
		abort();
	waitpid(pid, &status, 0);
	printf("abort: signal %d\n", WTERMSIG(status));
	printf("no child: %d", wait(&status));
	printf(" %s\n", strerror(errno));
	fflush(stdout);
	printf("system: %#x\n", system("exit 3"));
	FILE *command = popen("echo from a command; exit 4", "r");
	printf("popen: %s", fgets(text, sizeof(text), command));
	printf("pclose: %#x\n", pclose(command));
}

static sigjmp_buf after;
static volatile sig_atomic_t caught, code;
static void *volatile address;

static void on_signal(int sig, siginfo_t *info, void *context)
{
	caught = sig;
	code = info->si_code;
	address = info->si_addr;
	if (sig == SIGSEGV || sig == SIGFPE || sig == SIGILL || sig == SIGBUS)
		siglongjmp(after, 1);
}

static volatile int depth, zero;

static int overflow(int level)
{
	volatile char room[4096];

	room[0] = (char)level;
	depth = level;
	return overflow(level + 1) + room[0];
}

static void signals(void)
{
	static char alternate[65536];
	stack_t stack = {.ss_sp = alternate, .ss_size = sizeof(alternate)};
	struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
	/* Again and again: the first may come before poll sleeps. */
	struct timeval tick = {.tv_usec = 10000};
	struct itimerval often = {.it_value = tick, .it_interval = tick}, never = {0};
	int polled, error;
	sigset_t set, old;

	sigaltstack(&stack, NULL);
	for (int sig = 1; sig < 32; sig++)
		sigaction(sig, &action, NULL);
	raise(SIGUSR1);
	printf("raised: %d\n", (int)caught);
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, &old);
	kill(getpid(), SIGUSR2);
	sigpending(&set);
	printf("blocked: %d, pending %d\n", (int)caught, sigismember(&set, SIGUSR2));
	sigsuspend(&old);
	printf("suspended: %d\n", (int)caught);
	sigprocmask(SIG_SETMASK, &old, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	polled = poll(NULL, 0, 100000);
	error = errno;
	setitimer(ITIMER_REAL, &never, NULL);
	printf("poll: %d %s, alarm: %d\n", polled, strerror(error), caught == SIGALRM);
	fflush(stdout);
	if (!fork())
		_exit(0);
	while (caught != SIGCHLD)
		usleep(1000);
	printf("child: %d\n", code == CLD_EXITED);
	wait(NULL);

	if (!sigsetjmp(after, 1))
		*(volatile int *)(uintptr_t)0x123450 = 1;
	printf("store: signal %d, code %d, at %p\n", (int)caught, (int)code, address);
	if (!sigsetjmp(after, 1))
		*(volatile char *)(uintptr_t)&signals = 1;
	printf("store to code: signal %d, code %d, there %d\n", (int)caught, (int)code,
	       address == (void *)(uintptr_t)&signals);
	if (!sigsetjmp(after, 1))
		printf("%d\n", 10 / zero);
	printf("division: signal %d, code %d\n", (int)caught, (int)code);
	if (!sigsetjmp(after, 1))
		__builtin_trap();
	printf("undefined: signal %d\n", (int)caught);
	if (!sigsetjmp(after, 1))
		printf("%d\n", overflow(0));
	printf("overflow: signal %d, deep %d\n", (int)caught, depth > 1000);
}

static void times(void)
{
	struct timespec before, now, pause = {0, 20000000};
	struct tm *tm;
	time_t day = 86400 * 365;

	clock_gettime(CLOCK_MONOTONIC, &before);
	nanosleep(&pause, NULL);
	clock_gettime(CLOCK_MONOTONIC, &now);
	long long passed =
		(now.tv_sec - before.tv_sec) * 1000000000LL + now.tv_nsec - before.tv_nsec;
	printf("slept long enough: %d, year since 2020: %d\n", passed >= 20000000,
	       time(NULL) > 50LL * 365 * 86400);
	tm = gmtime(&day);
	printf("%d-%d-%d, %.10g %a\n", tm->tm_year + 1900, tm->tm_mon + 1, tm->tm_mday, sin(1.0),
	       exp2(-3.5));
}

static void last_words(void)
{
	printf("at exit\n");
}

int main(int argc, char **argv)
{
	program = argv[0];
	start(argc, argv);
	if (argc > 1 && !strcmp(argv[1], "child"))
		return 9;
	atexit(last_words);
	memory();
	files();
	processes();
	times();
	signals();
	return 11;
}
