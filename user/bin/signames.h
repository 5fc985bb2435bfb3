/* SPDX-License-Identifier: MIT */
/* Names of signals, without SIG: for kill and for the shell. */
#ifndef USER_BIN_SIGNAMES_H
#define USER_BIN_SIGNAMES_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct signal_entry {
	const char *name;
	int number;
} signal_table[] = {
	{"HUP", SIGHUP},   {"INT", SIGINT},       {"QUIT", SIGQUIT}, {"ILL", SIGILL},
	{"TRAP", SIGTRAP}, {"ABRT", SIGABRT},     {"BUS", SIGBUS},   {"FPE", SIGFPE},
	{"KILL", SIGKILL}, {"USR1", SIGUSR1},     {"SEGV", SIGSEGV}, {"USR2", SIGUSR2},
	{"PIPE", SIGPIPE}, {"ALRM", SIGALRM},     {"TERM", SIGTERM}, {"STKFLT", 16},
	{"CHLD", SIGCHLD}, {"CONT", SIGCONT},     {"STOP", SIGSTOP}, {"TSTP", SIGTSTP},
	{"TTIN", SIGTTIN}, {"TTOU", SIGTTOU},     {"URG", SIGURG},   {"XCPU", SIGXCPU},
	{"XFSZ", SIGXFSZ}, {"VTALRM", SIGVTALRM}, {"PROF", SIGPROF}, {"WINCH", SIGWINCH},
	{"IO", 29},        {"PWR", 30},           {"SYS", SIGSYS},
};

#define SIGNAL_COUNT (sizeof(signal_table) / sizeof(signal_table[0]))
#define SIGNAL_MAX   64

static inline const char *signal_name(int number)
{
	for (size_t i = 0; i < SIGNAL_COUNT; i++)
		if (signal_table[i].number == number)
			return signal_table[i].name;
	return "?";
}

/* A number, or a name with or without SIG; -1 if it is neither. */
static inline int signal_number(const char *text)
{
	char *end;
	long number = strtol(text, &end, 10);

	if (*text && !*end)
		return number >= 0 && number <= SIGNAL_MAX ? (int)number : -1;
	if (!strncasecmp(text, "SIG", 3))
		text += 3;
	for (size_t i = 0; i < SIGNAL_COUNT; i++)
		if (!strcasecmp(signal_table[i].name, text))
			return signal_table[i].number;
	return -1;
}

/*
 * What kill takes for a process, or negative for a group. False if it is none: a number cut to what
 * fits would be somebody else's, and -1 is everybody.
 */
static inline bool process_number(const char *text, pid_t *pid)
{
	char *end;
	long number = strtol(text, &end, 10);

	*pid = (pid_t)number;
	return end != text && !*end && *pid == number;
}

#endif
