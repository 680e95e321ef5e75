/* SPDX-License-Identifier: BSD-3-Clause */
/* A machine of files that a test makes up, and what a check says of it. */
#ifndef SLUICE_DOCTOR_TESTING_H
#define SLUICE_DOCTOR_TESTING_H

#include "checks.h"

/* cmocka's setup and teardown: an empty tree with CPUs 0 to 3 on node 0. *state is its path. */
int fake_create(void **state);
int fake_destroy(void **state);

/* Make a file with this text, and the folders above it; a file that is there is replaced. */
void fake_file(const char *path, const char *text);
/* Make an empty folder. */
void fake_folder(const char *path);
/* Make a symbolic link. */
void fake_link(const char *path, const char *target);

/* Make a PCI device. class_: "0x020000"; driver and netdev may be NULL. */
void fake_pci(const char *addr, const char *class_, const char *vendor, const char *driver,
	      const char *netdev);
/* Put it into a group of the IOMMU, which is there from now on. */
void fake_group(const char *addr, const char *group);

/* The configuration, at its default place. */
void fake_config(const char *text);

/* Run the check on the tree. What it said is kept for the next call. */
void look(void (*check)(const struct machine *m, struct report *r));

/* The last look has a line with this status whose `found` has this text in it, and whose command
 * has (NULL: there is none). */
void expect_line(const char *status, const char *found, const char *command);
/* No command of it has this text in it. */
void expect_no_command(const char *text);
/* It has so many lines of a status. */
void expect_count(enum report_status status, unsigned n);

#endif
