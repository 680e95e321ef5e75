/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Devices as DPDK wants them written, `name,argument,...`: the name is a PCI address or that of a
 * virtual device, its bus may stand in front (`pci:`, `vdev:`). Context: any thread.
 */
#ifndef SLUICE_DEVICE_TEXT_H
#define SLUICE_DEVICE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Both have the same name, whatever their arguments: 03:00.0 is 0000:03:00.0. */
bool device_text_same(const char *a, const char *b);

/* The first argument with which the driver would take over another device, which it may find in
 * use: slave= and member= of a bond, primary= unless it is one of the n members, dev(), fd() and
 * exec() of failsafe. It ends at a comma or with the text. NULL: there is none. */
const char *device_text_taking(const char *device, char *const *members, unsigned n);

#endif
