/* SPDX-License-Identifier: BSD-3-Clause */
#include "rib.h"

#include <errno.h>
#include <stdlib.h>

#define RIB_NODES_MIN 64

static const struct rib_node *node_at(const struct rib *rib, uint32_t index)
{
	return index ? &rib->nodes[index] : NULL;
}

static bool covers(const struct rib_node *node, struct rib_key key, unsigned len)
{
	return node->len <= len && rib_key_common(node->key, key) >= node->len;
}

struct rib *rib_create(void)
{
	struct rib *rib = calloc(1, sizeof(*rib));

	if (!rib)
		return NULL;
	rib->size = RIB_NODES_MIN;
	rib->end = 1;
	rib->nodes = calloc(rib->size, sizeof(*rib->nodes));
	if (!rib->nodes) {
		free(rib);
		errno = ENOMEM;
		return NULL;
	}
	return rib;
}

void rib_destroy(struct rib *rib)
{
	if (!rib)
		return;
	free(rib->nodes);
	free(rib);
}

/* Room for the two nodes that one new route can need, so that nothing fails half way. */
static int make_room(struct rib *rib)
{
	struct rib_node *nodes;

	if (rib->n_free + (rib->size - rib->end) >= 2)
		return 0;
	if (rib->size > UINT32_MAX / 2)
		return -ENOMEM;
	nodes = realloc(rib->nodes, 2 * (size_t)rib->size * sizeof(*nodes));
	if (!nodes)
		return -ENOMEM;
	rib->nodes = nodes;
	rib->size *= 2;
	return 0;
}

static uint32_t node_new(struct rib *rib, struct rib_key key, unsigned len)
{
	uint32_t index = rib->free;

	if (index) {
		rib->free = rib->nodes[index].child[0];
		rib->n_free--;
	} else {
		index = rib->end++;
	}
	rib->nodes[index] = (struct rib_node){.key = key, .len = (uint8_t)len};
	return index;
}

static void node_free(struct rib *rib, uint32_t index)
{
	rib->nodes[index].child[0] = rib->free;
	rib->free = index;
	rib->n_free++;
}

/* Put a new node for the prefix where *link points, above or beside what stands there. */
static uint32_t insert(struct rib *rib, uint32_t *link, const struct rib_prefix *prefix)
{
	uint32_t old = *link, new = node_new(rib, prefix->key, prefix->len), fork;
	struct rib_key old_key = rib->nodes[old].key;
	unsigned common = rib_key_common(old_key, prefix->key);

	if (!old) {
		*link = new;
	} else if (common >= prefix->len) {
		rib->nodes[new].child[rib_key_bit(old_key, prefix->len)] = old;
		*link = new;
	} else {
		fork = node_new(rib, rib_key_mask(prefix->key, common), common);
		rib->nodes[fork].child[rib_key_bit(old_key, common)] = old;
		rib->nodes[fork].child[rib_key_bit(prefix->key, common)] = new;
		*link = fork;
	}
	return new;
}

int rib_add(struct rib *rib, const struct rib_prefix *prefix, uint32_t nh, void *user)
{
	struct rib_node *node = NULL;
	uint32_t *link, index;

	if (!rib_get(rib, prefix) && make_room(rib))
		return -ENOMEM;
	for (link = &rib->root; *link; link = &node->child[rib_key_bit(prefix->key, node->len)]) {
		node = &rib->nodes[*link];
		if (node->len >= prefix->len || !covers(node, prefix->key, prefix->len))
			break;
	}
	index = *link;
	node = &rib->nodes[index];
	if (!index || node->len != prefix->len || !covers(node, prefix->key, prefix->len))
		index = insert(rib, link, prefix);
	node = &rib->nodes[index];
	rib->routes += !node->is_route;
	node->is_route = true;
	node->nh = nh;
	node->user = user;
	return 0;
}

/* Take a node out whose place one child, or none, can have. */
static void bypass(struct rib *rib, uint32_t *link)
{
	uint32_t index = *link;
	const struct rib_node *node = &rib->nodes[index];

	if (node->is_route || (node->child[0] && node->child[1]))
		return;
	*link = node->child[0] ? node->child[0] : node->child[1];
	node_free(rib, index);
}

int rib_del(struct rib *rib, const struct rib_prefix *prefix)
{
	uint32_t *link = &rib->root, *up = NULL;
	struct rib_node *node;

	if (!rib_get(rib, prefix))
		return -ENOENT;
	for (;;) {
		node = &rib->nodes[*link];
		if (node->len == prefix->len)
			break;
		up = link;
		link = &node->child[rib_key_bit(prefix->key, node->len)];
	}
	node->is_route = false;
	rib->routes--;
	bypass(rib, link);
	/* The fork above may have lost one of its two branches. */
	if (up)
		bypass(rib, up);
	return 0;
}

const struct rib_node *rib_get(const struct rib *rib, const struct rib_prefix *prefix)
{
	const struct rib_node *node = node_at(rib, rib->root);

	while (node && node->len < prefix->len)
		node = node_at(rib, node->child[rib_key_bit(prefix->key, node->len)]);
	if (!node || !node->is_route || node->len != prefix->len ||
	    rib_key_common(node->key, prefix->key) < RIB_KEY_BITS)
		return NULL;
	return node;
}

const struct rib_node *rib_cover(const struct rib *rib, struct rib_key key, unsigned len)
{
	const struct rib_node *node = node_at(rib, rib->root), *best = NULL;

	while (node && node->len < len && covers(node, key, len)) {
		if (node->is_route)
			best = node;
		node = node_at(rib, node->child[rib_key_bit(key, node->len)]);
	}
	return best;
}

/* The first route of a subtree: a fork has a route below each of its children. */
static const struct rib_node *first(const struct rib *rib, const struct rib_node *node)
{
	while (node && !node->is_route)
		node = node_at(rib, node->child[0]);
	return node;
}

/* The first route of the whole store that comes after the prefix. */
static const struct rib_node *successor(const struct rib *rib, const struct rib_prefix *after)
{
	const struct rib_node *node = node_at(rib, rib->root);
	uint32_t next = 0, same; /* next: the nearest subtree right of the way down */

	while (node && node->len < after->len && covers(node, after->key, after->len)) {
		unsigned bit = rib_key_bit(after->key, node->len);

		if (!bit && node->child[1])
			next = node->child[1];
		node = node_at(rib, node->child[bit]);
	}
	if (!node)
		return first(rib, node_at(rib, next));
	if (node->len == after->len && covers(node, after->key, after->len)) {
		same = node->child[0] ? node->child[0] : node->child[1];
		return first(rib, node_at(rib, same ? same : next));
	}
	/* The node lies inside the prefix, or wholly right or left of it. */
	if (node->key.hi != after->key.hi ? node->key.hi > after->key.hi
					  : node->key.lo >= after->key.lo)
		return first(rib, node);
	return first(rib, node_at(rib, next));
}

const struct rib_node *rib_next(const struct rib *rib, const struct rib_prefix *range,
				const struct rib_prefix *after)
{
	const struct rib_node *node = after ? successor(rib, after) : rib_get(rib, range);

	if (!after && !node)
		node = successor(rib, range);
	if (!node || node->len < range->len || rib_key_common(node->key, range->key) < range->len)
		return NULL;
	return node;
}

bool rib_descend(const struct rib *rib, const struct rib_node **node, struct rib_key key,
		 unsigned len, unsigned than)
{
	const struct rib_node *n = *node;

	for (; n && n->len <= len; n = node_at(rib, n->child[rib_key_bit(key, n->len)])) {
		if (!covers(n, key, len)) {
			n = NULL;
			break;
		}
		if (n->is_route && n->len > than)
			return true;
		/* Of a node of just this length, both children lie inside. */
		if (n->len == len) {
			n = n->child[0] || n->child[1] ? n : NULL;
			break;
		}
	}
	*node = n && rib_key_common(n->key, key) >= len ? n : NULL;
	return false;
}

size_t rib_bytes(const struct rib *rib)
{
	return sizeof(*rib) + (size_t)rib->size * sizeof(*rib->nodes);
}
