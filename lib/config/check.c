/* SPDX-License-Identifier: BSD-3-Clause */
#include "check.h"

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

static int check_all(const struct check *c)
{
	int (*const checks[])(const struct check *) = {
		check_workers, check_args,       check_ports, check_control,
		check_routes,  check_neighbours, check_punts, check_limits,
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
