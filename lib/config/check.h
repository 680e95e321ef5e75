/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The checks that take more than one value: names that must exist, things that must not be there
 * twice, next hops that must be reachable. Each returns 0 or -errno with a sentence.
 */
#ifndef SLUICE_CONFIG_CHECK_H
#define SLUICE_CONFIG_CHECK_H

#include "config.h"
#include "index.h"
#include "reader.h"

struct check {
	struct reader *reader; /* knows where each field of cfg was read from */
	const struct config *cfg;
	struct index index;
};

/* All of them. cfg was read by reader, and route ports are already given to their next hops. */
int check_config(struct reader *reader, const struct config *cfg);

int check_workers(const struct check *c);
int check_control(const struct check *c);
int check_args(const struct check *c);
int check_names(const struct check *c);
int check_ports(const struct check *c);
int check_interfaces(const struct check *c);
int check_bridges(const struct check *c);
int check_mirrors(const struct check *c);
int check_routes(const struct check *c);
int check_neighbours(const struct check *c);
int check_punts(const struct check *c);
int check_limits(const struct check *c);

/* Refuse at the second of two fields that say the same; what it is: "a name". */
int check_again(const struct check *c, const void *first, const void *second, const char *what);
/* The same, if two of n keys of len bytes, in items of stride bytes, are equal. */
int check_array(const struct check *c, const void *keys, size_t stride, size_t n, size_t len,
		const char *what);

/* Refuse if nothing that can have addresses has the name that stands at this place in cfg; what has
 * it, in *l3 (unless NULL). */
int check_l3_name(const struct check *c, const char *name, const struct index_l3 **l3);
/* The line of the file where it stands. */
int check_line(const struct check *c, const void *field);

#endif
