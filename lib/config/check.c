/* SPDX-License-Identifier: BSD-3-Clause */
#include "check.h"

#include <assert.h>

int check_again(const struct check *c, const void *first, const void *second, const char *what)
{
	int line = reader_line(c->reader, reader_origin(c->reader, first));

	return reader_expected_field(c->reader, second, "%s other than that in line %d", what,
				     line);
}

int check_array(const struct check *c, const void *keys, size_t stride, size_t n, size_t len,
		const char *what)
{
	const void *first, *second;
	struct keyset set;
	int ret = 0;

	if (keyset_build(&set, keys, stride, n, len))
		return reader_no_memory(c->reader);
	if (keyset_twice(&set, &first, &second))
		ret = check_again(c, first, second, what);
	keyset_free(&set);
	return ret;
}

int check_port_name(const struct check *c, const char *name)
{
	if (index_port(&c->index, name))
		return 0;
	return reader_expected_field(c->reader, name, "the name of a port");
}

/* A limit is checked here only against the file's own entries: see the tables for the rest. */
static int check_limit(const struct check *c, const uint32_t *limit, unsigned n, const char *what,
		       const void *list)
{
	if (n <= *limit)
		return 0;
	return reader_refuse_field(c->reader, list, "found %u %s, expected at most %u (limits)", n,
				   what, *limit);
}

static int check_limits(const struct check *c)
{
	const struct config *cfg = c->cfg;
	unsigned n4 = 0;
	int ret;

	for (unsigned i = 0; i < cfg->n_routes; i++)
		n4 += cfg->routes[i].to.addr.family == IP4;
	ret = check_limit(c, &cfg->limits.routes4, n4, "IPv4 routes", &cfg->routes);
	if (!ret)
		ret = check_limit(c, &cfg->limits.routes6, cfg->n_routes - n4, "IPv6 routes",
				  &cfg->routes);
	if (!ret)
		ret = check_limit(c, &cfg->limits.neighbours, cfg->n_neighbours, "neighbours",
				  &cfg->neighbours);
	return ret;
}

#define PUNT_KEY_LEN (2 * CONFIG_NAME_LEN)

static_assert(offsetof(struct config_punt, class_) ==
		      offsetof(struct config_punt, reason) + CONFIG_NAME_LEN,
	      "reason and class are one key");

static int check_punts(const struct check *c)
{
	const struct config_punt *punts = c->cfg->punts;

	if (!punts)
		return 0;
	return check_array(c, punts->reason, sizeof(*punts), c->cfg->n_punts, PUNT_KEY_LEN,
			   "a reason and class");
}

static int check_all(const struct check *c)
{
	int (*const checks[])(const struct check *) = {
		check_workers,    check_args,  check_ports,  check_routes,
		check_neighbours, check_punts, check_limits,
	};
	int ret = 0;

	for (size_t i = 0; !ret && i < sizeof(checks) / sizeof(*checks); i++)
		ret = checks[i](c);
	return ret;
}

int check_config(struct reader *reader, const struct config *cfg)
{
	struct check c = {.reader = reader, .cfg = cfg};
	int ret;

	if (index_build(&c.index, cfg))
		ret = reader_no_memory(reader);
	else
		ret = check_all(&c);
	index_free(&c.index);
	return ret;
}
