/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * When a worker without packets polls on, pauses, sleeps or waits for interrupts: the decision
 * alone, from times that the caller measured. Context: worker; init and tests may call it too.
 *
 *     idle for     0        10 us       100 us        10 ms
 *     poll         polls on
 *     pause        polls    pauses of 1 us between polls
 *     sleep        polls    pauses      sleeps between polls
 *     interrupt    polls    pauses      sleeps        waits, if all queues have interrupts
 *
 * The first sleep is of 10 us, each is twice as long as the one before it, up to a limit. A sleep
 * costs CPU time, for the system call, the timer and the turn that follows: 2 to 4 us on bare
 * metal, more where a virtual machine leaves to its host for each timer, or where many queues or a
 * slow driver make the turn long. So the limit is 25 times what a sleep was measured to cost: then
 * all sleeps together take 1/26 of the CPU at most. It is not below 50 us, where 5% of a CPU is the
 * more with a cost of 2.5 us, and not above 500 us, so that receive rings of usual sizes hold what
 * comes meanwhile. A packet that ends the idleness waits for half of a sleep on average.
 */
#ifndef SLUICE_IDLE_H
#define SLUICE_IDLE_H

#include <stdbool.h>
#include <stdint.h>

#include "idle_mode.h"

#define IDLE_PAUSE_AFTER_US 10
#define IDLE_SLEEP_AFTER_US 100
#define IDLE_WAIT_AFTER_US  10000
#define IDLE_PAUSE_US       1
#define IDLE_SLEEP_MIN_NS   10000u
#define IDLE_LIMIT_MIN_NS   50000u
#define IDLE_LIMIT_MAX_NS   500000u
#define IDLE_COST_FACTOR    25
#define IDLE_COST_SLEEPS    16 /* over which the cost of one is measured */

enum idle_action {
	IDLE_POLL,
	IDLE_PAUSE, /* for idle.pause */
	IDLE_SLEEP, /* for idle.sleep_ns */
	IDLE_WAIT,  /* for interrupts; where there are none: as IDLE_SLEEP */
};

struct idle {
	enum idle_mode mode;
	uint64_t pause_after, sleep_after, wait_after; /* tsc cycles without packets */
	uint64_t pause;                                /* tsc cycles of one */
	uint64_t since;                                /* when this idleness began, tsc */
	uint32_t sleep_ns;
	uint32_t limit_ns;
	unsigned sleeps; /* in a row, with the one to come, since the cost was last measured */
	uint64_t cpu_ns; /* CPU time of the thread before the first of them */
};

/* tsc_hz: cycles of the tsc in a second. */
void idle_init(struct idle *idle, enum idle_mode mode, uint64_t tsc_hz);

/* What to do after a turn that brought nothing; now: its end; since: the end of the last turn that
 * brought something, both tsc. */
enum idle_action idle_next(struct idle *idle, uint64_t since, uint64_t now);

/* Whether idle_measure() is to be called before the sleep that idle_next() has asked for. */
static inline bool idle_wants_cpu_time(const struct idle *idle)
{
	return idle->sleeps == 1 || idle->sleeps == 1 + IDLE_COST_SLEEPS;
}

/* cpu_ns: the CPU time that the thread has had so far. */
void idle_measure(struct idle *idle, uint64_t cpu_ns);

#endif
