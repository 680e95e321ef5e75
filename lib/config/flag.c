/* SPDX-License-Identifier: BSD-3-Clause */
/* Lists of words. */
#include <stdio.h>
#include <string.h>

#include "schema.h"

static int expected_flag(struct reader *r, int node, const struct flag *flags)
{
	char known[256] = "";
	size_t len = 0;

	for (unsigned i = 0; flags[i].name && len < sizeof(known); i++)
		len += (size_t)snprintf(known + len, sizeof(known) - len, "%s%s", i ? ", " : "",
					flags[i].name);
	return reader_expected(r, node, flags[1].name ? "one of: %s" : "'%s'", known);
}

static int read_flag(struct reader *r, int node, const struct flag *flags, uint64_t *field)
{
	const char *text = schema_scalar(r, node);
	const struct flag *flag = flags;
	int ret = reader_visit(r, node, NULL);

	if (ret)
		return ret;
	while (flag->name && (!text || strcmp(flag->name, text)))
		flag++;
	if (!flag->name)
		return expected_flag(r, node, flags);
	if (*field & flag->bit)
		return reader_expected(r, node, "each word once");
	*field |= flag->bit;
	return 0;
}

int schema_read_flags(struct reader *r, int node, const struct schema_key *key, void *base)
{
	const yaml_node_t *n = reader_node(r, node);
	uint64_t *field = schema_field(key, base);
	int ret = reader_visit(r, node, field);

	if (ret)
		return ret;
	if (n->type != YAML_SEQUENCE_NODE)
		return reader_expected(r, node, "a list");
	*field = 0;
	for (const yaml_node_item_t *item = n->data.sequence.items.start;
	     !ret && item < n->data.sequence.items.top; item++)
		ret = read_flag(r, *item, key->flags, field);
	return ret;
}
