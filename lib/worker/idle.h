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
 * costs CPU time, for the system call, the timer and the turn that follows, and a packet that ends
 * the idleness waits for half a sleep on average. Measured for a sleep alone, on a virtual machine
 * (AMD EPYC, Zen 5) whose host is one itself, so that timers and halts are dear (16 us a sleep),
 * and what comes out where it costs 3 us:
 *
 *     sleep       share of the CPU   median wait    share at 3 us
 *     10 us            55%              13 us            20%
 *     50 us            22%              33 us           5.5%
 *     100 us           12%              58 us           2.9%
 *     200 us           7.3%            109 us           1.5%
 *     500 us           3.2%            260 us           0.6%
 *
 * To take less than 5% of a CPU with all that the process does, and to let packets wait for less
 * than 100 us, the limit may be 180 us and a sleep cost 7.5 us. Where it costs more, no limit gives
 * both: on the machine above, where a sleep and its turn by af_packet cost 20 to 28 us, a limit of
 * 180 us takes 10 to 13%. There the share goes first, and only interrupts give both. So the limit
 * is 24 times what a sleep was measured to cost, its turn with it: all sleeps together then take
 * 1/25 of the CPU. It is not below 50 us, as shorter ones gain nothing that matters, and not above
 * 600 us. Of a NIC no sleep is longer than the time in which the smallest frames at line rate fill
 * half of a receive ring (port_fill_ns(): 34 us at 10 Gbit/s and 1024 descriptors), whatever share
 * of the CPU that takes until the wait for interrupts.
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
#define IDLE_LIMIT_MAX_NS   600000u
#define IDLE_COST_FACTOR    24
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
