/* SPDX-License-Identifier: BSD-3-Clause */
#include "replicate.h"

#include <errno.h>

#include "packet_testing.h"

#define LEN 1500
#define MAX 8

static uint8_t bytes[LEN];

static int setup(void **state)
{
	for (unsigned i = 0; i < LEN; i++)
		bytes[i] = (uint8_t)(i * 7 + i / 256);
	return testing_eal_setup(state);
}

static int nothing_is_left(void **state)
{
	assert_int_equal(testing_mbufs_used(), 0);
	return 0;
}

static void free_all(struct rte_mbuf **pkts, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		rte_pktmbuf_free(pkts[i]);
}

static const void *at(struct rte_mbuf *pkt, uint32_t off)
{
	while (off >= pkt->data_len) {
		off -= pkt->data_len;
		pkt = pkt->next;
	}
	return rte_pktmbuf_mtod_offset(pkt, const void *, off);
}

static void clones_refer_to_the_bytes(void **state)
{
	struct rte_mbuf *pkt = testing_packet(bytes, LEN, 0), *clones[MAX];

	assert_false(replicate_is_shared(pkt));
	assert_int_equal(replicate_clone(testing_small_pool(), pkt, clones, MAX), MAX);
	assert_int_equal(rte_mbuf_refcnt_read(pkt), 1 + MAX);
	assert_true(replicate_is_shared(pkt));
	assert_int_equal(testing_mbufs_used(), 1 + MAX);
	for (unsigned i = 0; i < MAX; i++) {
		testing_assert_bytes(clones[i], bytes, LEN);
		assert_ptr_equal(at(clones[i], 0), at(pkt, 0));
		assert_true(replicate_is_shared(clones[i]));
	}
	/* The packet first: its bytes stay until the last clone goes. */
	rte_pktmbuf_free(pkt);
	testing_assert_bytes(clones[MAX - 1], bytes, LEN);
	free_all(clones, MAX);
}

/* What is freed in whatever order is as new for who gets it next. */
static void mbufs_come_back_as_they_were(void **state)
{
	struct rte_mbuf *pkt = testing_packet(bytes, LEN, 0), *clones[MAX], *next[TESTING_MBUFS];

	assert_int_equal(replicate_clone(testing_small_pool(), pkt, clones, MAX), MAX);
	free_all(clones, MAX);
	assert_false(replicate_is_shared(pkt));
	rte_pktmbuf_free(pkt);
	for (unsigned i = 0; i < TESTING_MBUFS; i++) {
		const char *why;

		next[i] = rte_pktmbuf_alloc(testing_small_pool());
		assert_non_null(next[i]);
		assert_int_equal(rte_mbuf_check(next[i], 1, &why), 0);
		assert_int_equal(next[i]->buf_len, REPLICATE_ROOM);
		assert_int_equal(next[i]->ol_flags, 0);
		assert_ptr_equal(next[i]->buf_addr, (char *)next[i] + sizeof(*next[i]));
	}
	free_all(next, TESTING_MBUFS);
}

static void chains_and_clones_are_cloned_too(void **state)
{
	struct rte_mbuf *pkt = testing_packet(bytes, LEN, 400), *clones[MAX], *more[MAX];

	assert_int_equal(replicate_clone(testing_small_pool(), pkt, clones, 2), 2);
	assert_int_equal(replicate_clone(testing_small_pool(), clones[1], more, 2), 2);
	rte_pktmbuf_free(pkt);
	rte_pktmbuf_free(clones[1]);
	testing_assert_bytes(clones[0], bytes, LEN);
	for (unsigned i = 0; i < 2; i++)
		testing_assert_bytes(more[i], bytes, LEN);
	rte_pktmbuf_free(clones[0]);
	free_all(more, 2);
}

/* In turn with every length of the segments. */
static void headers_of_their_own(void **state)
{
	static const uint16_t segs[] = {0, 1, 14, 96, 97, 700};
	static const uint32_t froms[] = {0, 1, 12, 16, 96, 97, 1499, 1500};
	const uint8_t hdr[20] = "a header of its own";

	for (unsigned s = 0; s < RTE_DIM(segs) * RTE_DIM(froms); s++) {
		uint16_t seg = segs[s / RTE_DIM(froms)];
		uint32_t from = froms[s % RTE_DIM(froms)], len = seg == 1 ? 20 : LEN;
		struct rte_mbuf *pkt = testing_packet(bytes, len, seg), *out[2];
		uint8_t want[sizeof(hdr) + LEN];

		from = RTE_MIN(from, len);
		memcpy(want, hdr, sizeof(hdr));
		memcpy(want + sizeof(hdr), bytes + from, len - from);
		assert_int_equal(replicate_with_header(testing_small_pool(), pkt, from, hdr,
						       sizeof(hdr), out, 2),
				 2);
		for (unsigned i = 0; i < 2; i++) {
			testing_assert_bytes(out[i], want, sizeof(hdr) + len - from);
			assert_false(replicate_is_shared(out[i]));
			assert_int_equal(rte_pktmbuf_headroom(out[i]), RTE_PKTMBUF_HEADROOM);
			/* Not one byte of the payload is another. */
			if (from < len)
				assert_ptr_equal(at(out[i], sizeof(hdr)), at(pkt, from));
		}
		/* Nor is it when the header is written, nor the other one's header. */
		memset(rte_pktmbuf_mtod(out[0], void *), 0xee, sizeof(hdr));
		testing_assert_bytes(out[1], want, sizeof(hdr) + len - from);
		testing_assert_bytes(pkt, bytes, len);
		rte_pktmbuf_free(pkt);
		free_all(out, 2);
		nothing_is_left(state);
	}
}

static void one_that_is_not_shared_is_left(void **state)
{
	struct rte_mbuf *pkt = testing_packet(bytes, LEN, 0), *was = pkt;

	assert_int_equal(replicate_own_headers(testing_small_pool(), &pkt, 96), 0);
	assert_ptr_equal(pkt, was);
	rte_pktmbuf_free(pkt);
}

/* Copy-on-write of the packet, and of a clone, whatever its segments are. */
static void written_headers_are_nobody_elses(void **state)
{
	static const uint16_t segs[] = {0, 10, 96, 97, 700};
	static const uint32_t lens[] = {1, 60, 95, 96, 97, LEN};

	for (unsigned s = 0; s < 2 * RTE_DIM(segs) * RTE_DIM(lens); s++) {
		uint16_t seg = segs[s / 2 / RTE_DIM(lens)];
		uint32_t len = lens[s / 2 % RTE_DIM(lens)], own = RTE_MIN(len, 96u);
		struct rte_mbuf *two[2];

		two[0] = testing_packet(bytes, len, len == LEN && seg == 10 ? 96 : seg);
		assert_int_equal(replicate_clone(testing_small_pool(), two[0], &two[1], 1), 1);
		assert_int_equal(replicate_own_headers(testing_small_pool(), &two[s % 2], 96), own);
		assert_false(replicate_is_shared(two[s % 2]));
		assert_int_equal(two[s % 2]->data_len, own);
		testing_assert_bytes(two[s % 2], bytes, len);
		memset(rte_pktmbuf_mtod(two[s % 2], void *), 0xee, own);
		testing_assert_bytes(two[!(s % 2)], bytes, len);
		if (len > own)
			assert_memory_equal(at(two[s % 2], own), bytes + own, 1);
		assert_int_equal(replicate_own_headers(testing_small_pool(), &two[s % 2], 96), 0);
		free_all(two, 2);
		nothing_is_left(state);
	}
}

/* The pool is empty: fewer, and the packet is as it was. */
static void without_mbufs(void **state)
{
	struct rte_mempool *pool = testing_small_pool();
	struct rte_mbuf *pkt = testing_packet(bytes, LEN, 0), *was = pkt, *out[MAX];
	struct rte_mbuf *taken[TESTING_MBUFS];
	unsigned n = 0;

	while (n < TESTING_MBUFS - 3) {
		taken[n] = rte_pktmbuf_alloc(pool);
		assert_non_null(taken[n++]);
	}
	assert_int_equal(replicate_clone(pool, pkt, out, MAX), 3);
	assert_int_equal(rte_mbuf_refcnt_read(pkt), 4);
	assert_int_equal(replicate_own_headers(pool, &pkt, 96), -ENOMEM);
	assert_ptr_equal(pkt, was);
	assert_int_equal(replicate_clone(pool, pkt, out + 3, 1), 0);
	testing_assert_bytes(pkt, bytes, LEN);
	free_all(out, 3);
	/* Each takes two. */
	assert_int_equal(replicate_with_header(pool, pkt, 20, bytes, 20, out, MAX), 1);
	testing_assert_bytes(out[0], bytes, LEN);
	rte_pktmbuf_free(out[0]);
	rte_pktmbuf_free(pkt);
	free_all(taken, n);
}

#define TEST(fn) cmocka_unit_test_teardown(fn, nothing_is_left)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(clones_refer_to_the_bytes),
		TEST(mbufs_come_back_as_they_were),
		TEST(chains_and_clones_are_cloned_too),
		TEST(headers_of_their_own),
		TEST(one_that_is_not_shared_is_left),
		TEST(written_headers_are_nobody_elses),
		TEST(without_mbufs),
	};

	return cmocka_run_group_tests(tests, setup, testing_eal_teardown);
}
