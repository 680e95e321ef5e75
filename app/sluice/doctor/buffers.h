/* SPDX-License-Identifier: BSD-3-Clause */
/* The memory that sluiced takes for its buffers, before it has seen any device. */
#ifndef SLUICE_DOCTOR_BUFFERS_H
#define SLUICE_DOCTOR_BUFFERS_H

#include "machine.h"

/* MiB that the configuration's ports and workers take at least; without one, those of two ports and
 * two workers. By the arithmetic of mbufs.h; where only the device knows a number (its queues, its
 * descriptors, whether large frames need large mbufs), by the smallest that is usual. */
unsigned long buffers_mib(const struct machine *m);

#endif
