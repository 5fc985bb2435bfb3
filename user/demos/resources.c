/* SPDX-License-Identifier: MIT */
/*
 * Shows what belongs to a process and what to a thread: memory, open files, CPU time, in two
 * processes and in two threads, side by side; then what is freed when the process ends.
 */
#include "demo.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>

#define MIB (1 << 20)

struct owner { /* a process or a thread, and what it says of itself */
	int pid, files, mebibytes;
	long memory_kb, cpu_ms;
};

static struct owner *table; /* shared: two processes, two threads */
static _Atomic int *told;
static pthread_mutex_t looking = PTHREAD_MUTEX_INITIALIZER;
static int to_end[2]; /* a pipe: its reader sees the end of the last writer */

static int open_files(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int count = -1; /* the directory itself is open */

	must(directory != NULL, "/proc/self/fd");
	for (struct dirent *entry; (entry = readdir(directory));)
		count += entry->d_name[0] != '.';
	closedir(directory);
	return count;
}

/* Takes n MiB, opens n files, computes n * 20 ms; waits until its partner has too. */
static void take(struct owner *me, int n, _Atomic int *all_told, int partners)
{
	char *memory = malloc(n * MIB);

	must(memory != NULL, "malloc");
	memset(memory, 1, n * MIB);
	for (int i = 0; i < n; i++)
		must(open("/dev/null", O_RDONLY) >= 0, "/dev/null");
	while (clock_us(CLOCK_THREAD_CPUTIME_ID) < n * 20000)
		;
	for (++*all_told; *all_told < partners;)
		sleep_ms(1);
	/* One at a time: what the other thread opens to look is open here, too. */
	pthread_mutex_lock(&looking);
	*me = (struct owner){getpid(), open_files(), n, memory_kb(0),
			     clock_us(CLOCK_THREAD_CPUTIME_ID) / 1000};
	pthread_mutex_unlock(&looking);
	for (++*all_told; *all_told < 2 * partners;)
		sleep_ms(1);
	free(memory);
}

static void *thread(void *number)
{
	take(&table[2 + (intptr_t)number], number ? 8 : 2, &told[1], 2);
	return NULL;
}

static void *process(void *number)
{
	take(&table[(intptr_t)number], number ? 8 : 2, &told[0], 2);
	return NULL;
}

static void show(const char *who, struct owner *o)
{
	printf("%-10s took %d MiB %2d files: %5d %8d %11ld KiB %8ld ms\n", who, o->mebibytes,
	       o->mebibytes, o->pid, o->files, o->memory_kb, o->cpu_ms);
}

int main(int argc, char **argv)
{
	demo_begin(argc, argv, NULL);
	table = shared_memory(4 * sizeof(*table));
	told = shared_memory(2 * sizeof(*told));
	must(pipe(to_end) == 0, "pipe");
	long free_before = number_in("/proc/counts", "frames_free");
	pid_t one = start_process(process, (void *)0), two = start_process(process, (void *)1);
	close(to_end[1]); /* now only the two can write */
	waitpid(one, NULL, 0);
	waitpid(two, NULL, 0);
	long free_after = number_in("/proc/counts", "frames_free");
	struct pollfd ended = {to_end[0], POLLIN, 0};
	bool pipe_closed = poll(&ended, 1, 3000) == 1 && (ended.revents & POLLHUP);
	bool gone = kill(one, 0) != 0 && errno == ESRCH;
	/* Once will do, if no emulated CPU is put aside while its time goes on. */
	for (int tries = 0; tries < 20 && table[2].cpu_ms >= table[3].cpu_ms; tries++, told[1] = 0)
		run_threads(2, thread);

	printf("%31s %5s %8s %15s %11s\n", "", "pid", "files", "memory", "CPU time");
	show("process 1", &table[0]);
	show("process 2", &table[1]);
	show("thread 1", &table[2]);
	show("thread 2", &table[3]);
	claim(table[1].files - table[0].files == 6, "processes share their files");
	claim(table[1].memory_kb - table[0].memory_kb > 4 * 1024, "processes share their memory");
	claim(table[2].files == table[3].files && table[2].pid == table[3].pid,
	      "threads of a process have files of their own");
	claim(table[2].cpu_ms < table[3].cpu_ms, "threads have one CPU time together");
	printf("\nwhen a process has ended: pid %s, its end of a pipe %s",
	       gone ? "gone" : "still there", pipe_closed ? "closed" : "still open");
	if (free_before >= 0) {
		printf(", memory %+ld KiB", (free_after - free_before) * 4);
		claim(free_after > free_before - 64, "memory of ended processes is not free");
	}
	printf("\n");
	claim(gone && pipe_closed, "an ended process still owns something");
	return verdict("a process owns memory and files, its threads share them");
}
