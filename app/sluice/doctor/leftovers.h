/* SPDX-License-Identifier: BSD-3-Clause */
/* What DPDK leaves when it is killed; part of check_leftovers(). */
#ifndef SLUICE_DOCTOR_LEFTOVERS_H
#define SLUICE_DOCTOR_LEFTOVERS_H

#include "machine.h"
#include "report.h"

/* Runtime folders, files in hugetlbfs, huge pages that no process has. A line for each that is
 * found, none when all is clear. */
void leftovers_of_dpdk(const struct machine *m, struct report *r);

#endif
