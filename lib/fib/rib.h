/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The route store of the writer: every prefix with its next hop, as it was announced.
 *
 * Workers never see it. They read the word trie (trie.h), which is derived from it: the trie knows
 * which next hop an address has, and forgets why. What stood under a prefix before, which routes
 * lie inside it, which one covers it: these are asked here, when a route comes or goes.
 *
 * It is a binary trie with its one-way paths compressed. A node is a prefix; its two children are
 * the nearest longer prefixes below, parted by the first bit after its own. A node without a route
 * stands only where two branches part, so it always has both children, and n routes need at most
 * 2n - 1 nodes:
 *
 *        10.0.0.0/8 [route]
 *            |0
 *        10.0.0.0/14 [fork]
 *         /0        \1
 *  10.0.0.0/16    10.2.0.0/15
 *    [route]        [route]
 *
 * Keys have 128 bits and begin at the most significant one: an IPv4 address stands in the upper
 * half of `hi`. So one implementation serves both families. Nodes (40 bytes) lie in one growing
 * array, on huge pages when it is large, and point to each other by index.
 *
 * Order is by address, and the shorter prefix first: a cover comes before what it covers. As the
 * successor is found from a prefix, not from a node, a walk survives any change between two steps.
 *
 * Context: control thread only. A returned node is valid until the store changes.
 */
#ifndef SLUICE_RIB_H
#define SLUICE_RIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "region.h"

#define RIB_KEY_BITS 128

struct rib_key {
	uint64_t hi; /* host order; the first bit of the address is the most significant one */
	uint64_t lo;
};

struct rib_prefix {
	struct rib_key key; /* bits beyond len are 0 */
	uint8_t len;        /* 0 to 128 */
};

struct rib_node {
	struct rib_key key;
	void *user;        /* the caller's, never followed */
	uint32_t child[2]; /* indices; 0: none */
	uint32_t nh;
	uint8_t len;
	bool is_route; /* false: a fork, which only the walks of rib.c and rib_descend() meet */
};

struct rib {
	struct rib_node *nodes; /* [0] is nobody */
	struct region mem;      /* of nodes */
	uint32_t end;           /* nodes from here on were never used */
	uint32_t free;          /* list of free nodes through child[0] */
	uint32_t n_free;
	uint32_t root;
	uint32_t routes;
};

/* A store for up to max_routes routes; it takes memory as it grows. NULL and errno ENOMEM. */
struct rib *rib_create(uint32_t max_routes);

/* What the user pointers point to stays the caller's. NULL is allowed. */
void rib_destroy(struct rib *rib);

/* Add a route, or replace next hop and user of the one that stands. 0; -ENOMEM: nothing changed.
 * Replacing does not fail. */
int rib_add(struct rib *rib, const struct rib_prefix *prefix, uint32_t nh, void *user);

/* 0; -ENOENT, also of what is no prefix. */
int rib_del(struct rib *rib, const struct rib_prefix *prefix);

/* Where a prefix stands or would stand: what one walk down finds, for the one change that follows.
 * Indices; 0: none. */
struct rib_place {
	struct rib_prefix prefix;
	uint32_t node;   /* of just this prefix: a route or a fork */
	uint32_t below;  /* else: what stands where it would */
	uint32_t parent; /* the node above */
	uint32_t grand;  /* the one above that */
	uint32_t cover;  /* the nearest route above */
};

/* Make sure that the next rib_insert() has memory. 0; -ENOMEM: there is none, or max_routes stand.
 */
int rib_make_room(struct rib *rib);

/* Find the place of a prefix without host bits. Valid until the store changes. */
void rib_find(const struct rib *rib, const struct rib_prefix *prefix, struct rib_place *place);

/* The route that stands at the place, or NULL. */
const struct rib_node *rib_at(const struct rib *rib, const struct rib_place *place);

/* Add the route of a place, or replace its next hop and user. The route. Without
 * rib_make_room() only for one that stands. */
const struct rib_node *rib_insert(struct rib *rib, const struct rib_place *place, uint32_t nh,
				  void *user);

/* Delete the route that stands at the place, which one has been found after any other change. */
void rib_remove(struct rib *rib, const struct rib_place *place);

/* The route of exactly this prefix, or NULL. */
const struct rib_node *rib_get(const struct rib *rib, const struct rib_prefix *prefix);

/* The longest route shorter than `len` bits that covers key, or NULL: with the length of a prefix
 * its nearest cover, with RIB_KEY_BITS + 1 the longest match of an address. */
const struct rib_node *rib_cover(const struct rib *rib, struct rib_key key, unsigned len);

/* The first route inside `range` (its own included) that comes after `after`, or NULL at the end.
 * after NULL: the first of all. `after` need not stand in the store (any more). */
const struct rib_node *rib_next(const struct rib *rib, const struct rib_prefix *range,
				const struct rib_prefix *after);

/* One step of a walk that narrows the view from a subtree to key/len, a prefix inside it.
 * *node: in, the top of the subtree; out, the top of what lies inside key/len and is longer (a node
 * of this very length with something below it included), or NULL: nothing.
 * True, and *node untouched, when a route longer than `than` bits covers all of key/len. */
bool rib_descend(const struct rib *rib, const struct rib_node **node, struct rib_key key,
		 unsigned len, unsigned than);

/* Memory that the store holds. */
size_t rib_bytes(const struct rib *rib);

/* Leading bits that two keys have in common: 0 to 128. */
static inline unsigned rib_key_common(struct rib_key a, struct rib_key b)
{
	if (a.hi != b.hi)
		return (unsigned)__builtin_clzll(a.hi ^ b.hi);
	return a.lo == b.lo ? RIB_KEY_BITS : 64 + (unsigned)__builtin_clzll(a.lo ^ b.lo);
}

/* Bit `pos` of a key, 0 being the first. Of the 129th bit of a host route: some bit. */
static inline unsigned rib_key_bit(struct rib_key key, unsigned pos)
{
	return ((pos < 64 ? key.hi : key.lo) >> (~pos & 63)) & 1;
}

/* The key with all bits from `len` on cleared. */
static inline struct rib_key rib_key_mask(struct rib_key key, unsigned len)
{
	if (len <= 64)
		return (struct rib_key){.hi = len ? key.hi & (~0ull << (64 - len)) : 0};
	return (struct rib_key){.hi = key.hi, .lo = key.lo & (~0ull << (RIB_KEY_BITS - len))};
}

/* Whether a prefix is one: no bits beyond its length. */
static inline bool rib_prefix_is_valid(const struct rib_prefix *prefix)
{
	return prefix->len <= RIB_KEY_BITS &&
	       rib_key_common(rib_key_mask(prefix->key, prefix->len), prefix->key) == RIB_KEY_BITS;
}

#endif
