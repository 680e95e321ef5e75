/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a route does with a packet, and the words for it in the configuration and the API. They are
 * those of ip-route(8). Context: any thread.
 */
#ifndef SLUICE_ROUTE_TYPE_H
#define SLUICE_ROUTE_TYPE_H

enum route_type {
	ROUTE_UNICAST,     /* forwards to its next hops */
	ROUTE_BLACKHOLE,   /* drops in silence */
	ROUTE_UNREACHABLE, /* answers ICMP host unreachable */
	ROUTE_PROHIBIT,    /* answers ICMP administratively prohibited */
};

/* The words, each at the place of its type; NULL ends them. */
extern const char *const route_type_words[];

/* Parse a word. 0, or -EINVAL and *type untouched. */
int route_type_parse(const char *text, enum route_type *type);

/* The word, a constant string; "unknown" for a value that is not of the enum. */
const char *route_type_print(enum route_type type);

#endif
