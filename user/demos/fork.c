/* SPDX-License-Identifier: MIT */
/*
 * The listing: fork() returns twice, and both sides print their pids.
 *
 *	pid = os.fork()
 *	if pid == 0:
 *		print("child:", os.getpid(), "parent:", os.getppid())
 *	else:
 *		print("parent:", os.getpid(), "child:", pid)
 *		os.wait()
 */
#include "demo.h"

int main(int argc, char **argv)
{
	struct {
		int pid, parent, returned;
	} *child = shared_memory(sizeof(*child));

	demo_begin(argc, argv, NULL);
	int pid = fork();
	must(pid >= 0, "fork");
	if (pid == 0) {
		printf("child: %d parent: %d\n", getpid(), getppid());
		child->pid = getpid(), child->parent = getppid(), child->returned = pid;
		_exit(0);
	}
	printf("parent: %d child: %d\n", getpid(), pid);
	waitpid(pid, NULL, 0);

	printf("\nfork() returned %d here and %d in the child\n", pid, child->returned);
	claim(child->pid == pid, "fork() did not return the child's pid");
	claim(child->parent == getpid(), "the child's parent is another");
	claim(child->returned == 0 && child->pid != getpid(), "there is no second process");
	return verdict("fork() returns twice: the child's pid here, 0 there");
}
