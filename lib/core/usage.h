/* SPDX-License-Identifier: BSD-3-Clause */
/* How full a table is that has room for a fixed number of entries. Context: any thread. */
#ifndef SLUICE_USAGE_H
#define SLUICE_USAGE_H

#include <stdint.h>

struct usage {
	uint64_t used;    /* entries, those included that wait for their readers */
	uint64_t max;     /* used at most */
	uint64_t refused; /* requests, since the start, for which there was no room; of routes also
			   * those, withdrawals too, that found no memory */
};

#endif
