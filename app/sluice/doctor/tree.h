/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A reader of small files below a root: /proc, /sys, /etc of this machine, of a copy of another, or
 * of what a test has made up. Paths are given in printf's format, without a slash in front.
 * Context: one thread; only memory is written.
 */
#ifndef SLUICE_DOCTOR_TREE_H
#define SLUICE_DOCTOR_TREE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "cpus.h"

struct tree {
	const char *root; /* "" for the machine itself */
};

#define TREE_NAME_LEN 256

/* Names in a folder, in the order of their numbers and letters (cpu2 before cpu10). */
struct tree_names {
	char (*name)[TREE_NAME_LEN];
	unsigned n;
};

/* The whole path into buf of PATH_MAX bytes. */
void tree_path(const struct tree *tree, char *buf, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Is there such a file, folder or link? */
bool tree_exists(const struct tree *tree, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The text of a file into buf, cut at its size, without spaces and newlines at its end. False, and
 * an empty text, when it cannot be read. */
bool tree_read(const struct tree *tree, char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* The same of a file of any length, in memory that the caller frees; NULL when it cannot be read.
 */
char *tree_text(const struct tree *tree, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Read the list of CPUs in a file into the set; empty when there is none. */
void tree_cpus(const struct tree *tree, cpu_set_t *set, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The number that a file begins with (decimal, or hexadecimal behind 0x); `missing` when there is
 * none. */
long tree_number(const struct tree *tree, long missing, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The last component of where a symbolic link leads. False, and an empty text, without one. */
bool tree_link(const struct tree *tree, char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* List a folder; one that is not there, or may not be read, is empty, and false is returned. To be
 * freed. */
bool tree_list(const struct tree *tree, struct tree_names *names, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void tree_names_free(struct tree_names *names);

#endif
