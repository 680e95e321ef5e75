/* SPDX-License-Identifier: BSD-3-Clause */
#include "cpus.h"

#include <ctype.h>
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
