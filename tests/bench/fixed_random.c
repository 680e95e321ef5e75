/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * No chance for programs whose instructions are counted (LD_PRELOAD): the seed of the MAC table
 * decides which line an address is in, and so how many instructions it takes to be found.
 */
#include <string.h>

#include <sys/random.h>

ssize_t getrandom(void *buf, size_t len, unsigned flags)
{
	memset(buf, 0x5a, len);
	return (ssize_t)len;
}
