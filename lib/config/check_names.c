/* SPDX-License-Identifier: BSD-3-Clause */
/* What holds for all that can have addresses: ports, VLAN interfaces and bridges. */
#include <assert.h>

#include "check.h"

#define MIN_MTU6 1280 /* RFC 8200 5 */

static int check_mtu6(const struct check *c, const struct config_l3 *l3)
{
	if (!*l3->mtu || *l3->mtu >= MIN_MTU6)
		return 0;
	for (unsigned i = 0; i < l3->n_addresses; i++)
		if (l3->addresses[i].addr.family == IP6)
			return reader_expected_field(c->reader, l3->mtu,
						     "at least %u with IPv6 addresses", MIN_MTU6);
	return 0;
}

static_assert(!offsetof(struct index_address, addr), "a key of `own` is where its struct is");

static int check_addresses(const struct check *c)
{
	const struct index_address *a, *b;
	const void *first, *second;

	if (!keyset_twice(&c->index.own, &first, &second))
		return 0;
	a = first;
	b = second;
	return check_again(c, a->given, b->given, "an address");
}

static_assert(!offsetof(struct index_l3, key), "a key of `names` is where its struct is");

static int check_unique(const struct check *c)
{
	const struct index_l3 *a, *b;
	const void *first, *second;

	if (!keyset_twice(&c->index.names, &first, &second))
		return 0;
	a = first;
	b = second;
	return check_again(c, a->l3.name, b->l3.name, "a name");
}

static int check_number(const struct check *c)
{
	if (c->index.n_l3s <= CONFIG_MAX_IFACES)
		return 0;
	return reader_expected_field(c->reader, c->index.l3s[CONFIG_MAX_IFACES].l3.name,
				     "at most %u ports, interfaces and bridges together",
				     CONFIG_MAX_IFACES);
}

int check_names(const struct check *c)
{
	int ret = check_unique(c);

	if (!ret)
		ret = check_number(c);
	if (!ret)
		ret = check_addresses(c);
	for (unsigned i = 0; !ret && i < c->index.n_l3s; i++)
		ret = check_mtu6(c, &c->index.l3s[i].l3);
	return ret;
}
