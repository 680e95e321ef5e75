/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One generator serves both families: an address is a number of 128 bits whose upper end is the
 * address's first bit, IPv4 stands in the upper 32. Lengths are done from the shortest to the
 * longest, each with its share, so that covers are there when more specific ones are cut from them.
 * A prefix stands beside the one before it, inside a cover, or somewhere else in allocated space.
 */
#include "synthetic.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "rng.h"

#define TRIES 64

typedef unsigned __int128 bits128;

struct share {
	uint8_t len;
	uint32_t weight; /* prefixes of this length in a full table */
};

/* A block that a registry hands out from. */
struct space {
	uint32_t addr; /* its first 32 bits */
	uint8_t len;
};

struct family {
	const struct share *share;
	const struct space *space;
	unsigned n_share, n_space;
	unsigned beside, inside; /* chances in 100 of the two kinds of neighbourhood */
};

struct net {
	bits128 addr;
	uint8_t len;
};

struct table {
	struct net *net;
	size_t n;
	uint32_t *slot; /* open hash: index in net + 1 */
	size_t mask;
	struct rng rng;
	const struct family *family;
};

static const struct share share4[] = {
	{8, 16},      {9, 13},     {10, 38},     {11, 103},   {12, 300},   {13, 580},   {14, 1200},
	{15, 2100},   {16, 13500}, {17, 8200},   {18, 13800}, {19, 24900}, {20, 42600}, {21, 50700},
	{22, 108600}, {23, 96500}, {24, 537700}, {25, 20},    {26, 10},    {27, 11},    {28, 18},
	{29, 17},     {30, 3},     {31, 3},      {32, 900},
};

/* Most of unicast, without loopback and the low and high reserved parts (RFC 6890). */
static const struct space space4[] = {
	{0x10000000, 4}, {0x20000000, 3}, {0x40000000, 3}, {0x60000000, 4}, {0x70000000, 5},
	{0x80000000, 3}, {0xa0000000, 3}, {0xc0000000, 4}, {0xd0000000, 4},
};

static const struct share share6[] = {
	{20, 16},    {24, 30},   {25, 8},     {26, 15},    {27, 20},    {28, 190},  {29, 4400},
	{30, 650},   {31, 280},  {32, 22500}, {33, 2900},  {34, 2600},  {35, 1000}, {36, 6000},
	{37, 900},   {38, 1600}, {39, 1400},  {40, 13400}, {41, 900},   {42, 2300}, {43, 1000},
	{44, 14400}, {45, 1500}, {46, 3000},  {47, 3100},  {48, 75500}, {49, 11},   {56, 24},
	{58, 20},    {64, 184},  {125, 9},    {126, 19},   {127, 42},   {128, 10},
};

/* The registries' blocks, as far as they are filled. */
static const struct space space6[] = {
	{0x20010000, 18}, {0x24000000, 14}, {0x26000000, 13}, {0x28000000, 15},
	{0x2a000000, 15}, {0x2a020000, 15}, {0x2a0c0000, 14}, {0x2c0f0000, 17},
};

#define FAMILY(v, side, in)                                                           \
	{                                                                             \
		.share = share##v, .n_share = sizeof(share##v) / sizeof(share##v[0]), \
		.space = space##v, .n_space = sizeof(space##v) / sizeof(space##v[0]), \
		.beside = side, .inside = in,                                         \
	}

/* With these chances the tries have about the words and nodes of those of real tables. */
static const struct family family4 = FAMILY(4, 80, 10), family6 = FAMILY(6, 80, 10);

static bits128 mask_of(unsigned len)
{
	return len ? ~(bits128)0 << (128 - len) : 0;
}

static bits128 random_bits(struct rng *rng)
{
	bits128 hi = rng_next(rng);

	return hi << 64 | rng_next(rng);
}

static bool put(struct table *t, bits128 addr, uint8_t len)
{
	struct rng hash = {(uint64_t)(addr >> 64) ^ (uint64_t)addr * 3 ^ len};
	size_t at = rng_next(&hash) & t->mask;

	for (; t->slot[at]; at = (at + 1) & t->mask) {
		const struct net *net = &t->net[t->slot[at] - 1];

		if (net->addr == addr && net->len == len)
			return false;
	}
	t->net[t->n] = (struct net){addr, len};
	t->slot[at] = (uint32_t)++t->n;
	return true;
}

static bool in_space(const struct family *family, bits128 addr)
{
	for (unsigned i = 0; i < family->n_space; i++)
		if (!((addr ^ (bits128)family->space[i].addr << 96) &
		      mask_of(family->space[i].len)))
			return true;
	return false;
}

/* A number of up to that many bits, small ones more often: people count from the bottom. */
static bits128 low_number(struct rng *rng, unsigned bits)
{
	return random_bits(rng) & ~mask_of(128 - rng_below(rng, bits + 1));
}

/* One more prefix of this length; `shorter`: how many prefixes are shorter than it. */
static bool place(struct table *t, uint8_t len, size_t shorter)
{
	const struct family *family = t->family;
	unsigned dice = rng_below(&t->rng, 100);
	bits128 addr, mask = mask_of(len), random = random_bits(&t->rng);

	if (dice < family->beside && t->n > shorter) {
		addr = t->net[t->n - 1].addr + ((bits128)1 << (128 - len));
		if (!in_space(family, addr))
			return false;
	} else if (dice < family->beside + family->inside && shorter) {
		const struct net *cover = &t->net[rng_below(&t->rng, (uint32_t)shorter)];

		addr = cover->addr | low_number(&t->rng, len - cover->len) << (128 - len);
	} else {
		const struct space *space = &family->space[rng_below(&t->rng, family->n_space)];

		addr = (bits128)space->addr << 96 | (random & ~mask_of(space->len));
	}
	return put(t, addr & mask, len);
}

static void fill(struct table *t, size_t n)
{
	const struct family *family = t->family;
	uint64_t all = 0, sum = 0;

	for (unsigned i = 0; i < family->n_share; i++)
		all += family->share[i].weight;
	for (unsigned i = 0; i < family->n_share; i++) {
		size_t shorter = t->n, end;
		unsigned tries = 0;

		/* Where a length has no room for its share, the next ones take it over. */
		sum += family->share[i].weight;
		end = n * sum / all;
		while (t->n < end && tries < TRIES)
			tries = place(t, family->share[i].len, shorter) ? 0 : tries + 1;
	}
	while (t->n < n) /* a host route always finds room */
		place(t, family->share[family->n_share - 1].len, t->n);
}

static int compare(const void *a, const void *b)
{
	const struct net *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return x->len - y->len;
}

/* The nets, sorted, for the caller to free; or NULL. */
static struct net *generate(const struct family *family, size_t n, uint64_t seed)
{
	struct table t = {.rng = {seed}, .family = family, .mask = 1};

	while (t.mask < 2 * n)
		t.mask *= 2;
	t.net = calloc(n, sizeof(*t.net));
	t.slot = calloc(t.mask, sizeof(*t.slot));
	t.mask--;
	if (t.net && t.slot) {
		fill(&t, n);
		qsort(t.net, n, sizeof(*t.net), compare);
	} else {
		free(t.net);
		t.net = NULL;
	}
	free(t.slot);
	return t.net;
}

size_t synthetic4(struct fib4_prefix *out, size_t n, uint64_t seed)
{
	struct net *net = generate(&family4, n, seed);

	if (!net)
		return 0;
	for (size_t i = 0; i < n; i++)
		out[i] = (struct fib4_prefix){rte_cpu_to_be_32((uint32_t)(net[i].addr >> 96)),
					      net[i].len};
	free(net);
	return n;
}

size_t synthetic6(struct fib6_prefix *out, size_t n, uint64_t seed)
{
	struct net *net = generate(&family6, n, seed);

	if (!net)
		return 0;
	for (size_t i = 0; i < n; i++) {
		out[i].len = net[i].len;
		for (unsigned b = 0; b < 16; b++)
			out[i].addr[b] = (uint8_t)(net[i].addr >> (120 - 8 * b));
	}
	free(net);
	return n;
}
