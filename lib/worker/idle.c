/* SPDX-License-Identifier: BSD-3-Clause */
#include "idle.h"

#include <rte_common.h>

#define USUAL_COST_NS 3000 /* of a sleep, as long as it is not known */
#define US_PER_S      1000000

static uint32_t limit_of(uint64_t cost_ns)
{
	uint64_t limit = IDLE_COST_FACTOR * cost_ns;

	return (uint32_t)RTE_MIN(RTE_MAX(limit, IDLE_LIMIT_MIN_NS), IDLE_LIMIT_MAX_NS);
}

void idle_init(struct idle *idle, enum idle_mode mode, uint64_t tsc_hz)
{
	*idle = (struct idle){
		.mode = mode,
		.pause_after = tsc_hz * IDLE_PAUSE_AFTER_US / US_PER_S,
		.sleep_after = tsc_hz * IDLE_SLEEP_AFTER_US / US_PER_S,
		.wait_after = tsc_hz / US_PER_S * IDLE_WAIT_AFTER_US,
		.pause = tsc_hz * IDLE_PAUSE_US / US_PER_S,
		.limit_ns = limit_of(USUAL_COST_NS),
	};
}

static void next_sleep(struct idle *idle)
{
	uint32_t longer = idle->sleep_ns ? idle->sleep_ns * 2 : IDLE_SLEEP_MIN_NS;

	idle->sleep_ns = RTE_MIN(longer, idle->limit_ns);
	idle->sleeps++;
}

enum idle_action idle_next(struct idle *idle, uint64_t since, uint64_t now)
{
	uint64_t cycles = now - since;

	if (since != idle->since) {
		idle->since = since;
		idle->sleep_ns = 0;
		idle->sleeps = 0;
	}
	if (idle->mode == IDLE_MODE_POLL || cycles < idle->pause_after)
		return IDLE_POLL;
	if (idle->mode == IDLE_MODE_PAUSE || cycles < idle->sleep_after)
		return IDLE_PAUSE;
	next_sleep(idle);
	return idle->mode == IDLE_MODE_INTERRUPT && cycles >= idle->wait_after ? IDLE_WAIT
									       : IDLE_SLEEP;
}

void idle_measure(struct idle *idle, uint64_t cpu_ns)
{
	if (idle->sleeps > IDLE_COST_SLEEPS) {
		idle->limit_ns = limit_of((cpu_ns - idle->cpu_ns) / IDLE_COST_SLEEPS);
		idle->sleeps = 1;
	}
	idle->cpu_ns = cpu_ns;
}
