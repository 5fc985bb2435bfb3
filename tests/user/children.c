/* SPDX-License-Identifier: MIT */
/*
 * Leaving with things still going on: children alive, dead and stopped, pipes open and full, a
 * terminal-less session, a vfork child. Orphans get a new parent and end as they like, nobody
 * hangs, and afterwards (the runner counts) nothing is left.
 */
#include "check.h"

/* Reads to the end of the file; returns how many bytes came. */
static int drain(int fd)
{
	char buffer[256];
	int total = 0, n;

	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		total += n;
	return n < 0 ? -1 : total;
}

/* Forks children that outlive it a little, and exits without waiting. The last to go closes the
 * pipe. */
static void exits_with_children(void)
{
	int fds[2], status;
	pid_t pid;

	CHECK_OK(pipe(fds));
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 8; i++)
			if (fork() == 0) {
				close(fds[0]);
				check_sleep_ms(5 * i);
				_exit(write(fds[1], "x", 1) != 1);
			}
		_exit(3);
	}
	close(fds[1]);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EXITED(status, 3);
	CHECK_EQ(drain(fds[0]), 8);
	CHECK_ERRNO(waitpid(-1, &status, 0), ECHILD);
}

/* Its children are zombies already when it exits. */
static void exits_with_zombies(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		pid_t zombies[4];

		for (int i = 0; i < 4; i++) {
			zombies[i] = fork();
			if (zombies[i] == 0)
				_exit(i);
		}
		for (int i = 0; i < 4; i++)
			check_await_state(zombies[i], 'Z');
		_exit(check_failures ? 1 : 0);
	}
	CHECK_EXITED(check_wait(pid, 5000), 0);
}

/* A new parent is there: pid 1, or the nearest subreaper of the control machine. */
static void orphan_has_parent(void)
{
	int fds[2];
	pid_t pid, middle, parent = 0;

	CHECK_OK(pipe(fds));
	middle = fork();
	if (middle == 0) {
		middle = getpid();
		pid = fork();
		if (pid == 0) {
			while (getppid() == middle)
				check_sleep_ms(1);
			parent = getppid();
			_exit(write(fds[1], &parent, sizeof(parent)) != sizeof(parent));
		}
		_exit(0);
	}
	CHECK_EXITED(check_wait(middle, 5000), 0);
	CHECK_EQ(read(fds[0], &parent, sizeof(parent)), sizeof(parent));
	CHECK(parent > 0 && parent != middle && parent != getpid());
	if (on_tarae())
		CHECK_EQ(parent, 1);
}

/* A chain: each process forks the next and exits at once, a hundred deep. */
static void chain_of_orphans(void)
{
	int fds[2];
	pid_t pid;

	CHECK_OK(pipe(fds));
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		for (int depth = 0; depth < 100; depth++) {
			pid = fork();
			if (pid < 0)
				_exit(1);
			if (pid > 0)
				_exit(0);
		}
		_exit(write(fds[1], "end", 3) != 3);
	}
	close(fds[1]);
	CHECK_EXITED(check_wait(pid, 5000), 0);
	CHECK_EQ(drain(fds[0]), 3);
}

/* Exits with a full pipe that a child is blocked writing to, and one that a child is reading. */
static void exits_with_pipes(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		static char block[65536];
		int full[2], empty[2];
		pid_t writer, reader;

		CHECK_OK(pipe(full));
		CHECK_OK(pipe(empty));
		writer = fork();
		if (writer == 0) {
			close(full[0]);
			CHECK_EQ(write(full[1], block, sizeof(block)), sizeof(block));
			if (write(full[1], block, 1) != 1)
				_exit(2);
			_exit(0);
		}
		reader = fork();
		if (reader == 0) {
			char c;

			close(empty[1]);
			close(full[0]);
			close(full[1]);
			_exit(read(empty[0], &c, 1) != 0);
		}
		check_await_state(writer, 'S');
		check_await_state(reader, 'S');
		_exit(check_failures ? 1 : 0);
	}
	CHECK_EXITED(check_wait(pid, 10000), 0);
}

/* Stopped children of one that exits are not left behind stopped for ever when killed. */
static void exits_with_stopped(void)
{
	pid_t *stopped = check_shared(sizeof(*stopped));
	pid_t pid = fork();

	if (pid == 0) {
		pid_t child = fork(); /* not into the shared word: both sides would write it */

		if (child == 0)
			for (;;)
				pause();
		*stopped = child;
		kill(*stopped, SIGSTOP);
		check_await_state(*stopped, 'T');
		_exit(check_failures ? 1 : 0);
	}
	CHECK_EXITED(check_wait(pid, 5000), 0);
	CHECK_EQ(check_state(*stopped), 'T');
	CHECK_OK(kill(*stopped, SIGKILL));
	while (kill(*stopped, 0) == 0 && check_state(*stopped) != 'Z')
		check_sleep_ms(1);
	int state = check_state(*stopped); /* once: whoever inherited it may take it in between */
	CHECK(state == 0 || state == 'Z');
}

/* A child makes processes of its own, and its end leaves them orphans. The end of a pipe to which
 * they write. */
static int orphans_of(void (*make_them)(int fd))
{
	int fds[2];
	pid_t pid;

	CHECK_OK(pipe(fds));
	pid = fork();
	if (pid == 0) {
		make_them(fds[1]);
		_exit(check_failures ? 1 : 0);
	}
	close(fds[1]);
	CHECK_EXITED(check_wait(pid, 5000), 0);
	return fds[0];
}

static void make_stopped_group(int fd)
{
	pid_t member = fork();

	if (member == 0) {
		setpgid(0, 0);
		for (;;)
			pause();
	}
	setpgid(member, member);
	kill(member, SIGSTOP);
	check_await_state(member, 'T');
}

/* A member of an orphaned group that is stopped gets SIGHUP and SIGCONT. */
static void orphaned_group(void)
{
	CHECK_EQ(drain(orphans_of(make_stopped_group)), 0);
}

static volatile sig_atomic_t hung_up, went_on;

static void on_orphaned(int sig, siginfo_t *info, void *context)
{
	if (sig == SIGHUP)
		hung_up = 1;
	else
		went_on = 1;
}

/* Waits for both signals and says so: every one is blocked but while it sleeps. */
static void await_orphaning(int fd)
{
	sigset_t all, none;

	sigfillset(&all);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &all, NULL);
	check_handler(SIGHUP, on_orphaned, 0);
	check_handler(SIGCONT, on_orphaned, 0);
	kill(getpid(), SIGSTOP);
	while (!hung_up || !went_on)
		sigsuspend(&none);
	_exit(write(fd, "h", 1) != 1);
}

static void lead_stopped_job(int fd)
{
	int status;

	setpgid(0, 0);
	pid_t member = fork();
	if (member == 0)
		await_orphaning(fd);
	CHECK_EQ(waitpid(member, &status, WUNTRACED), member);
	CHECK(WIFSTOPPED(status));
}

/* A job's leader ends, and its own end is what orphans the job: its child, in the same group, is
 * stopped and gets SIGHUP and SIGCONT. */
static void orphaned_by_its_leader(void)
{
	setsid();
	CHECK_EQ(drain(orphans_of(lead_stopped_job)), 1);
}

static void make_group_with_zombie(int fd)
{
	pid_t parent = getpid(), member, zombie;
	sigset_t set;
	int status;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	member = fork();
	if (member == 0) {
		while (getppid() == parent)
			check_sleep_ms(1);
		sigpending(&set);
		_exit(write(fd, sigismember(&set, SIGHUP) ? "h" : "s", 1) != 1);
	}
	zombie = fork();
	if (zombie == 0)
		for (;;)
			pause();
	CHECK_OK(setpgid(member, member));
	CHECK_OK(setpgid(zombie, member));
	kill(zombie, SIGSTOP);
	CHECK_EQ(waitpid(zombie, &status, WUNTRACED), zombie);
	kill(zombie, SIGKILL);
	CHECK_OK(waitid(P_PID, zombie, NULL, WEXITED | WNOWAIT));
}

/* Who was stopped when it was killed is not a stopped member of its group any more: that group is
 * orphaned in silence. */
static void orphaned_with_a_zombie(void)
{
	char told = 0;

	setsid();
	CHECK_EQ(read(orphans_of(make_group_with_zombie), &told, 1), 1);
	CHECK_EQ(told, 's');
}

/* The parent of a vfork child is killed while it waits; the child goes on to its exec or exit. */
static void vfork_parent_killed(void)
{
	int fds[2], go[2];
	pid_t pid;

	CHECK_OK(pipe(fds));
	CHECK_OK(pipe(go));
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		if (vfork() == 0) {
			char c;

			raw_syscall(SYS_write, fds[1], (long)"a", 1, 0, 0, 0);
			raw_syscall(SYS_read, go[0], (long)&c, 1, 0, 0, 0);
			raw_syscall(SYS_write, fds[1], (long)"b", 1, 0, 0, 0);
			_exit(0);
		}
		_exit(0);
	}
	close(fds[1]);
	{
		char c;

		CHECK_EQ(read(fds[0], &c, 1), 1);
	}
	kill(pid, SIGKILL);
	CHECK_KILLED(check_wait(pid, 5000), SIGKILL);
	CHECK_EQ(write(go[1], "g", 1), 1);
	CHECK_EQ(drain(fds[0]), 1);
}

/* SIGCHLD ignored, or SA_NOCLDWAIT: no zombies at all, and wait() waits for all to go. */
static void ignored_children(void)
{
	struct sigaction sa = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT};

	signal(SIGCHLD, SIG_IGN);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 4; i++)
			if (fork() == 0)
				_exit(i);
		CHECK_ERRNO(wait(NULL), ECHILD);
		CHECK_OK(sigaction(SIGCHLD, &sa, NULL));
	}
}

static const struct check_case cases[] = {
	CASE(exits_with_children),    CASE(exits_with_zombies),     CASE(orphan_has_parent),
	CASE(chain_of_orphans),       CASE(exits_with_pipes),       CASE(exits_with_stopped),
	CASE(orphaned_group),         CASE(vfork_parent_killed),    CASE(ignored_children),
	CASE(orphaned_by_its_leader), CASE(orphaned_with_a_zombie),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
