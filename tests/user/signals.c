/* SPDX-License-Identifier: MIT */
/*
 * Signals: delivery and masks, nesting, what a handler is told and may change, interrupted and
 * restarted calls, alternate stacks, stop and continue, SIGCHLD. Spoilt frames are sigreturn_bad.c.
 */
#include "check.h"

#include <ucontext.h>

static volatile sig_atomic_t count, last_signal, order[32], ordered;
static volatile siginfo_t last_info;

static void on_signal(int sig, siginfo_t *info, void *context)
{
	last_signal = sig;
	last_info = *info;
	if (ordered < 32)
		order[ordered++] = sig;
	count++;
}

static sigset_t set_of(int a, int b)
{
	sigset_t set;

	sigemptyset(&set);
	if (a)
		sigaddset(&set, a);
	if (b)
		sigaddset(&set, b);
	return set;
}

static void block(int a, int b)
{
	sigset_t set = set_of(a, b);

	CHECK_OK(sigprocmask(SIG_BLOCK, &set, NULL));
}

static void unblock(int a, int b)
{
	sigset_t set = set_of(a, b);

	CHECK_OK(sigprocmask(SIG_UNBLOCK, &set, NULL));
}

static void handlers(void)
{
	struct sigaction sa, old;

	check_handler(SIGUSR1, on_signal, 0);
	CHECK_OK(kill(getpid(), SIGUSR1));
	CHECK_EQ(count, 1);
	CHECK_OK(raise(SIGUSR1));
	CHECK_EQ(count, 2);
	CHECK_OK(sigaction(SIGUSR1, NULL, &old));
	CHECK(old.sa_sigaction == on_signal);
	CHECK_EQ(old.sa_flags & SA_SIGINFO, SA_SIGINFO);
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = SIG_IGN;
	CHECK_OK(sigaction(SIGUSR1, &sa, NULL));
	CHECK_OK(kill(getpid(), SIGUSR1));
	CHECK_EQ(count, 2);
	CHECK_ERRNO(sigaction(SIGKILL, &sa, NULL), EINVAL);
	CHECK_ERRNO(sigaction(SIGSTOP, &sa, NULL), EINVAL);
	CHECK_ERRNO(sigaction(0, &sa, NULL), EINVAL);
	CHECK_ERRNO(sigaction(65, &sa, NULL), EINVAL);
	CHECK_ERRNO(kill(getpid(), 65), EINVAL);
	CHECK_ERRNO(kill(getpid(), -1), EINVAL);
	CHECK_ERRNO(kill(0x3ffffff, 0), ESRCH);
	CHECK_OK(kill(getpid(), 0));
}

static int default_signal;

static void raise_default(void)
{
	signal(default_signal, SIG_DFL);
	kill(getpid(), default_signal);
}

/* The default action of each: terminate, or nothing. Stops are below. */
static void defaults(void)
{
	static const int deadly[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGILL,  SIGTRAP,   SIGABRT,
				     SIGBUS,  SIGFPE,  SIGKILL, SIGUSR1, SIGSEGV,   SIGUSR2,
				     SIGPIPE, SIGALRM, SIGTERM, SIGXCPU, SIGXFSZ,   SIGVTALRM,
				     SIGPROF, SIGIO,   SIGSYS,  34,      SIGSTKFLT, 64};
	static const int harmless[] = {SIGCHLD, SIGURG, SIGWINCH, SIGCONT};

	for (size_t i = 0; i < COUNT(deadly); i++) {
		default_signal = deadly[i];
		CHECK_KILLED(check_run(raise_default, 5000), deadly[i]);
	}
	for (size_t i = 0; i < COUNT(harmless); i++) {
		default_signal = harmless[i];
		CHECK_EXITED(check_run(raise_default, 5000), 0);
	}
}

static void masks(void)
{
	sigset_t pending, all, old;

	check_handler(SIGUSR1, on_signal, 0);
	block(SIGUSR1, SIGUSR2);
	CHECK_OK(kill(getpid(), SIGUSR1));
	CHECK_OK(kill(getpid(), SIGUSR1));
	CHECK_EQ(count, 0);
	CHECK_OK(sigpending(&pending));
	CHECK_EQ(sigismember(&pending, SIGUSR1), 1);
	CHECK_EQ(sigismember(&pending, SIGUSR2), 0);
	unblock(SIGUSR1, 0);
	CHECK_EQ(count, 1); /* an ordinary signal is pending once */
	CHECK_OK(sigpending(&pending));
	CHECK_EQ(sigismember(&pending, SIGUSR1), 0);
	sigfillset(&all);
	CHECK_OK(sigprocmask(SIG_SETMASK, &all, &old));
	CHECK_EQ(sigismember(&old, SIGUSR2), 1);
	CHECK_OK(sigprocmask(SIG_SETMASK, NULL, &old));
	CHECK_EQ(sigismember(&old, SIGKILL), 0);
	CHECK_EQ(sigismember(&old, SIGSTOP), 0);
	CHECK_EQ(sigismember(&old, SIGHUP), 1);
	CHECK_ERRNO(sigprocmask(77, &all, NULL), EINVAL);
	/* Ignoring a pending signal drops it. */
	CHECK_OK(kill(getpid(), SIGUSR1));
	signal(SIGUSR1, SIG_IGN);
	check_handler(SIGUSR1, on_signal, 0);
	unblock(SIGUSR1, 0);
	CHECK_EQ(count, 1);
}

/* The lowest number first; each handler runs before the one that was first delivered returns. */
static void delivery_order(void)
{
	const int sent[] = {SIGTERM, SIGUSR2, SIGHUP, SIGUSR1};

	for (int i = 0; i < 4; i++) {
		check_handler(sent[i], on_signal, 0);
		block(sent[i], 0);
	}
	for (int i = 0; i < 4; i++)
		CHECK_OK(kill(getpid(), sent[i]));
	unblock(0, 0);
	CHECK_EQ(count, 0);
	{
		sigset_t none = set_of(0, 0);

		CHECK_OK(sigprocmask(SIG_SETMASK, &none, NULL));
	}
	CHECK_EQ(count, 4);
	/* Frames are pushed lowest number first, so handlers run in the reverse order. */
	CHECK_EQ(order[0], SIGTERM);
	CHECK_EQ(order[1], SIGUSR2);
	CHECK_EQ(order[2], SIGUSR1);
	CHECK_EQ(order[3], SIGHUP);
}

static volatile int depth, max_depth;

static void nest(int sig, siginfo_t *info, void *context)
{
	depth++;
	if (depth > max_depth)
		max_depth = depth;
	if (++count < 5)
		kill(getpid(), sig);
	depth--;
}

static void nesting(void)
{
	check_handler(SIGUSR1, nest, 0);
	CHECK_OK(kill(getpid(), SIGUSR1));
	CHECK_EQ(count, 5);
	CHECK_EQ(max_depth, 1);
	count = max_depth = 0;
	check_handler(SIGUSR1, nest, SA_NODEFER);
	CHECK_OK(kill(getpid(), SIGUSR1));
	CHECK_EQ(count, 5);
	CHECK_EQ(max_depth, 5);
}

static volatile sig_atomic_t mask_inside;

static void look_at_mask(int sig, siginfo_t *info, void *context)
{
	sigset_t now;

	sigprocmask(SIG_SETMASK, NULL, &now);
	mask_inside = sigismember(&now, SIGUSR1) + 2 * sigismember(&now, SIGUSR2) +
		      4 * sigismember(&now, SIGTERM);
	count++;
}

static void masks_in_handlers(void)
{
	struct sigaction sa;
	sigset_t now;

	memset(&sa, 0, sizeof(sa));
	sa.sa_sigaction = look_at_mask;
	sa.sa_flags = SA_SIGINFO;
	sa.sa_mask = set_of(SIGUSR2, 0);
	CHECK_OK(sigaction(SIGUSR1, &sa, NULL));
	block(SIGTERM, 0);
	CHECK_OK(kill(getpid(), SIGUSR1));
	CHECK_EQ(mask_inside, 7);
	sigprocmask(SIG_SETMASK, NULL, &now);
	CHECK_EQ(sigismember(&now, SIGUSR1), 0);
	CHECK_EQ(sigismember(&now, SIGUSR2), 0);
	CHECK_EQ(sigismember(&now, SIGTERM), 1);
	sa.sa_flags = SA_SIGINFO | SA_RESETHAND;
	CHECK_OK(sigaction(SIGUSR1, &sa, NULL));
	CHECK_OK(kill(getpid(), SIGUSR1));
	CHECK_OK(sigaction(SIGUSR1, NULL, &sa));
	CHECK(sa.sa_handler == SIG_DFL);
	CHECK_EQ(count, 2);
}

static void siginfo(void)
{
	pid_t pid;

	check_handler(SIGUSR1, on_signal, 0);
	CHECK_OK(kill(getpid(), SIGUSR1));
	CHECK_EQ(last_info.si_signo, SIGUSR1);
	CHECK_EQ(last_info.si_code, SI_USER);
	CHECK_EQ(last_info.si_pid, getpid());
	CHECK_EQ(last_info.si_uid, 0);
	CHECK_EQ(raw_syscall(SYS_tgkill, getpid(), getpid(), SIGUSR1, 0, 0, 0), 0);
	CHECK_EQ(last_info.si_code, SI_TKILL);
	CHECK_EQ(last_info.si_pid, getpid());
	pid = fork();
	if (pid == 0) {
		kill(getppid(), SIGUSR1);
		_exit(0);
	}
	CHECK_EXITED(check_wait(pid, 5000), 0);
	CHECK_EQ(last_info.si_pid, pid);
	CHECK_EQ(count, 3);
	CHECK_EQ(raw_syscall(SYS_tgkill, getpid(), getpid() + 1000000, 0, 0, 0, 0), -ESRCH);
	CHECK_EQ(raw_syscall(SYS_tgkill, -1, getpid(), 0, 0, 0, 0), -EINVAL);
	CHECK_EQ(raw_syscall(SYS_tkill, getpid(), SIGUSR1, 0, 0, 0, 0), 0);
	CHECK_EQ(count, 4);
}

static void child_info(void)
{
	pid_t pid;

	check_handler(SIGCHLD, on_signal, SA_RESTART);
	pid = fork();
	if (pid == 0)
		_exit(7);
	while (count < 1)
		check_sleep_ms(1);
	CHECK_EQ(last_info.si_signo, SIGCHLD);
	CHECK_EQ(last_info.si_code, CLD_EXITED);
	CHECK_EQ(last_info.si_pid, pid);
	CHECK_EQ(last_info.si_status, 7);
	CHECK_EXITED(check_wait(pid, 5000), 7);
	pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	CHECK_OK(kill(pid, SIGSTOP));
	check_await_state(pid, 'T');
	CHECK_EQ(last_info.si_code, CLD_STOPPED);
	CHECK_EQ(last_info.si_status, SIGSTOP);
	CHECK_OK(kill(pid, SIGCONT));
	while (last_info.si_code != CLD_CONTINUED)
		check_sleep_ms(1);
	CHECK_OK(kill(pid, SIGTERM));
	CHECK_KILLED(check_wait(pid, 5000), SIGTERM);
	CHECK_EQ(last_info.si_code, CLD_KILLED);
	CHECK_EQ(last_info.si_status, SIGTERM);
	/* SA_NOCLDSTOP: no word of stops. */
	check_handler(SIGCHLD, on_signal, SA_NOCLDSTOP);
	count = 0;
	pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	CHECK_OK(kill(pid, SIGSTOP));
	check_await_state(pid, 'T');
	CHECK_EQ(count, 0);
	CHECK_OK(kill(pid, SIGKILL));
	CHECK_KILLED(check_wait(pid, 5000), SIGKILL);
	CHECK_EQ(count, 1);
}

static void signal_later(pid_t to, int sig, int ms)
{
	check_sleep_ms(ms);
	kill(to, sig);
	_exit(0);
}

/* Waits until the main process sleeps in its call, signals it, and later gives it its data. */
static void poke(pid_t to, int fd)
{
	check_await_asleep(to);
	kill(to, SIGUSR1);
	check_await_asleep(to);
	_exit(write(fd, "x", 1) != 1);
}

static void interrupted_calls(void)
{
	char c;
	int fds[2];
	pid_t self = getpid();

	CHECK_OK(pipe(fds));
	check_handler(SIGUSR1, on_signal, 0);
	if (fork() == 0) {
		check_await_asleep(self);
		signal_later(self, SIGUSR1, 0);
	}
	CHECK_ERRNO(read(fds[0], &c, 1), EINTR);
	CHECK_EQ(count, 1);
	check_handler(SIGUSR1, on_signal, SA_RESTART);
	if (fork() == 0)
		poke(self, fds[1]);
	CHECK_EQ(read(fds[0], &c, 1), 1);
	CHECK_EQ(count, 2);
	/* A signal that is ignored, or blocked, interrupts nothing. */
	signal(SIGUSR1, SIG_IGN);
	if (fork() == 0)
		poke(self, fds[1]);
	CHECK_EQ(read(fds[0], &c, 1), 1);
	check_handler(SIGUSR1, on_signal, 0);
	block(SIGUSR1, 0);
	if (fork() == 0)
		poke(self, fds[1]);
	CHECK_EQ(read(fds[0], &c, 1), 1);
	CHECK_EQ(count, 2);
	unblock(SIGUSR1, 0);
	CHECK_EQ(count, 3);
	/* wait4 restarts too; poll and nanosleep never do. */
	check_handler(SIGUSR1, on_signal, SA_RESTART);
	if (fork() == 0) {
		check_await_asleep(self);
		signal_later(self, SIGUSR1, 0);
	}
	{
		struct timespec t = {100000, 0};

		CHECK_ERRNO(nanosleep(&t, &t), EINTR);
		CHECK_RANGE(t.tv_sec, 99000, 99999);
	}
	while (wait(NULL) > 0)
		;
	CHECK_EQ(errno, ECHILD);
}

static void suspending(void)
{
	sigset_t none = set_of(0, 0), now;
	pid_t self = getpid();

	check_handler(SIGUSR1, on_signal, 0);
	block(SIGUSR1, 0);
	if (fork() == 0)
		signal_later(self, SIGUSR1, 5);
	CHECK_ERRNO(sigsuspend(&none), EINTR);
	CHECK_EQ(count, 1);
	sigprocmask(SIG_SETMASK, NULL, &now);
	CHECK_EQ(sigismember(&now, SIGUSR1), 1);
	/* Already pending: no sleep at all. */
	CHECK_OK(kill(self, SIGUSR1));
	CHECK_ERRNO(sigsuspend(&none), EINTR);
	CHECK_EQ(count, 2);
	wait(NULL);
}

static char *alternate;
static volatile sig_atomic_t on_alternate;

static void look_at_stack(int sig, siginfo_t *info, void *context)
{
	char here;
	stack_t now;

	on_alternate = &here >= alternate && &here < alternate + 65536;
	sigaltstack(NULL, &now);
	if (on_alternate && !(now.ss_flags & SS_ONSTACK))
		on_alternate = -1;
	now.ss_flags = SS_DISABLE;
	if (on_alternate && (sigaltstack(&now, NULL) != -1 || errno != EPERM))
		on_alternate = -2;
	count++;
}

static void alternate_stack(void)
{
	stack_t stack = {.ss_size = 65536}, now;

	CHECK_OK(sigaltstack(NULL, &now));
	CHECK_EQ(now.ss_flags, SS_DISABLE);
	alternate = stack.ss_sp = malloc(65536);
	CHECK_OK(sigaltstack(&stack, NULL));
	check_handler(SIGUSR1, look_at_stack, 0);
	CHECK_OK(kill(getpid(), SIGUSR1));
	CHECK_EQ(on_alternate, 0);
	check_handler(SIGUSR1, look_at_stack, SA_ONSTACK);
	CHECK_OK(kill(getpid(), SIGUSR1));
	CHECK_EQ(on_alternate, 1);
	CHECK_OK(sigaltstack(NULL, &now));
	CHECK_EQ(now.ss_flags, 0);
	CHECK(now.ss_sp == alternate && now.ss_size == 65536);
	stack.ss_size = 100;
	CHECK_ERRNO(sigaltstack(&stack, NULL), ENOMEM);
	stack.ss_flags = 0x1234;
	CHECK_ERRNO(sigaltstack(&stack, NULL), EINVAL);
	stack.ss_flags = SS_DISABLE;
	CHECK_OK(sigaltstack(&stack, NULL));
	CHECK_OK(kill(getpid(), SIGUSR1));
	CHECK_EQ(on_alternate, 0);
}

/* Default stop actions, SIGCONT wakes whatever its own action, SIGKILL ends a stopped process. */
static void stop_and_continue(void)
{
	static const int stops[] = {SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU};
	volatile int *beats = check_shared(CHECK_PAGE);

	for (size_t i = 0; i < COUNT(stops); i++) {
		pid_t pid = fork();
		int status, then;

		if (pid == 0) {
			setpgid(0, 0);
			signal(SIGCONT, SIG_IGN);
			for (;;) {
				(*beats)++;
				check_sleep_ms(1);
			}
		}
		setpgid(pid, pid);
		CHECK_OK(kill(pid, stops[i]));
		CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
		CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == stops[i]);
		CHECK_EQ(check_state(pid), 'T');
		then = *beats;
		check_sleep_ms(20);
		CHECK_EQ(*beats, then);
		CHECK_OK(kill(pid, SIGTERM));
		check_sleep_ms(5);
		CHECK_EQ(check_state(pid), 'T');
		CHECK_OK(kill(pid, i & 1 ? SIGKILL : SIGCONT));
		CHECK_KILLED(check_wait(pid, 5000), i & 1 ? SIGKILL : SIGTERM);
	}
}

static void change_registers(int sig, siginfo_t *info, void *context)
{
	ucontext_t *c = context;

	c->uc_mcontext.gregs[REG_RAX] = 1234;
	c->uc_mcontext.gregs[REG_R12] = 5678;
	sigaddset(&c->uc_sigmask, SIGUSR2);
	count++;
}

/* What a handler writes into its frame is what the program has afterwards. */
static void frame_is_restored(void)
{
	register long r12 __asm__("r12") = 12;
	sigset_t now;
	long rax = SYS_kill;

	check_handler(SIGUSR1, change_registers, 0);
	__asm__ volatile("syscall"
			 : "+a"(rax), "+r"(r12)
			 : "D"((long)getpid()), "S"((long)SIGUSR1)
			 : "rcx", "r11", "memory");
	CHECK_EQ(rax, 1234);
	CHECK_EQ(r12, 5678);
	sigprocmask(SIG_SETMASK, NULL, &now);
	CHECK_EQ(sigismember(&now, SIGUSR2), 1);
}

static void forked_and_executed(void)
{
	check_handler(SIGUSR1, on_signal, 0);
	block(SIGUSR2, 0);
	CHECK_OK(kill(getpid(), SIGUSR2));
	if (fork() == 0) {
		sigset_t pending, now;

		/* Handlers and mask are inherited, pending signals are not. */
		sigpending(&pending);
		CHECK_EQ(sigismember(&pending, SIGUSR2), 0);
		sigprocmask(SIG_SETMASK, NULL, &now);
		CHECK_EQ(sigismember(&now, SIGUSR2), 1);
		CHECK_OK(kill(getpid(), SIGUSR1));
		CHECK_EQ(count, 1);
		_exit(check_failures ? 1 : 0);
	}
	{
		int status;

		wait(&status);
		CHECK_EXITED(status, 0);
	}
}

static void groups(void)
{
	pid_t pids[3];

	for (int i = 0; i < 3; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			for (;;)
				pause();
		CHECK_OK(setpgid(pids[i], i < 2 ? pids[0] : pids[2]));
	}
	CHECK_EQ(getpgid(pids[1]), pids[0]);
	CHECK_OK(kill(-pids[0], SIGTERM));
	CHECK_KILLED(check_wait(pids[0], 5000), SIGTERM);
	CHECK_KILLED(check_wait(pids[1], 5000), SIGTERM);
	CHECK(check_state(pids[2]) != 'Z');
	CHECK_ERRNO(kill(-pids[0], SIGTERM), ESRCH);
	CHECK_OK(kill(pids[2], SIGTERM));
	CHECK_KILLED(check_wait(pids[2], 5000), SIGTERM);
}

static const struct check_case cases[] = {
	CASE(handlers),
	CASE(defaults),
	CASE(masks),
	CASE(delivery_order),
	CASE(nesting),
	CASE(masks_in_handlers),
	CASE(siginfo),
	CASE(child_info),
	CASE(interrupted_calls),
	CASE(suspending),
	CASE(alternate_stack),
	CASE(stop_and_continue),
	CASE(frame_is_restored),
	CASE(forked_and_executed),
	CASE(groups),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
