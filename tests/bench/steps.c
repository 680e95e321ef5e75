/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Counts how often a thread of another process executes each instruction of a program, by having
 * the CPU stop at every single one (ptrace(2), PTRACE_SINGLESTEP): for instructions that valgrind
 * does not know.
 *
 *   steps TID BASE SIZE ENTRY CALLS AVOID AVOID_SIZE
 *
 * TID: the thread. BASE, SIZE: where the program's code is in memory, hexadecimal, as all but TID
 * and CALLS is. ENTRY: the address of a function. Counted is from the moment when the thread enters
 * that until it has done so CALLS times more. AVOID, AVOID_SIZE: code that must not run meanwhile;
 * when it does the counting begins anew. Prints a line for each instruction that was met, its
 * offset from BASE and how often; and "left N", how often the thread left the code, which is when
 * it called others'.
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
#define TRIES    100     /* times that the counting begins */

struct region {
	uint64_t begin;
	uint64_t size;
};

static pid_t tid;
static struct region code, avoid;
static uint64_t entry;

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

static bool contains(const struct region *region, uint64_t at)
{
	return at - region->begin < region->size;
}

/* One instruction; returns where the next one is. */
static uint64_t step(void)
{
	static unsigned long steps; /* since the entry */
	uint64_t at;

	if (ptrace(PTRACE_SINGLESTEP, tid, NULL, NULL))
		fail("ptrace: step");
	wait_stopped();
	at = (uint64_t)ptrace(PTRACE_PEEKUSER, tid, offsetof(struct user, regs.rip), NULL);
	steps = at == entry ? 0 : steps + 1;
	if (steps > PATIENCE) {
		errno = ETIME;
		fail("the function is not entered");
	}
	return at;
}

/* Count by offset, from the next entry on. False: it met what is to be avoided. `left`: how often
 * it left the code. */
static bool count(unsigned calls, uint32_t *counts, uint64_t *left)
{
	bool inside = true;
	uint64_t at;

	while (step() != entry)
		;
	at = entry;
	*left = 0;
	memset(counts, 0, code.size * sizeof(*counts));
	while (calls) {
		*left += inside && !contains(&code, at);
		inside = contains(&code, at);
		if (inside)
			counts[at - code.begin]++;
		if (contains(&avoid, at))
			return false;
		at = step();
		calls -= at == entry;
	}
	return true;
}

static uint64_t hexadecimal(const char *text)
{
	return strtoull(text, NULL, 16);
}

int main(int argc, char **argv)
{
	unsigned tries = 0, calls;
	uint32_t *counts;
	uint64_t left;

	if (argc != 8) {
		fprintf(stderr, "usage: steps TID BASE SIZE ENTRY CALLS AVOID AVOID_SIZE\n");
		return 2;
	}
	tid = atoi(argv[1]);
	code = (struct region){hexadecimal(argv[2]), hexadecimal(argv[3])};
	entry = hexadecimal(argv[4]);
	calls = (unsigned)atoi(argv[5]);
	avoid = (struct region){hexadecimal(argv[6]), hexadecimal(argv[7])};
	counts = calloc(code.size, sizeof(*counts));
	if (!counts)
		fail("no memory");
	attach();
	while (!count(calls, counts, &left)) {
		if (++tries == TRIES) {
			errno = ETIME;
			fail("what is to be avoided runs all the time");
		}
	}
	if (ptrace(PTRACE_DETACH, tid, NULL, NULL))
		fail("ptrace: detach");
	for (uint64_t i = 0; i < code.size; i++)
		if (counts[i])
			printf("%" PRIx64 " %" PRIu32 "\n", i, counts[i]);
	printf("left %" PRIu64 "\n", left);
	free(counts);
	return 0;
}
