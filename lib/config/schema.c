/* SPDX-License-Identifier: BSD-3-Clause */
#include "schema.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "near.h"

const char *schema_scalar(struct reader *r, int node)
{
	const yaml_node_t *n = reader_node(r, node);

	return n->type == YAML_SCALAR_NODE ? (const char *)n->data.scalar.value : NULL;
}

static int refuse_unknown(struct reader *r, int key, int map, const struct schema_key *keys)
{
	const char *names[SCHEMA_MAX_KEYS + 1] = {NULL}, *text = schema_scalar(r, key), *nearest;
	char known[256] = "", buf[48];
	size_t len = 0;

	for (unsigned i = 0; keys[i].name; i++) {
		names[i] = keys[i].name;
		if (len < sizeof(known))
			len += (size_t)snprintf(known + len, sizeof(known) - len, "%s%s",
						i ? ", " : "", names[i]);
	}
	reader_printable(buf, sizeof(buf), text);
	nearest = near_name(text, names);
	if (nearest)
		return reader_refuse_key(r, key, map, "unknown key '%s', did you mean '%s'?", buf,
					 nearest);
	return reader_refuse_key(r, key, map, "unknown key '%s', expected one of: %s", buf, known);
}

static int read_pair(struct reader *r, int map, const yaml_node_pair_t *pair,
		     const struct schema_key *keys, int *seen, void *base)
{
	const char *text = schema_scalar(r, pair->key);
	const struct schema_key *key;
	unsigned i = 0;
	int ret;

	if (!text)
		return reader_refuse_key(r, pair->key, map,
					 "found a list or mapping, expected a key's name");
	ret = reader_visit(r, pair->key, NULL);
	if (ret)
		return ret;
	while (keys[i].name && strcmp(keys[i].name, text))
		i++;
	assert(i < SCHEMA_MAX_KEYS);
	key = &keys[i];
	if (!key->name)
		return refuse_unknown(r, pair->key, map, keys);
	if (seen[i])
		return reader_refuse_key(r, pair->key, map,
					 "key '%s' is given twice, first in line %d", key->name,
					 reader_line(r, seen[i]));
	seen[i] = pair->key;
	ret = key->read(r, pair->value, key, base);
	if (!ret && key->has)
		*(bool *)((char *)base + key->has) = true;
	return ret;
}

static int read_keys(struct reader *r, int node, const struct schema_key *keys, void *base)
{
	const yaml_node_t *n = reader_node(r, node);
	int seen[SCHEMA_MAX_KEYS] = {0};
	int ret;

	if (n->type != YAML_MAPPING_NODE)
		return reader_expected(r, node, "a mapping (key: value)");
	for (const yaml_node_pair_t *pair = n->data.mapping.pairs.start;
	     pair < n->data.mapping.pairs.top; pair++) {
		ret = read_pair(r, node, pair, keys, seen, base);
		if (ret)
			return ret;
	}
	for (unsigned i = 0; keys[i].name; i++)
		if (keys[i].required && !seen[i])
			return reader_refuse(r, node, "the key '%s' is missing", keys[i].name);
	return 0;
}

int schema_read_section(struct reader *r, int node, const struct schema_key *key, void *base)
{
	int ret = reader_visit(r, node, NULL);

	return ret ? ret : read_keys(r, node, key->keys, base);
}

int schema_read_struct(struct reader *r, int node, const struct schema_key *key, void *base)
{
	/* No note: the struct begins where its first member does. */
	int ret = reader_visit(r, node, NULL);

	return ret ? ret : read_keys(r, node, key->keys, schema_field(key, base));
}

int schema_read_item(struct reader *r, int node, const struct schema_key *key, void *base)
{
	int ret = reader_visit(r, node, base);

	*(int *)base = reader_line(r, node);
	return ret ? ret : read_keys(r, node, key->keys, base);
}

static int set_default(struct reader *r, const struct schema_key *key, void *base)
{
	char **text = schema_field(key, base);

	if (key->read == schema_read_struct)
		return schema_set_defaults(r, key->keys, text);
	if (key->keys && !key->item)
		return schema_set_defaults(r, key->keys, base);
	if (key->by_default)
		schema_store_uint(key, base, key->by_default);
	if (!key->text_by_default)
		return 0;
	*text = strdup(key->text_by_default);
	return *text ? 0 : reader_no_memory(r);
}

int schema_set_defaults(struct reader *r, const struct schema_key *keys, void *base)
{
	int ret = 0;

	for (unsigned i = 0; !ret && keys[i].name; i++)
		ret = set_default(r, &keys[i], base);
	return ret;
}

int schema_alloc_list(struct reader *r, const struct schema_key *key, void *base, unsigned n,
		      void **items)
{
	*items = calloc(n ? n : 1, key->item->size);
	if (!*items)
		return reader_no_memory(r);
	memcpy(schema_field(key, base), items, sizeof(*items));
	*(unsigned *)(void *)((char *)base + key->count) = n;
	for (unsigned i = 0; key->item->keys && i < n; i++) {
		int ret = schema_set_defaults(r, key->item->keys,
					      (char *)*items + i * key->item->size);

		if (ret)
			return ret;
	}
	return 0;
}

static int check_count(struct reader *r, int node, const struct schema_key *key, size_t n)
{
	if (n < key->min)
		return reader_refuse(r, node, "found an empty list, expected at least one item");
	if (n > key->max)
		return reader_refuse(r, node, "found %zu items, expected at most %ju", n,
				     (uintmax_t)key->max);
	return 0;
}

int schema_read_list(struct reader *r, int node, const struct schema_key *key, void *base)
{
	const yaml_node_t *n = reader_node(r, node);
	const yaml_node_item_t *nodes = n->data.sequence.items.start;
	int ret = reader_visit(r, node, schema_field(key, base));
	char *items = NULL;
	size_t count;

	if (ret)
		return ret;
	if (n->type != YAML_SEQUENCE_NODE)
		return reader_expected(r, node, "a list");
	count = (size_t)(n->data.sequence.items.top - nodes);
	ret = check_count(r, node, key, count);
	if (!ret)
		ret = schema_alloc_list(r, key, base, (unsigned)count, (void **)&items);
	for (size_t i = 0; !ret && i < count; i++)
		ret = key->item->read(r, nodes[i], key->item, items + i * key->item->size);
	return ret;
}
