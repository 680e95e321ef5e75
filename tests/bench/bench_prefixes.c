/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Prints the prefixes of a full table, one a line, IPv4 first: those of a file (plain or gzip,
 * checked), or without an argument the synthetic ones. scripts/bench fills routers with them.
 */
#include <stdio.h>
#include <string.h>

#include "addr.h"
#include "bench.h"
#include "routes.h"
#include "synthetic.h"

static void print(const struct routes *r)
{
	char buf[IP_PREFIX_STRLEN];

	for (size_t i = 0; i < r->n; i++) {
		struct ip_prefix prefix = {.addr.family = (uint8_t)r->family,
					   .len = r->route[i].len};

		memcpy(prefix.addr.bytes, r->route[i].addr, sizeof(prefix.addr.bytes));
		puts(ip_prefix_print(&prefix, buf));
	}
}

int main(int argc, char **argv)
{
	struct routes r4, r6;

	if (argc > 2) {
		fprintf(stderr, "usage: bench_prefixes [FILE]\n");
		return 2;
	}
	if (argc > 1) {
		routes_read(argv[1], &r4, &r6);
	} else {
		routes_generate(&r4, IP4, SYNTHETIC4_FULL);
		routes_generate(&r6, IP6, SYNTHETIC6_FULL);
	}
	print(&r4);
	print(&r6);
	routes_free(&r4);
	routes_free(&r6);
	return bench_status(true);
}
