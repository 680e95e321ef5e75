/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests of what memory costs; include cmocka.h before. Context: any thread. */
#ifndef SLUICE_MEM_TESTING_H
#define SLUICE_MEM_TESTING_H

#include <stddef.h>
#include <stdio.h>

/* Bytes of memory that the process has, as the kernel counts. */
static inline size_t testing_resident(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	size_t size, pages;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%zu %zu", &size, &pages), 2);
	fclose(file);
	return pages * 4096;
}

#endif
