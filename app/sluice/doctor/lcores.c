/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include "checks.h"

#define CPU "sys/devices/system/cpu"

/* Workers that are not in the set; false when there are none. */
static bool outside(const struct machine *m, const cpu_set_t *set, char buf[CPUS_LEN])
{
	cpu_set_t both, rest;

	CPU_AND(&both, &m->workers, set);
	CPU_XOR(&rest, &m->workers, &both);
	cpus_print(&rest, buf);
	return CPU_COUNT(&rest);
}

/* Can the workers run at all? sluiced asks for their CPUs, so isolcpus does not matter here. */
static void check_allowed(const struct machine *m, struct report *r)
{
	char text[CPUS_LEN];
	cpu_set_t online, shared;

	tree_cpus(&m->tree, &online, CPU "/online");
	CPU_AND(&shared, &m->workers, &m->allowed);
	if (CPU_COUNT(&online) && outside(m, &online, text))
		report_line(r, REPORT_FAIL, "A worker is pinned to its CPU.", NULL,
			    "workers: CPU %s is not there, or not online", text);
	else if (outside(m, &m->reachable, text))
		report_line(
			r, REPORT_FAIL,
			"A worker is pinned to its CPU; a cpuset (a container's, or AllowedCPUs "
			"of systemd) keeps this user's programs from it.",
			"cat /sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)/"
			"cpuset.cpus.effective",
			"workers: this user's processes may not run on CPU %s", text);
	else if (CPU_EQUAL(&shared, &m->allowed))
		report_line(r, REPORT_WARN,
			    "The control thread shares a CPU with a worker, and delays packets.",
			    NULL, "CPU %s %s: every one that sluiced may use",
			    cpus_print(&m->allowed, text),
			    CPU_COUNT(&m->allowed) > 1 ? "forward" : "forwards");
}

static void check_isolated(const struct machine *m, struct report *r)
{
	char text[CPUS_LEN], workers[CPUS_LEN], command[COMMAND_LEN];
	cpu_set_t isolated, tickless;

	tree_cpus(&m->tree, &isolated, CPU "/isolated");
	tree_cpus(&m->tree, &tickless, CPU "/nohz_full");
	cpus_print(&m->workers, workers);
	snprintf(command, sizeof(command),
		 "add isolcpus=%.100s nohz_full=%.100s rcu_nocbs=%.100s to the kernel's command "
		 "line "
		 "(/etc/default/grub, then update-grub), and boot",
		 workers, workers, workers);
	if (outside(m, &isolated, text))
		report_line(
			r, REPORT_WARN,
			"Linux runs other programs there, and each time slice of theirs delays or "
			"drops packets.",
			command, "CPU %s: workers, not isolated", text);
	else if (outside(m, &tickless, text))
		report_line(r, REPORT_WARN,
			    "The kernel's tick interrupts the worker up to 1000 times a "
			    "second.",
			    command, "CPU %s: workers, isolated, but not nohz_full", text);
	else
		report_line(r, REPORT_OK, "Nothing else runs there.", NULL,
			    "CPU %s: workers, isolated and without a tick", workers);
}

static void check_governor(const struct machine *m, struct report *r)
{
	char governor[64], first[64] = "", text[CPUS_LEN], command[COMMAND_LEN];
	unsigned scaled = 0;
	cpu_set_t slow;

	CPU_ZERO(&slow);
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &m->workers) ||
		    !tree_read(&m->tree, governor, sizeof(governor),
			       CPU "/cpu%u/cpufreq/scaling_governor", cpu))
			continue;
		scaled++;
		if (strcmp(governor, "performance")) {
			CPU_SET(cpu, &slow);
			strcpy(first, governor);
		}
	}
	if (CPU_COUNT(&slow)) {
		cpus_print(&slow, text);
		snprintf(command, sizeof(command),
			 "cpupower -c %.400s frequency-set -g performance", text);
		report_line(r, REPORT_WARN, "The CPU's clock may be low when packets come.",
			    command, "CPU %s: governor %s", text, first);
	} else {
		report_line(r, REPORT_OK, "Nothing lowers the workers' clock.", NULL, "%s",
			    scaled ? "governor performance" : "no frequency scaling");
	}
}

/* Of each worker, the other threads of its core that are online. */
static void check_smt(const struct machine *m, struct report *r)
{
	char command[COMMAND_LEN];
	cpu_set_t isolated;
	bool alone = true;

	tree_cpus(&m->tree, &isolated, CPU "/isolated");
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		char text[CPUS_LEN];
		cpu_set_t siblings, idle;

		if (!CPU_ISSET(cpu, &m->workers))
			continue;
		tree_cpus(&m->tree, &siblings, CPU "/cpu%u/topology/thread_siblings_list", cpu);
		CPU_CLR(cpu, &siblings);
		CPU_AND(&idle, &siblings, &isolated);
		/* One that is isolated and no worker sleeps. */
		for (unsigned other = 0; other < CPU_SETSIZE; other++)
			if (CPU_ISSET(other, &idle) && !CPU_ISSET(other, &m->workers))
				CPU_CLR(other, &siblings);
		if (!CPU_COUNT(&siblings))
			continue;
		alone = false;
		cpus_print(&siblings, text);
		snprintf(command, sizeof(command),
			 "echo 0 > /" CPU "/cpu%.16s/online, or forward on CPUs of different cores",
			 text);
		report_line(
			r, REPORT_WARN,
			"Two threads of one core share its units: each has about 60% of the speed.",
			command, "CPU %u, a worker, shares its core with CPU %s", cpu, text);
	}
	if (alone)
		report_line(r, REPORT_OK, "Each worker has its core alone.", NULL,
			    "no SMT sibling of a worker is busy");
}

void check_lcores(const struct machine *m, struct report *r)
{
	if (m->has_config && !m->cfg.n_workers) {
		char text[CPUS_LEN];

		report_line(r, REPORT_OK,
			    "sluiced takes an isolated one, or leaves the first to others; near "
			    "its ports.",
			    NULL, "no `workers` in the configuration: CPU %s forwards",
			    cpus_print(&m->workers, text));
	}
	check_allowed(m, r);
	check_isolated(m, r);
	check_governor(m, r);
	check_smt(m, r);
}
