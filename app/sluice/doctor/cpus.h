/* SPDX-License-Identifier: BSD-3-Clause */
/* Sets of CPUs, as sysfs writes them: "0-3,8". */
#ifndef SLUICE_DOCTOR_CPUS_H
#define SLUICE_DOCTOR_CPUS_H

#include <sched.h>

#include "tree.h"

#define CPUS_LEN 256

/* Read a list; what is no list gives an empty set. */
void cpus_parse(const char *text, cpu_set_t *set);

/* Read the list in a file of the tree; empty when there is none. */
#define cpus_read(tree, set, ...)                                           \
	do {                                                                \
		char cpus_text[4096];                                       \
		tree_read(tree, cpus_text, sizeof(cpus_text), __VA_ARGS__); \
		cpus_parse(cpus_text, set);                                 \
	} while (0)

/* Write the list into buf, and return buf. */
const char *cpus_print(const cpu_set_t *set, char buf[CPUS_LEN]);

#endif
