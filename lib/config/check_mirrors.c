/* SPDX-License-Identifier: BSD-3-Clause */
/* Mirrors (SPAN): ports that there are, and none that mirrors to itself. */
#include <stdlib.h>
#include <string.h>

#include "check.h"

static int check_port_name(const struct check *c, const char *name)
{
	const struct index_l3 *l3 = index_named(&c->index, name);

	return l3 && l3->port ? 0 : reader_expected_field(c->reader, name, "the name of a port");
}

static int check_mirror(const struct check *c, const struct config_mirror *mirror)
{
	int ret = check_port_name(c, mirror->to);

	for (unsigned i = 0; !ret && i < mirror->n_from; i++) {
		ret = check_port_name(c, mirror->from[i]);
		if (!ret && !strcmp(mirror->from[i], mirror->to))
			ret = reader_expected_field(c->reader, mirror->to,
						    "a port other than those in 'from'");
	}
	return ret;
}

struct pair {
	char from[CONFIG_NAME_LEN], to[CONFIG_NAME_LEN];
	const char *field;
};

/* Where there are too many, the first of those. */
static const char *beyond(const struct config *cfg)
{
	unsigned n = 0;

	for (unsigned i = 0; i < cfg->n_mirrors; i++) {
		const struct config_mirror *mirror = &cfg->mirrors[i];

		if (n + mirror->n_from > CONFIG_MAX_MIRRORS)
			return mirror->from[CONFIG_MAX_MIRRORS - n];
		n += mirror->n_from;
	}
	return NULL;
}

static size_t fill_pairs(const struct config *cfg, struct pair *pairs)
{
	size_t n = 0;

	for (unsigned i = 0; i < cfg->n_mirrors; i++) {
		const struct config_mirror *mirror = &cfg->mirrors[i];

		for (unsigned j = 0; j < mirror->n_from; j++, n++) {
			memcpy(pairs[n].from, mirror->from[j], CONFIG_NAME_LEN);
			memcpy(pairs[n].to, mirror->to, CONFIG_NAME_LEN);
			pairs[n].field = mirror->from[j];
		}
	}
	return n;
}

static int refuse_again(const struct check *c, const struct pair *first, const struct pair *second)
{
	return reader_expected_field(c->reader, second->field,
				     "each port once for a target: it is mirrored to '%s' in line "
				     "%d already",
				     second->to, check_line(c, first->field));
}

static int check_pairs(const struct check *c)
{
	const void *first, *second;
	struct pair *pairs;
	struct keyset set;
	size_t n = 0;
	int ret = 0;

	for (unsigned i = 0; i < c->cfg->n_mirrors; i++)
		n += c->cfg->mirrors[i].n_from;
	pairs = calloc(n + 1, sizeof(*pairs));
	if (!pairs)
		return reader_no_memory(c->reader);
	n = fill_pairs(c->cfg, pairs);
	if (keyset_build(&set, pairs, sizeof(*pairs), n, offsetof(struct pair, field)))
		ret = reader_no_memory(c->reader);
	else if (keyset_twice(&set, &first, &second))
		ret = refuse_again(c, first, second);
	keyset_free(&set);
	free(pairs);
	return ret;
}

int check_mirrors(const struct check *c)
{
	int ret = 0;

	for (unsigned i = 0; !ret && i < c->cfg->n_mirrors; i++)
		ret = check_mirror(c, &c->cfg->mirrors[i]);
	if (!ret && beyond(c->cfg))
		ret = reader_expected_field(c->reader, beyond(c->cfg),
					    "at most %u ports that are mirrored, to each target",
					    CONFIG_MAX_MIRRORS);
	return ret ? ret : check_pairs(c);
}
