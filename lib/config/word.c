/* SPDX-License-Identifier: BSD-3-Clause */
/* Values that are one of a few words, and lists of such. */
#include <stdio.h>
#include <string.h>

#include "schema.h"

static int expected_word(struct reader *r, int node, const struct word *names)
{
	char known[256] = "";
	size_t len = 0;

	for (unsigned i = 0; names[i].name && len < sizeof(known); i++)
		len += (size_t)snprintf(known + len, sizeof(known) - len, "%s%s", i ? ", " : "",
					names[i].name);
	return reader_expected(r, node, names[1].name ? "one of: %s" : "'%s'", known);
}

/* The name that stands at the node; NULL when it is refused, with *ret. */
static const struct word *find(struct reader *r, int node, const void *field,
			       const struct word *names, int *ret)
{
	const char *text = schema_scalar(r, node);

	*ret = reader_visit(r, node, field);
	if (*ret)
		return NULL;
	for (const struct word *n = names; text && n->name; n++)
		if (!strcmp(n->name, text))
			return n;
	*ret = expected_word(r, node, names);
	return NULL;
}

int schema_read_word(struct reader *r, int node, const struct schema_key *key, void *base)
{
	unsigned *field = schema_field(key, base);
	int ret;
	const struct word *name = find(r, node, field, key->words, &ret);

	if (name)
		*field = (unsigned)name->value;
	return ret;
}

int schema_read_words(struct reader *r, int node, const struct schema_key *key, void *base)
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
	     item < n->data.sequence.items.top; item++) {
		const struct word *name = find(r, *item, NULL, key->words, &ret);

		if (!name)
			return ret;
		if (*field & name->value)
			return reader_expected(r, *item, "each word once");
		*field |= name->value;
	}
	return 0;
}
