/* SPDX-License-Identifier: BSD-3-Clause */
#include "cpus.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

void cpus_parse(const char *text, cpu_set_t *set)
{
	CPU_ZERO(set);
	while (isdigit((unsigned char)*text)) {
		char *end;
		unsigned long first = strtoul(text, &end, 10), last = first;

		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		for (unsigned long cpu = first; cpu <= last && cpu < CPU_SETSIZE; cpu++)
			CPU_SET(cpu, set);
		text = *end == ',' ? end + 1 : end;
	}
}

const char *cpus_print(const cpu_set_t *set, char buf[CPUS_LEN])
{
	size_t len = 0;

	*buf = '\0';
	for (unsigned cpu = 0; cpu < CPU_SETSIZE && len < CPUS_LEN; cpu++) {
		unsigned first = cpu;

		if (!CPU_ISSET(cpu, set))
			continue;
		while (cpu + 1 < CPU_SETSIZE && CPU_ISSET(cpu + 1, set))
			cpu++;
		len += (size_t)snprintf(buf + len, CPUS_LEN - len, "%s%u", len ? "," : "", first);
		if (cpu > first && len < CPUS_LEN)
			len += (size_t)snprintf(buf + len, CPUS_LEN - len, "-%u", cpu);
	}
	return buf;
}

int cpus_reachable(cpu_set_t *set)
{
	cpu_set_t before, got;
	int ret = 0;

	if (sched_getaffinity(0, sizeof(before), &before))
		return -errno;
	/* EINVAL: none of them; else the kernel takes those that are possible. */
	if (sched_setaffinity(0, sizeof(*set), set)) {
		if (errno != EINVAL)
			return -errno;
		CPU_ZERO(set);
		return 0;
	}
	if (sched_getaffinity(0, sizeof(got), &got))
		ret = -errno;
	if (sched_setaffinity(0, sizeof(before), &before))
		ret = -errno;
	if (!ret)
		CPU_AND(set, set, &got);
	return ret;
}

static unsigned first_of(const cpu_set_t *set)
{
	unsigned cpu = 0;

	while (cpu < CPU_SETSIZE && !CPU_ISSET(cpu, set))
		cpu++;
	return cpu;
}

/* Keep those that are in `wanted` too, unless none is. */
static void prefer(cpu_set_t *set, const cpu_set_t *wanted)
{
	cpu_set_t both;

	CPU_AND(&both, set, wanted);
	if (CPU_COUNT(&both))
		*set = both;
}

unsigned cpus_default_worker(const cpu_set_t *allowed, const cpu_set_t *isolated,
			     const cpu_set_t *near)
{
	cpu_set_t rest = *isolated;

	if (CPU_COUNT(&rest)) {
		prefer(&rest, allowed);
	} else {
		rest = *allowed;
		if (CPU_COUNT(&rest) > 1)
			CPU_CLR(first_of(&rest), &rest);
	}
	prefer(&rest, near);
	return first_of(&rest);
}
