/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Counts how often a thread of another process executes each instruction of a program, by having
 * the CPU stop at every single one (ptrace(2), PTRACE_SINGLESTEP): for instructions that valgrind
 * does not know.
 *
 *   steps TID BASE SIZE ENTRY CALLS
 *
 * TID: the thread. BASE, SIZE: where the program's code is in memory, hexadecimal. ENTRY: the
 * address of a function. Counted is from the moment when the thread enters that until it has done
 * so CALLS times more. Prints a line for each instruction that was met, its offset from BASE and
 * how often; and "left N", how often the thread left the code, which is when it called others'.
 */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

#define PATIENCE 2000000 /* steps to the next entry */

static pid_t tid;

static __attribute__((noreturn)) void fail(const char *what)
{
	fprintf(stderr, "steps: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void wait_stopped(void)
{
	int status;

	if (waitpid(tid, &status, __WALL) < 0)
		fail("waitpid");
	if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP) {
		errno = ESRCH;
		fail("the thread has ended, or got a signal");
	}
}

static void attach(void)
{
	cpu_set_t cpus;

	if (ptrace(PTRACE_SEIZE, tid, NULL, NULL) || ptrace(PTRACE_INTERRUPT, tid, NULL, NULL))
		fail("ptrace");
	wait_stopped();
	/* On the thread's CPU: no other has to be woken for each step. */
	if (sched_getaffinity(tid, sizeof(cpus), &cpus) ||
	    sched_setaffinity(0, sizeof(cpus), &cpus))
		fail("affinity");
}

static uint64_t step(void)
{
	if (ptrace(PTRACE_SINGLESTEP, tid, NULL, NULL))
		fail("ptrace: step");
	wait_stopped();
	return (uint64_t)ptrace(PTRACE_PEEKUSER, tid, offsetof(struct user, regs.rip), NULL);
}

/* Instructions by offset, where the program is at its ENTRY; returns how often it left the code. */
static uint64_t count(uint64_t base, uint64_t size, uint64_t entry, unsigned calls,
		      uint32_t *counts)
{
	uint64_t at = entry, left = 0;
	unsigned long steps = 0;
	bool within = true;

	while (calls) {
		left += within && at - base >= size;
		within = at - base < size;
		if (within)
			counts[at - base]++;
		at = step();
		if (at == entry) {
			calls--;
			steps = 0;
		} else if (++steps > PATIENCE) {
			errno = ETIME;
			fail("the function is not entered");
		}
	}
	return left;
}

int main(int argc, char **argv)
{
	uint64_t base, size, entry, left;
	uint32_t *counts;

	if (argc != 6) {
		fprintf(stderr, "usage: steps TID BASE SIZE ENTRY CALLS\n");
		return 2;
	}
	tid = atoi(argv[1]);
	base = strtoull(argv[2], NULL, 16);
	size = strtoull(argv[3], NULL, 16);
	entry = strtoull(argv[4], NULL, 16);
	counts = calloc(size, sizeof(*counts));
	if (!counts)
		fail("no memory");
	attach();
	count(base, size, entry, 1, counts); /* to the entry, from wherever it is */
	memset(counts, 0, size * sizeof(*counts));
	left = count(base, size, entry, (unsigned)atoi(argv[5]), counts);
	if (ptrace(PTRACE_DETACH, tid, NULL, NULL))
		fail("ptrace: detach");
	for (uint64_t i = 0; i < size; i++)
		if (counts[i])
			printf("%" PRIx64 " %" PRIu32 "\n", i, counts[i]);
	printf("left %" PRIu64 "\n", left);
	free(counts);
	return 0;
}
