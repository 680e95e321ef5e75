/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include "fib_suite.h"

const struct fib_ops *fib_suite_family(int argc, char *const *argv)
{
	if (argc == 2 && !strcmp(argv[1], "4"))
		return &fib4_ops;
	if (argc == 2 && !strcmp(argv[1], "6"))
		return &fib6_ops;
	fprintf(stderr, "usage: %s 4|6\n", argv[0]);
	return NULL;
}
