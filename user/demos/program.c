/* SPDX-License-Identifier: MIT */
/*
 * Shows that a program is a file and a process is that program running: the file lies there and
 * does not change, and each run of it has its own pid, its own memory and its own exit status.
 *
 * The program runs itself twice at the same time. Each run adds its number to `counter` and tells
 * through a pipe what it found; each waits until both have told, so that both are alive at once.
 */
#include "demo.h"

#include <sys/stat.h>

#define SELF "/proc/self/exe"

static int counter = 7;

struct report {
	int pid, parent, before, after;
	unsigned long long file; /* the inode that it runs */
};

static unsigned long long file_behind(struct stat *file)
{
	must(stat(SELF, file) == 0, SELF);
	return file->st_ino;
}

/* One of the two runs: standard output is the pipe, standard input ends when both have told. */
static int run(int number)
{
	struct stat file;
	struct report report = {getpid(), getppid(), counter, 0, file_behind(&file)};
	char byte;

	counter += number;
	report.after = counter;
	must(write(STDOUT_FILENO, &report, sizeof(report)) == sizeof(report), "write");
	must(read(STDIN_FILENO, &byte, 1) == 0, "read");
	return number;
}

/* Starts this program's file again as another process. */
static pid_t start(char *name, char *number, const int to_parent[2], const int go[2])
{
	pid_t pid = fork();

	must(pid >= 0, "fork");
	if (pid > 0)
		return pid;
	must(dup2(to_parent[1], STDOUT_FILENO) >= 0 && dup2(go[0], STDIN_FILENO) >= 0, "dup2");
	close(go[1]);
	execv(SELF, (char *[]){name, "run", number, NULL});
	perror(SELF);
	_exit(2);
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "run") == 0)
		return run(atoi(argv[2]));
	demo_begin(argc, argv, NULL);
	int to_parent[2], go[2], status[2];
	struct report report[2];
	struct stat before, after;
	char *numbers[2] = {"10", "20"};

	must(pipe(to_parent) == 0 && pipe(go) == 0, "pipe");
	unsigned long long inode = file_behind(&before);
	printf("the program is a file: inode %llu, %lld bytes\n", inode, (long long)before.st_size);
	for (int i = 0; i < 2; i++) {
		start(argv[0], numbers[i], to_parent, go);
		must(read(to_parent[0], &report[i], sizeof(*report)) == sizeof(*report), "read");
	}
	close(go[1]);
	printf("\n%-12s %6s %8s %8s %16s %8s\n", "", "pid", "parent", "inode", "counter", "exits");
	for (int i = 0; i < 2; i++) {
		struct report *r = &report[i];

		must(waitpid(r->pid, &status[i], 0) == r->pid, "waitpid");
		status[i] = WIFEXITED(status[i]) ? WEXITSTATUS(status[i]) : -1;
		printf("%-12s %6d %8d %8llu %8d -> %4d %8d\n", i ? "second run" : "first run",
		       r->pid, r->parent, r->file, r->before, r->after, status[i]);
		claim(r->file == inode, "run %d came from another file", i + 1);
		claim(r->before == 7, "run %d began with another's memory", i + 1);
		claim(status[i] == atoi(numbers[i]), "run %d lost its exit status", i + 1);
	}
	file_behind(&after);
	printf("\ncounter of the parent %d; the file still has %lld bytes\n", counter,
	       (long long)after.st_size);
	claim(report[0].pid != report[1].pid, "the two runs have one pid");
	claim(counter == 7 && before.st_size == after.st_size,
	      "a run changed the parent or the file");
	return verdict("one program, two processes: own pid, memory and exit status");
}
