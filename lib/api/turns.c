/* SPDX-License-Identifier: BSD-3-Clause */
#include "turns.h"

#include <time.h>

#include <event2/event.h>

static uint64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

void turns_run(struct event_base *base, struct turns *turns)
{
	uint64_t begin = cpu_ns(), end, took;

	while (!event_base_loop(base, EVLOOP_ONCE) && !event_base_got_break(base)) {
		end = cpu_ns();
		took = end - begin;
		begin = end;
		turns->n++;
		turns->busy_ns += took;
		if (took > turns->longest_ns)
			turns->longest_ns = took;
	}
}
