/* SPDX-License-Identifier: BSD-3-Clause */
#include "rib.h"

#include <errno.h>
#include <stdlib.h>

#include "sanitizer.h"

#if WITH_ASAN
#include <sanitizer/lsan_interface.h>
#endif

static const struct rib_node *node_at(const struct rib *rib, uint32_t index)
{
	return index ? &rib->nodes[index] : NULL;
}

static bool covers(const struct rib_node *node, struct rib_key key, unsigned len)
{
	return node->len <= len && rib_key_common(node->key, key) >= node->len;
}

/* What the user pointers point to is no leak: the checker looks into the heap of its own accord,
 * but not here. */
static void tell_leak_checker(const struct rib *rib, bool begins)
{
#if WITH_ASAN
	(begins ? __lsan_register_root_region : __lsan_unregister_root_region)(rib->mem.base,
									       rib->mem.size);
#endif
}

struct rib *rib_create(uint32_t max_routes)
{
	struct rib *rib = calloc(1, sizeof(*rib));
	/* Node 0, a node and a fork for each route, and room for the next two. */
	size_t max_nodes = 2 * (size_t)max_routes + 3;

	if (!rib)
		return NULL;
	if (region_init(&rib->mem, max_nodes * sizeof(*rib->nodes), -1) ||
	    region_grow(&rib->mem, sizeof(*rib->nodes))) {
		rib_destroy(rib);
		errno = ENOMEM;
		return NULL;
	}
	tell_leak_checker(rib, true);
	rib->nodes = rib->mem.base;
	rib->end = 1;
	return rib;
}

void rib_destroy(struct rib *rib)
{
	if (!rib)
		return;
	if (rib->nodes)
		tell_leak_checker(rib, false);
	region_fini(&rib->mem);
	free(rib);
}

/* For the two nodes that one new route can need, so that nothing fails half way. */
int rib_make_room(struct rib *rib)
{
	if (rib->n_free >= 2)
		return 0;
	return region_grow(&rib->mem, ((size_t)rib->end + 2) * sizeof(*rib->nodes));
}

void rib_find(const struct rib *rib, const struct rib_prefix *prefix, struct rib_place *place)
{
	const struct rib_node *nodes = rib->nodes, *node;
	uint32_t at = rib->root;

	*place = (struct rib_place){.prefix = *prefix};
	for (; at; at = node->child[rib_key_bit(prefix->key, node->len)]) {
		node = &nodes[at];
		if (node->len >= prefix->len || !covers(node, prefix->key, prefix->len))
			break;
		place->grand = place->parent;
		place->parent = at;
		if (node->is_route)
			place->cover = at;
	}
	if (at && nodes[at].len == prefix->len && covers(&nodes[at], prefix->key, prefix->len))
		place->node = at;
	else
		place->below = at;
}

const struct rib_node *rib_at(const struct rib *rib, const struct rib_place *place)
{
	const struct rib_node *node = node_at(rib, place->node);

	return node && node->is_route ? node : NULL;
}

/* Where the index of the node below `parent` on the way to key is stored. */
static uint32_t *link_below(struct rib *rib, uint32_t parent, struct rib_key key)
{
	struct rib_node *node = &rib->nodes[parent];

	return parent ? &node->child[rib_key_bit(key, node->len)] : &rib->root;
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

/* Put a new node at the place, above or beside what stands there. */
static uint32_t put_node(struct rib *rib, const struct rib_place *place)
{
	const struct rib_prefix *prefix = &place->prefix;
	uint32_t *link = link_below(rib, place->parent, prefix->key), old = place->below, fork;
	uint32_t new = node_new(rib, prefix->key, prefix->len);
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

const struct rib_node *rib_insert(struct rib *rib, const struct rib_place *place, uint32_t nh,
				  void *user)
{
	struct rib_node *node = &rib->nodes[place->node ? place->node : put_node(rib, place)];

	rib->routes += !node->is_route;
	node->is_route = true;
	node->nh = nh;
	node->user = user;
	return node;
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

void rib_remove(struct rib *rib, const struct rib_place *place)
{
	struct rib_key key = place->prefix.key;

	rib->nodes[place->node].is_route = false;
	rib->routes--;
	bypass(rib, link_below(rib, place->parent, key));
	/* The fork above may have lost one of its two branches. */
	if (place->parent)
		bypass(rib, link_below(rib, place->grand, key));
}

int rib_add(struct rib *rib, const struct rib_prefix *prefix, uint32_t nh, void *user)
{
	struct rib_place place;
	int rc;

	rib_find(rib, prefix, &place);
	rc = place.node ? 0 : rib_make_room(rib);
	if (!rc)
		rib_insert(rib, &place, nh, user);
	return rc;
}

int rib_del(struct rib *rib, const struct rib_prefix *prefix)
{
	struct rib_place place;

	if (!rib_prefix_is_valid(prefix))
		return -ENOENT;
	rib_find(rib, prefix, &place);
	if (!rib_at(rib, &place))
		return -ENOENT;
	rib_remove(rib, &place);
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
	return sizeof(*rib) + rib->mem.in_use;
}
