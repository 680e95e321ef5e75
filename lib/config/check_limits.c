/* SPDX-License-Identifier: BSD-3-Clause */
/* The sizes of the tables: each must hold at least what the file itself puts into it. */
#include "check.h"

/* Entries of one family that the file asks for. */
struct need {
	unsigned routes, own, neighbours;
};

/* The routes that come with an address: itself, its subnet, the last (IPv4) or first (IPv6) address
 * of that. */
static unsigned routes_of(const struct ip_prefix *addr)
{
	unsigned bits = ip_bits(&addr->addr);

	if (addr->len == bits)
		return 1;
	return addr->len == bits - 1 ? 2 : 3;
}

static struct need needs_of(const struct config *cfg, enum ip_family family)
{
	struct need need = {0};

	for (unsigned i = 0; i < cfg->n_routes; i++)
		need.routes += cfg->routes[i].to.addr.family == family;
	for (unsigned i = 0; i < config_l3_count(cfg); i++) {
		struct config_l3 l3 = config_l3(cfg, i);

		for (unsigned j = 0; j < l3.n_addresses; j++)
			if (l3.addresses[j].addr.family == family)
				need.own += routes_of(&l3.addresses[j]);
	}
	for (unsigned i = 0; i < cfg->n_neighbours; i++)
		need.neighbours += cfg->neighbours[i].address.family == family;
	return need;
}

/* what: why it is so many. */
static int check_limit(const struct check *c, const uint32_t *limit, unsigned need,
		       const char *name, const char *what)
{
	int node = reader_origin(c->reader, limit);

	if (need <= *limit)
		return 0;
	if (node == READER_ROOT)
		return reader_refuse(c->reader, node,
				     "found no limits.%s, expected at least %u (%s); without it, "
				     "it is %u",
				     name, need, what, *limit);
	return reader_expected(c->reader, node, "at least %u (%s)", need, what);
}

static int check_routes_limit(const struct check *c, const uint32_t *limit, enum ip_family family,
			      const char *name)
{
	struct need n = needs_of(c->cfg, family);
	char what[128];

	snprintf(what, sizeof(what), "%u of routes, %u of addresses, %u of neighbours", n.routes,
		 n.own, n.neighbours);
	return check_limit(c, limit, n.routes + n.own + n.neighbours, name, what);
}

/* Each bridge has its own MAC address there too, in each of the VLANs that it routes. */
static unsigned macs_of(const struct config *cfg)
{
	unsigned need = cfg->n_bridges + cfg->n_interfaces;

	for (unsigned i = 0; i < cfg->n_bridges; i++)
		need += cfg->bridges[i].n_fdb;
	return cfg->n_bridges ? need : 0;
}

int check_limits(const struct check *c)
{
	const struct config_limits *limits = &c->cfg->limits;
	int ret = check_routes_limit(c, &limits->routes4, IP4, "routes4");

	if (!ret)
		ret = check_routes_limit(c, &limits->routes6, IP6, "routes6");
	if (!ret)
		ret = check_limit(c, &limits->neighbours, c->cfg->n_neighbours, "neighbours",
				  "those of the file");
	if (!ret)
		ret = check_limit(c, &limits->fdb, macs_of(c->cfg), "fdb",
				  "those of the file and the bridges' own");
	return ret;
}
