/* SPDX-License-Identifier: MIT */
/*
 * The rest of libc with threads: fork() while others hold its locks, the heap, streams, the
 * environment; objects shared between processes; and that nothing uncontended enters the kernel.
 */
#include "pthreads.h"

#define WORKERS 4

static _Atomic int stop;
static long rounds;

/* ---- fork ---- */

/*
 * A random while without a lock. Where time is counted instructions, a loop that always takes as
 * long may hold its lock at the end of each slice, and fork waits for it a hundred slices.
 * (The heap's takes a random while anyway.)
 */
static void hold_nothing(unsigned *state)
{
	for (volatile unsigned n = chance(state, 200); n > 0; n--)
		;
}

static void *use_heap(void *number)
{
	unsigned state = (unsigned)(long)number + 1;

	while (!stop) {
		void *memory = malloc(chance(&state, 2000));

		setenv("CHURN", "some value", 1);
		free(memory);
	}
	return NULL;
}

static void *use_stream(void *stream)
{
	unsigned state = 3;

	while (!stop) {
		fprintf(stream, "a line of text, and another\n");
		hold_nothing(&state);
	}
	return NULL;
}

static void use_key(void)
{
	pthread_key_t key;

	CHECK_EQ(pthread_key_create(&key, NULL), 0);
	CHECK_EQ(pthread_key_delete(key), 0);
}

static void *use_keys(void *argument)
{
	unsigned state = 4;

	while (!stop) {
		use_key();
		hold_nothing(&state);
	}
	return NULL;
}

static void use_semaphore(void)
{
	sem_t *sem = sem_open("/among-threads", O_CREAT, 0600, 1);

	CHECK(sem != SEM_FAILED);
	CHECK_EQ(sem_close(sem), 0);
}

static void *use_semaphores(void *argument)
{
	unsigned state = 5;

	while (!stop) {
		use_semaphore();
		hold_nothing(&state);
	}
	return NULL;
}

static void use_everything(FILE *stream)
{
	void *memory = malloc(100000);

	CHECK(memory != NULL);
	free(memory);
	if (on_tarae()) { /* glibc's environment may stay locked in the child */
		CHECK_EQ(setenv("CHURN", "child", 1), 0);
		CHECK_STR(getenv("CHURN"), "child");
		use_semaphore(); /* likewise */
	}
	use_key();
	CHECK(fprintf(stream, "child\n") > 0);
	CHECK_EQ(fclose(fopen("/dev/null", "w")), 0);
}

static void *nothing(void *argument)
{
	return argument;
}

/* Each child, of one thread, finds the heap, streams, environment, keys and named semaphores
 * usable, and starts threads. */
static void fork_among_threads(void)
{
	FILE *stream = fopen("/dev/null", "w");
	pthread_t threads[5];

	rounds = check_env("ROUNDS", 30);
	threads[0] = thread_start(use_heap, NULL);
	threads[1] = thread_start(use_heap, (void *)1);
	threads[2] = thread_start(use_stream, stream);
	threads[3] = thread_start(use_keys, NULL);
	threads[4] = thread_start(use_semaphores, NULL);
	for (long i = 0; i < rounds; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			use_everything(stream);
			CHECK_EQ((long)thread_join(thread_start(nothing, (void *)8)), 8);
			_exit(check_failures ? 1 : 0);
		}
		CHECK_EXITED(check_wait(pid, 15000), 0);
		if (check_failures)
			break;
	}
	stop = 1;
	for (size_t i = 0; i < COUNT(threads); i++)
		thread_join(threads[i]);
	CHECK_EQ(sem_unlink("/among-threads"), 0);
}

static char trail[16];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void mark(char c)
{
	trail[strlen(trail)] = c;
}

static void prepare_1(void)
{
	mark('1');
}

static void prepare_2(void)
{
	mark('2');
	pthread_mutex_lock(&mutex);
}

static void parent_1(void)
{
	mark('p');
}

static void after_2(void)
{
	pthread_mutex_unlock(&mutex);
	mark('q');
}

static void child_1(void)
{
	mark('c');
}

/* Prepared from the last to the first, then on each side from the first to the last. */
static void atfork(void)
{
	pid_t pid;

	CHECK_EQ(pthread_atfork(prepare_1, parent_1, child_1), 0);
	CHECK_EQ(pthread_atfork(prepare_2, after_2, after_2), 0);
	pid = fork();
	if (pid == 0) {
		CHECK_STR(trail, "21cq");
		CHECK_EQ(pthread_mutex_trylock(&mutex), 0);
		_exit(check_failures ? 1 : 0);
	}
	CHECK_STR(trail, "21pq");
	CHECK_EXITED(check_wait(pid, 5000), 0);
}

/* ---- Streams ---- */

static FILE *stream;

static void *print_lines(void *number)
{
	char line[64];

	memset(line, 'a' + (int)(long)number, sizeof(line));
	line[40] = 0;
	for (long i = 0; i < rounds; i++) {
		if (i % 2) {
			fprintf(stream, "%s%s\n", line, line);
		} else {
			flockfile(stream);
			fputs(line, stream);
			if (i % 8 == 0)
				sched_yield();
			fputs(line, stream);
			putc_unlocked('\n', stream);
			funlockfile(stream);
		}
	}
	return NULL;
}

static void lines_in_one_piece(void)
{
	char line[200];
	long lines = 0;

	rounds = 150;
	stream = fopen("lines", "w+");
	setvbuf(stream, NULL, _IOFBF, 0);
	threads_run(WORKERS, print_lines);
	rewind(stream);
	while (fgets(line, sizeof(line), stream)) {
		lines++;
		if (strlen(line) != 81 || strspn(line, (char[2]){line[0]}) != 80)
			CHECK_STR(line, "80 times the same letter");
	}
	CHECK_EQ(lines, WORKERS * rounds);
	fclose(stream);
	unlink("lines");
}

static void *try_stream(void *argument)
{
	int busy = ftrylockfile(stream);

	if (!busy)
		funlockfile(stream);
	return (void *)(long)busy;
}

static void holding_a_stream(void)
{
	stream = stdout;
	flockfile(stream);
	CHECK_EQ(ftrylockfile(stream), 0);
	CHECK((long)thread_join(thread_start(try_stream, NULL)) != 0);
	funlockfile(stream);
	CHECK((long)thread_join(thread_start(try_stream, NULL)) != 0);
	funlockfile(stream);
	CHECK_EQ((long)thread_join(thread_start(try_stream, NULL)), 0);
}

static void *read_for_ever(void *in)
{
	stop = 1;
	getc(in);
	return NULL;
}

/* exit() writes what is pending, though a thread waits for input with its stream locked. */
static void exit_beside_a_reader(void)
{
	int fds[2];

	CHECK_OK(pipe(fds));
	thread_start(read_for_ever, fdopen(fds[0], "r"));
	AWAIT(stop);
	check_sleep_ms(10);
	stream = fopen("pending", "w");
	fputs("pending", stream);
	exit(0);
}

static void exit_flushes(void)
{
	char text[20] = "";

	CHECK_EXITED(check_run(exit_beside_a_reader, 5000), 0);
	stream = fopen("pending", "r");
	CHECK(stream && fgets(text, sizeof(text), stream));
	CHECK_STR(text, "pending");
	fclose(stream);
	unlink("pending");
}

/* ---- Between processes ---- */

struct shared {
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	pthread_rwlock_t rwlock;
	pthread_barrier_t barrier;
	sem_t sem;
	volatile long counter;
	int turn;
};

static void init_shared(struct shared *shared)
{
	pthread_mutexattr_t mutex_attr;
	pthread_condattr_t cond_attr;
	pthread_rwlockattr_t rwlock_attr;
	pthread_barrierattr_t barrier_attr;

	pthread_mutexattr_init(&mutex_attr);
	pthread_condattr_init(&cond_attr);
	pthread_rwlockattr_init(&rwlock_attr);
	pthread_barrierattr_init(&barrier_attr);
	CHECK_EQ(pthread_mutexattr_setpshared(&mutex_attr, PTHREAD_PROCESS_SHARED), 0);
	CHECK_EQ(pthread_condattr_setpshared(&cond_attr, PTHREAD_PROCESS_SHARED), 0);
	CHECK_EQ(pthread_rwlockattr_setpshared(&rwlock_attr, PTHREAD_PROCESS_SHARED), 0);
	CHECK_EQ(pthread_barrierattr_setpshared(&barrier_attr, PTHREAD_PROCESS_SHARED), 0);
	CHECK_EQ(pthread_mutex_init(&shared->mutex, &mutex_attr), 0);
	CHECK_EQ(pthread_cond_init(&shared->cond, &cond_attr), 0);
	CHECK_EQ(pthread_rwlock_init(&shared->rwlock, &rwlock_attr), 0);
	CHECK_EQ(pthread_barrier_init(&shared->barrier, &barrier_attr, 2), 0);
	CHECK_EQ(sem_init(&shared->sem, 1, 1), 0);
}

static void add(struct shared *shared, long i)
{
	long seen = shared->counter;

	if (i % 8 == 0)
		sched_yield();
	shared->counter = seen + 1;
}

/* Under each lock in turn, then turn by turn. */
static void use_shared(struct shared *shared, int who)
{
	for (long i = 0; i < rounds; i++) {
		pthread_mutex_lock(&shared->mutex);
		add(shared, i);
		pthread_mutex_unlock(&shared->mutex);
	}
	pthread_barrier_wait(&shared->barrier);
	for (long i = 0; i < rounds; i++) {
		pthread_rwlock_wrlock(&shared->rwlock);
		add(shared, i);
		pthread_rwlock_unlock(&shared->rwlock);
	}
	pthread_barrier_wait(&shared->barrier);
	for (long i = 0; i < rounds; i++) {
		sem_wait(&shared->sem);
		add(shared, i);
		sem_post(&shared->sem);
	}
	pthread_barrier_wait(&shared->barrier);
	for (long i = 0; i < rounds; i++) {
		pthread_mutex_lock(&shared->mutex);
		while (shared->turn != who)
			pthread_cond_wait(&shared->cond, &shared->mutex);
		shared->turn = !who;
		pthread_cond_broadcast(&shared->cond);
		pthread_mutex_unlock(&shared->mutex);
	}
}

static void between_processes(void)
{
	struct shared *shared = check_shared(sizeof(*shared));
	pid_t pid;

	rounds = rounds_for_cpus(1600);
	init_shared(shared);
	pid = fork();
	use_shared(shared, pid == 0);
	if (pid == 0)
		_exit(0);
	CHECK_EXITED(check_wait(pid, 15000), 0);
	CHECK_EQ(shared->counter, 3 * 2 * rounds);
}

/* ---- Without the kernel ---- */

/* System calls that the calling thread has made; Tarae counts them. */
static long system_calls(void)
{
	static char text[4096];
	int fd = open("/proc/thread-self/status", O_RDONLY);
	ssize_t n;
	char *line;

	if (fd < 0)
		fd = open("/proc/self/status", O_RDONLY);
	n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = 0;
	close(fd);
	line = strstr(text, "syscalls:");
	return line ? strtol(line + 9, NULL, 10) : -1;
}

static void no_contention(void)
{
	pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
	pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
	pthread_mutex_t recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
	pthread_spinlock_t spin;
	sem_t sem;

	sem_init(&sem, 0, 0);
	pthread_spin_init(&spin, 0);
	for (int i = 0; i < 100; i++) {
		pthread_mutex_lock(&mutex);
		pthread_mutex_unlock(&mutex);
		pthread_mutex_trylock(&recursive);
		pthread_mutex_unlock(&recursive);
		sem_post(&sem);
		sem_wait(&sem);
		sem_trywait(&sem);
		pthread_cond_signal(&cond);
		pthread_cond_broadcast(&cond);
		pthread_rwlock_rdlock(&rwlock);
		pthread_rwlock_unlock(&rwlock);
		pthread_rwlock_wrlock(&rwlock);
		pthread_rwlock_unlock(&rwlock);
		pthread_spin_lock(&spin);
		pthread_spin_unlock(&spin);
		CHECK(pthread_self() != 0);
		pthread_testcancel();
		free(malloc(100));
	}
}

static void uncontended(void)
{
	long before, between, after;

	if (!on_tarae())
		return;
	thread_join(thread_start(nothing, NULL)); /* from now on a process with threads */
	free(malloc(100));
	before = system_calls();
	between = system_calls();
	no_contention();
	after = system_calls();
	CHECK(before > 0);
	CHECK_EQ(after - between, between - before);
}

static const struct check_case cases[] = {
	CASE_LIMIT(fork_among_threads, 60000),
	CASE(atfork),
	CASE(lines_in_one_piece),
	CASE(holding_a_stream),
	CASE(exit_flushes),
	CASE(between_processes),
	CASE(uncontended),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
