/* SPDX-License-Identifier: BSD-3-Clause */
#include "trace.h"

#include <stdlib.h>
#include <string.h>

#include <rte_byteorder.h>

#include "bench.h"
#include "rng.h"

#define SEED_PACKETS 2
#define SEED_TRACE   3

const char *trace_name(enum trace_kind kind)
{
	static const char *const names[TRACE_KINDS] = {"uniform", "routed", "zipf"};

	return names[kind];
}

void zipf_ranks(uint32_t *rank, size_t count, uint32_t n, uint64_t seed)
{
	double *upto = calloc(n, sizeof(*upto)), sum = 0;
	struct rng rng = {seed};

	if (!upto)
		bench_die("no memory for %u ranks", n);
	for (uint32_t i = 0; i < n; i++)
		upto[i] = sum += 1.0 / (i + 1);
	for (size_t k = 0; k < count; k++) {
		double dice = (double)(rng_next(&rng) >> 11) / (double)(UINT64_C(1) << 53) * sum;
		uint32_t low = 0, high = n - 1;

		while (low < high) {
			uint32_t mid = (low + high) / 2;

			if (upto[mid] > dice)
				high = mid;
			else
				low = mid + 1;
		}
		rank[k] = low;
	}
	free(upto);
}

static void random_bytes(struct rng *rng, uint8_t addr[16])
{
	uint64_t word[2] = {rng_next(rng), rng_next(rng)};

	memcpy(addr, word, sizeof(word));
}

/* A random address of a random prefix. */
static void routed_address(struct rng *rng, const struct routes *routes, uint8_t addr[16])
{
	const struct route *route = &routes->route[rng_below(rng, (uint32_t)routes->n)];
	unsigned whole = route->len / 8, rest = route->len % 8;

	random_bytes(rng, addr);
	memcpy(addr, route->addr, whole);
	if (rest) {
		uint8_t host = (uint8_t)(0xff >> rest);

		addr[whole] = (uint8_t)((addr[whole] & host) | route->addr[whole]);
	}
}

static void address(struct rng *rng, const struct trace *trace, const struct routes *routes,
		    uint8_t addr[16])
{
	if (trace->kind != TRACE_UNIFORM) {
		routed_address(rng, routes, addr);
		return;
	}
	random_bytes(rng, addr);
	if (routes->family == IP6)
		addr[0] = (uint8_t)((addr[0] & 0x1f) | 0x20);
}

static void fill_zipf(struct trace *trace, const struct routes *routes, struct rng *rng,
		      size_t size)
{
	uint8_t(*popular)[16] = calloc(TRACE_ZIPF_N, sizeof(*popular));
	uint32_t *rank = calloc(trace->n, sizeof(*rank));

	if (!popular || !rank)
		bench_die("no memory for %zu addresses", trace->n);
	for (size_t i = 0; i < TRACE_ZIPF_N; i++)
		address(rng, trace, routes, popular[i]);
	zipf_ranks(rank, trace->n, TRACE_ZIPF_N, SEED_TRACE);
	for (size_t i = 0; i < trace->n; i++)
		memcpy(trace->net + i * size, popular[rank[i]], size);
	free(popular);
	free(rank);
}

void trace_make(struct trace *trace, enum trace_kind kind, const struct routes *routes, size_t n)
{
	size_t size = routes->family == IP4 ? 4 : 16;
	struct rng rng = {SEED_TRACE + kind};
	uint8_t addr[16];

	*trace = (struct trace){.kind = kind,
				.n = n,
				.size = size,
				.at = size == 4 ? PACKET_DST4 : PACKET_DST6,
				.net = bench_alloc(n * size),
				.host = size == 4 ? bench_alloc(n * size) : NULL,
				.expect = bench_alloc(n * sizeof(uint32_t))};
	if (kind == TRACE_ZIPF)
		fill_zipf(trace, routes, &rng, size);
	for (size_t i = 0; i < n && kind != TRACE_ZIPF; i++) {
		address(&rng, trace, routes, addr);
		memcpy(trace->net + i * size, addr, size);
	}
	for (size_t i = 0; i < n && trace->host; i++) {
		memcpy(&trace->host[i], trace->net + i * size, size);
		trace->host[i] = rte_be_to_cpu_32(trace->host[i]);
	}
}

void packets_make(struct packets *packets, size_t n)
{
	uint8_t *slots = bench_alloc(n * PACKET_STRIDE);
	struct rng rng = {SEED_PACKETS};

	packets->n = n;
	packets->packet = bench_alloc(n * sizeof(*packets->packet));
	for (size_t i = 0; i < n; i++) {
		size_t j = rng_below(&rng, (uint32_t)i + 1);

		packets->packet[i] = packets->packet[j];
		packets->packet[j] = slots + i * PACKET_STRIDE;
	}
}

void packets_fill(const struct packets *packets, const struct trace *trace, size_t at)
{
	for (size_t i = 0; i < packets->n; i++) {
		uint8_t *dst = packets->packet[i] + trace->at;
		uint64_t key;

		memcpy(dst, trace->net + (at + i) * trace->size, trace->size);
		if (trace->at == PACKET_MAC) {
			memcpy(&key, dst, sizeof(key));
			key = rte_cpu_to_be_64(key);
			memcpy(dst, &key, sizeof(key));
		}
	}
}
