/* SPDX-License-Identifier: MIT */
/*
 * Bad pointers, lengths, counts and descriptors for every argument of every call in the system call
 * table (lib/abi/syscall_table.h), which says by one letter an argument what it is. One argument at
 * a time takes each value of its class while the others stay valid. Whatever happens to the caller,
 * the kernel goes on; and where Linux gives an answer, Tarae gives the same one: badptr_expect.h is
 * what `badptr record` printed on Linux, as root in a directory on a tmpfs, with 1024 open files
 * at most (ulimit -n). None is left out: the calls that leave the test or end the machine have none
 * of these arguments, but for the last one of reboot, which is asked for what harms nobody.
 */
#include "sweep.h"

#include <sys/resource.h>
#include <sys/socket.h>

#define MAX_EXPERIMENTS 6000
#define KERNEL_HALF     0xffff800000000000UL
#define USER_END        0x7ffffffff000UL

struct call {
	int number;
	const char *name;
	const char *kinds;
};

static const struct call calls[] = {
#define SYSCALL(number, name, kinds) {number, #name, kinds},
#include "lib/abi/syscall_table.h"
};

/* Recorded on Linux: the results for the values of argument `position`, in the order of its class:
 * 0 for success, an errno, * where the caller died or hung. */
struct expect_row {
	const char *name;
	int position;
	const char *results;
};

static const struct expect_row expected[] = {
#include "badptr_expect.h"
	{NULL, 0, NULL},
};

/* Memory that the experiments point into, made anew in each child. */
static char *zero_page;   /* read-write, zeros: what is read */
static char *out_page;    /* read-write: what is written */
static char *other_page;  /* read-write: what is only addressed */
static char *const_page;  /* read-only, zeros */
static char *closed_page; /* no access; the page before it is half_page */
static char *half_page;   /* read-write, its last three bytes "abc" */
static char *hole_page;   /* not mapped, nor anything near it */

#define FILE_FD      10 /* a regular file of one page, at offset 0, made anew for each call */
#define FILE_FD_OF   20 /* where it is copied from */
#define DIRECTORY_FD 21
#define SOCKET_FD    22 /* connected, with a byte to read; made anew for each call on sockets */
#define PEER_FD      23
#define QUEUE_FD     24         /* a message queue with a message and room for another; likewise */
#define QUEUE_NAME   "badptr.f" /* as the files' */

/*
 * Where Linux's answer hangs on how it is written, and another is as good: lengths that wrap round
 * to nothing, a stack that is the present one, more to be given back than was mapped, memory that
 * is asked for before it is looked where the answer goes.
 */
static const struct {
	const char *name;
	int position;
	int also;
} leniencies[] = {
	{"mremap", 1, EFAULT},  {"msync", 1, ENOMEM},       {"madvise", 0, EINVAL},
	{"madvise", 1, EINVAL}, {"sigaltstack", 0, ENOMEM}, {"sigaltstack", 1, ENOMEM},
	{"waitid", 2, ECHILD},  {"mmap", 1, ENOMEM}, /* more than this machine has */
	{"sendto", 2, 0},                            /* what can be read of the buffer is sent */
};

/* Valid arguments besides the usual ones, so that the call gets as far as its pointers,
 * harmlessly. */
static const struct {
	const char *name;
	int position;
	long value;
} integers[] = {
	{"poll", 1, 1},
	{"select", 0, 1},
	{"pselect6", 0, 1},
	{"ppoll", 1, 1},
	{"readv", 2, 1},
	{"writev", 2, 1},
	{"mmap", 2, PROT_READ | PROT_WRITE},
	{"mmap", 3, MAP_PRIVATE | MAP_ANONYMOUS},
	{"msync", 2, MS_SYNC},
	{"wait4", 2, WNOHANG},
	{"waitid", 3, WEXITED | WNOHANG},
	{"rt_sigaction", 0, SIGUSR1},
	{"clone", 0, SIGCHLD | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID},
	{"getrlimit", 0, RLIMIT_CORE},
	{"setrlimit", 0, RLIMIT_CORE},
	{"prlimit64", 1, RLIMIT_CORE},
	{"getgroups", 0, 8},
	{"setgroups", 0, 1},
	{"prctl", 0, 16 /* PR_GET_NAME */},
	{"arch_prctl", 0, 0x1003 /* ARCH_GET_FS */},
	{"futex", 1, 1 /* FUTEX_WAKE */},
	{"clock_settime", 0, CLOCK_MONOTONIC},
	{"getrandom", 2, 1 /* GRND_NONBLOCK */},
	{"set_robust_list", 1, 24},
	{"flock", 1, 8 /* LOCK_UN */},
	{"getcwd", 1, CHECK_PAGE},
	{"getdents64", 0, DIRECTORY_FD},
	{"getdents64", 2, 512},
	{"fchdir", 0, DIRECTORY_FD},
	{"connect", 2, 110},
	{"bind", 2, 110},
	{"socketpair", 0, AF_UNIX},
	{"socketpair", 1, SOCK_STREAM},
	{"setsockopt", 1, SOL_SOCKET},
	{"setsockopt", 2, SO_REUSEADDR},
	{"setsockopt", 4, sizeof(int)},
	{"getsockopt", 1, SOL_SOCKET},
	{"getsockopt", 2, SO_TYPE},
	{"mq_open", 1, O_CREAT | O_RDWR},
	{"mq_open", 2, 0600},
	{"reboot", 0, (int)0xfee1dead},
	{"reboot", 1, 672274793},
	{"reboot", 2, 0 /* LINUX_REBOOT_CMD_CAD_OFF */},
};

static int is_on_sockets(const struct call *call)
{
	return (call->number >= SYS_connect && call->number <= SYS_getsockopt &&
		call->number != SYS_socketpair) ||
	       call->number == SYS_accept4;
}

static int is_on_queues(const struct call *call)
{
	return call->number >= SYS_mq_timedsend && call->number <= SYS_mq_getsetattr;
}

enum value_class { CLASS_NONE, CLASS_POINTER, CLASS_LENGTH, CLASS_DESCRIPTOR };

#define POINTER_VALUES    15
#define HALF_MAPPED       5
#define LAST_BYTES        7
#define LENGTH_VALUES     12
#define DESCRIPTOR_VALUES 6

static enum value_class class_of(char kind)
{
	switch (kind) {
	case 's':
	case 'p':
	case 'o':
	case 'a':
		return CLASS_POINTER;
	case 'l':
	case 'n':
		return CLASS_LENGTH;
	case 'd':
		return CLASS_DESCRIPTOR;
	default:
		return CLASS_NONE;
	}
}

static int values_of(char kind)
{
	static const int count[] = {0, POINTER_VALUES, LENGTH_VALUES, DESCRIPTOR_VALUES};

	return count[class_of(kind)];
}

static long pointer_value(int index)
{
	const long values[POINTER_VALUES] = {
		0,
		1,
		(long)CHECK_PAGE,
		(long)hole_page,
		(long)closed_page,
		(long)closed_page - 3, /* HALF_MAPPED */
		USER_END,
		USER_END - 4,          /* LAST_BYTES */
		USER_END + CHECK_PAGE, /* the first address that is not canonical */
		(long)KERNEL_HALF,
		(long)0xffffffff80100000UL,
		-1,
		-4096,
		(long)const_page,
		(long)out_page + 1,
	};

	return values[index];
}

static long bad_value(char kind, int index)
{
	static const unsigned long lengths[LENGTH_VALUES] = {
		0,          1,           4096,      0x7fffffff,         0x80000000,
		0xffffffff, 0x100000000, 1UL << 47, 0x7fffffffffffffff, 0x8000000000000000,
		-4096UL,    -1UL,
	};
	static const long descriptors[DESCRIPTOR_VALUES] = {
		-1, 900, 999, 0x7fffffff, -100 /* AT_FDCWD */, 0x100000000L | FILE_FD,
	};

	switch (class_of(kind)) {
	case CLASS_POINTER:
		return pointer_value(index);
	case CLASS_LENGTH:
		return (long)lengths[index];
	default:
		return descriptors[index];
	}
}

static long good_value(const struct call *call, int position)
{
	int paths = 0;

	for (size_t i = 0; i < COUNT(integers); i++)
		if (integers[i].position == position && strcmp(integers[i].name, call->name) == 0)
			return integers[i].value;
	for (int i = 0; i < position; i++)
		paths += call->kinds[i] == 's';
	switch (call->kinds[position]) {
	case 's':
		if (strcmp(call->name, "execve") == 0)
			return (long)"/proc/self/exe";
		if (strncmp(call->name, "readlink", 8) == 0)
			return (long)"badptr.l";
		return (long)(paths ? "badptr.g" : "badptr.f");
	case 'p':
		return (long)zero_page;
	case 'o':
		return (long)out_page;
	case 'a':
		return (long)other_page;
	case 'd':
		if (is_on_sockets(call))
			return SOCKET_FD;
		if (is_on_queues(call))
			return QUEUE_FD;
		return call->kinds[position + 1] == 's' ? AT_FDCWD : FILE_FD;
	case 'l':
		return 8;
	default:
		return 0;
	}
}

/* ---- The experiments ---- */

struct experiment {
	short call;
	char position;
	char value;
};

static struct experiment experiments[MAX_EXPERIMENTS];
static int experiment_count;

static void list_experiments(const char *only)
{
	for (size_t c = 0; c < COUNT(calls); c++) {
		if (only && strcmp(only, calls[c].name) != 0)
			continue;
		for (int p = 0; calls[c].kinds[p]; p++)
			for (int v = 0; v < values_of(calls[c].kinds[p]); v++) {
				CHECK(experiment_count < MAX_EXPERIMENTS);
				if (experiment_count < MAX_EXPERIMENTS)
					experiments[experiment_count++] =
						(struct experiment){c, p, v};
			}
	}
}

/*
 * One block of pages, all separated by closed ones, at an address where neither system puts
 * anything itself, so that the huge lengths reach the same emptiness on both.
 */
static void map_pages(void)
{
	char *block = (char *)0x200000000;

	mmap(block, 16 * CHECK_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	zero_page = block + 1 * CHECK_PAGE;
	out_page = block + 3 * CHECK_PAGE;
	other_page = block + 5 * CHECK_PAGE;
	const_page = block + 7 * CHECK_PAGE;
	half_page = block + 9 * CHECK_PAGE;
	closed_page = block + 10 * CHECK_PAGE;
	hole_page = (char *)0x180000000;
	mprotect(zero_page, CHECK_PAGE, PROT_READ | PROT_WRITE);
	mprotect(out_page, CHECK_PAGE, PROT_READ | PROT_WRITE);
	mprotect(other_page, CHECK_PAGE, PROT_READ | PROT_WRITE);
	mprotect(half_page, CHECK_PAGE, PROT_READ | PROT_WRITE);
	mprotect(const_page, CHECK_PAGE, PROT_READ);
}

/* In each child of the sweep. */
static void child_setup(void)
{
	map_pages();
	dup2(open("badptr.file", O_RDWR | O_CREAT | O_TRUNC, 0600), FILE_FD_OF);
	dup2(open(".", O_RDONLY | O_DIRECTORY), DIRECTORY_FD);
	if (symlink("badptr.file", "badptr.l") != 0 && errno != EEXIST)
		check_fail(__FILE__, __LINE__, "symlink: errno %d", errno);
	signal(SIGPIPE, SIG_IGN);
}

/* The queue is made by its descriptor: what the name meant before stays out of it. */
static void make_queue(void)
{
	long attributes[8] = {0, 2, 8};
	long fd;

	raw_syscall(SYS_mq_unlink, (long)QUEUE_NAME, 0, 0, 0, 0, 0);
	fd = raw_syscall(SYS_mq_open, (long)QUEUE_NAME, O_CREAT | O_RDWR | O_NONBLOCK, 0600,
			 (long)attributes, 0, 0);
	raw_syscall(SYS_dup2, fd, QUEUE_FD, 0, 0, 0, 0);
	raw_syscall(SYS_close, fd, 0, 0, 0, 0, 0);
	raw_syscall(SYS_mq_timedsend, QUEUE_FD, (long)"x", 1, 0, 0, 0);
	raw_syscall(SYS_mq_unlink, (long)QUEUE_NAME, 0, 0, 0, 0, 0);
}

static void make_sockets(void)
{
	int fds[2];

	raw_syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, (long)fds, 0, 0);
	for (int i = 0; i < 2; i++) {
		raw_syscall(SYS_dup2, fds[i], i ? PEER_FD : SOCKET_FD, 0, 0, 0, 0);
		raw_syscall(SYS_close, fds[i], 0, 0, 0, 0, 0);
	}
	raw_syscall(SYS_write, PEER_FD, (long)"x", 1, 0, 0, 0);
}

/* What the call may use up or change is made anew; memory and descriptors without libc's help. */
static void prepare(const struct call *call)
{
	raw_syscall(SYS_dup2, FILE_FD_OF, FILE_FD, 0, 0, 0, 0);
	raw_syscall(SYS_ftruncate, FILE_FD, CHECK_PAGE, 0, 0, 0, 0);
	raw_syscall(SYS_pwrite64, FILE_FD, (long)"x", 1, CHECK_PAGE - 1, 0, 0);
	raw_syscall(SYS_lseek, FILE_FD, 0, SEEK_SET, 0, 0, 0);
	if (strchr(call->kinds, 'a'))
		map_pages();
	memset(zero_page, 0, 64);
	memset(out_page, 0, CHECK_PAGE);
	if (is_on_sockets(call))
		make_sockets();
	if (is_on_queues(call))
		make_queue();
	memcpy(closed_page - 3, "abc", 3);
	if (strchr(call->kinds, 's')) {
		int fd = open("badptr.f", O_RDWR | O_CREAT | O_TRUNC, 0600);

		if (fd >= 0)
			close(fd);
		unlink("badptr.g");
	}
}

static int run_experiment(int i)
{
	const struct experiment *e = &experiments[i];
	const struct call *call = &calls[e->call];
	long args[6] = {0}, r;

	prepare(call);
	for (int p = 0; call->kinds[p]; p++)
		args[p] = p == e->position ? bad_value(call->kinds[p], e->value)
					   : good_value(call, p);
	r = raw_syscall(call->number, args[0], args[1], args[2], args[3], args[4], args[5]);
	if (call->number == SYS_mmap && r > 0)
		raw_syscall(SYS_munmap, r, args[1], 0, 0, 0, 0);
	return r < 0 && r >= -4095 ? (int)r : 0;
}

/* ---- What came of them ---- */

static const char *expected_for(const struct call *call, int position)
{
	for (const struct expect_row *row = expected; row->name; row++)
		if (row->position == position && strcmp(row->name, call->name) == 0)
			return row->results;
	return NULL;
}

/* The recorded result number `index`: 0, an errno, or -1 where there is none to compare with. */
static int recorded(const char *results, int index)
{
	while (results && index-- > 0) {
		results = strchr(results, ' ');
		if (results)
			results++;
	}
	return !results || *results == '*' ? -1 : (int)strtol(results, NULL, 10);
}

/*
 * A buffer that is half there may be used as far as it goes, or refused. What lies in the last user
 * page depends on where the stack ends.
 */
static int same(const struct experiment *e, int want, int got)
{
	char kind = calls[e->call].kinds[(int)e->position];

	if (want == -1 || want == got)
		return 1;
	if (class_of(kind) == CLASS_POINTER && e->value == LAST_BYTES)
		return 1;
	for (size_t i = 0; i < COUNT(leniencies); i++)
		if (strcmp(leniencies[i].name, calls[e->call].name) == 0 &&
		    leniencies[i].position == e->position && leniencies[i].also == got)
			return 1;
	return (kind == 'p' || kind == 'o') && e->value == HALF_MAPPED &&
	       (want == 0 || want == EFAULT) && (got == 0 || got == EFAULT);
}

static void compare(const struct sweep *s)
{
	for (int i = 0; i < s->count; i++) {
		const struct experiment *e = &experiments[i];
		const struct call *call = &calls[e->call];
		int want = recorded(expected_for(call, e->position), e->value);
		int got = -s->result[i];

		if (s->result[i] == SWEEP_NOT_RUN)
			check_fail(__FILE__, __LINE__, "%s was not called", call->name);
		else if (!expected_for(call, e->position))
			check_fail(__FILE__, __LINE__, "%s: argument %d has no row of Linux's",
				   call->name, e->position);
		else if (!same(e, want, got))
			check_fail(__FILE__, __LINE__,
				   "%s: argument %d (%c), value %d: expected %d, got %d",
				   call->name, e->position, call->kinds[(int)e->position], e->value,
				   want, got);
	}
}

/* Prints badptr_expect.h. */
static void record(const struct sweep *s)
{
	printf("/* SPDX-License-Identifier: MIT */\n"
	       "/* What Linux answers, printed by `badptr record` there. See badptr.c. */\n"
	       "/* clang-format off */\n");
	for (int i = 0; i < s->count; i++) {
		const struct experiment *e = &experiments[i];

		if (e->value == 0)
			printf("{\"%s\", %d, \"", calls[e->call].name, e->position);
		else
			printf(" ");
		if (s->result[i] <= SWEEP_DIED)
			printf("*");
		else
			printf("%d", -s->result[i]);
		if (e->value == values_of(calls[e->call].kinds[(int)e->position]) - 1)
			printf("\"},\n");
	}
}

int main(int argc, char **argv)
{
	int recording = argc > 1 && strcmp(argv[1], "record") == 0;
	struct sweep *s;
	int children;

	/* An experiment with execve may succeed, without arguments. */
	if (argc < 1 || !*argv[0])
		return 0;
	list_experiments(argc > 1 && !recording ? argv[1] : NULL);
	s = sweep_create(experiment_count, run_experiment, child_setup);
	children = sweep_run(s);
	raw_syscall(SYS_mq_unlink, (long)QUEUE_NAME, 0, 0, 0, 0, 0);
	if (recording)
		record(s);
	else
		compare(s);
	if (recording)
		return 0;
	check_print("%d calls in %d processes, %d wrong", experiment_count, children,
		    check_failures);
	return check_failures ? 1 : 0;
}
