/* SPDX-License-Identifier: BSD-3-Clause */
/* Sets of CPUs, as sysfs writes them ("0-3,8"), and those that packets are forwarded on. */
#ifndef SLUICE_CPUS_H
#define SLUICE_CPUS_H

#include <sched.h>

#define CPUS_LEN 256

/* Read a list; what is no list gives an empty set. Context: any thread. */
void cpus_parse(const char *text, cpu_set_t *set);

/* Write the list into buf, and return buf. Context: any thread. */
const char *cpus_print(const cpu_set_t *set, char buf[CPUS_LEN]);

/* Take those out of the set that a thread of this process cannot have, even if it asks for them:
 * CPUs that are not there, or outside its cpuset. The affinity that it was started with does not
 * count; the kernel's isolcpus= takes CPUs out of that of every program, so that only those that
 * ask run there. Changes the calling thread's affinity for a moment. 0, or -errno: the set is as it
 * was. Context: any thread. */
int cpus_reachable(cpu_set_t *set);

/* The CPU that forwards where the configuration names none. An isolated one, as nothing else runs
 * there, if there is one (of those that the process was started with, if possible); else the second
 * that it was started with, as the first takes most interrupts. In both cases one that is near, if
 * there is one. allowed: the affinity that the process has; isolated: CPUs that it can have; near:
 * those of the NUMA node of the ports, empty if that is not known. CPU_SETSIZE: all are empty.
 * Context: any thread. */
unsigned cpus_default_worker(const cpu_set_t *allowed, const cpu_set_t *isolated,
			     const cpu_set_t *near);

#endif
