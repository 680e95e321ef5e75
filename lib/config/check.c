/* SPDX-License-Identifier: BSD-3-Clause */
#include "check.h"

int check_again(const struct check *c, const void *first, const void *second, const char *what)
{
	return reader_expected_field(c->reader, second, "%s other than that in line %d", what,
				     check_line(c, first));
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

int check_line(const struct check *c, const void *field)
{
	return reader_line(c->reader, reader_origin(c->reader, field));
}

int check_l3_name(const struct check *c, const char *name, const struct index_l3 **l3)
{
	const struct index_l3 *found = index_named(&c->index, name);

	if (!found)
		return reader_expected_field(c->reader, name,
					     "the name of a port, an interface or a bridge");
	if (found->of)
		return reader_expected_field(
			c->reader, name,
			"what is in no bridge: '%s' is a member of '%s', which "
			"has the addresses",
			name, found->of->name);
	if (l3)
		*l3 = found;
	return 0;
}

static int check_all(const struct check *c)
{
	int (*const checks[])(const struct check *) = {
		check_workers,    check_args,       check_names,   check_ports,
		check_interfaces, check_bridges,    check_mirrors, check_control,
		check_routes,     check_neighbours, check_punts,   check_limits,
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
