/* SPDX-License-Identifier: BSD-3-Clause */
/* How values of layer 2 are read: VLANs and rates. */
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "rate.h"
#include "tables_l2.h"

#define ITEM_FORM "a VLAN or a range of them (20-30), from 1 to 4094"

/* A VID without sign, space or zero in front; where it ends, or NULL. */
static const char *read_vid(const char *text, unsigned *vid)
{
	size_t digits = strspn(text, "0123456789");

	if (!digits || digits > 4 || *text == '0')
		return NULL;
	*vid = (unsigned)strtoul(text, NULL, 10);
	return *vid <= CONFIG_MAX_VID ? text + digits : NULL;
}

static bool read_range(const char *text, unsigned *first, unsigned *last)
{
	const char *end = read_vid(text, first);

	*last = *first;
	if (end && *end == '-')
		end = read_vid(end + 1, last);
	return end && !*end && *first <= *last;
}

static int add_range(struct reader *r, int node, struct config_vlans *set)
{
	const char *text = schema_scalar(r, node);
	int ret = reader_visit(r, node, NULL);
	unsigned first = 0, last = 0;

	if (ret)
		return ret;
	if (!text || !read_range(text, &first, &last))
		return reader_expected(r, node, ITEM_FORM);
	for (unsigned vid = first; vid <= last; vid++) {
		if (config_has_vlan(set, (uint16_t)vid))
			return reader_expected(r, node, "each VLAN once: %u is there already", vid);
		set->bits[vid / 64] |= UINT64_C(1) << vid % 64;
	}
	return 0;
}

int schema_read_vlans(struct reader *r, int node, const struct schema_key *key, void *base)
{
	const yaml_node_t *n = reader_node(r, node);
	struct config_vlans *set = schema_field(key, base);
	int ret = reader_visit(r, node, set);

	if (ret)
		return ret;
	if (n->type != YAML_SEQUENCE_NODE)
		return reader_expected(r, node, "%s", key->value);
	if (n->data.sequence.items.start == n->data.sequence.items.top)
		return reader_refuse(r, node, "found an empty list, expected at least one item");
	for (const yaml_node_item_t *item = n->data.sequence.items.start;
	     !ret && item < n->data.sequence.items.top; item++)
		ret = add_range(r, *item, set);
	return ret;
}

int schema_read_rate(struct reader *r, int node, const struct schema_key *key, void *base)
{
	struct rate *rate = schema_field(key, base);
	const char *text = schema_scalar(r, node);
	int ret = reader_visit(r, node, rate);

	if (ret)
		return ret;
	if (!text || rate_parse(text, rate))
		return reader_expected(r, node, "%s", key->value);
	return 0;
}
