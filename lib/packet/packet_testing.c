/* SPDX-License-Identifier: BSD-3-Clause */
#include "packet_testing.h"

#include <sched.h>
#include <stdio.h>

#include <rte_eal.h>

#include "replicate.h"

static struct rte_mempool *pool, *small_pool;

static unsigned first_cpu(void)
{
	unsigned cpu = 0;
	cpu_set_t allowed;

	assert_int_equal(sched_getaffinity(0, sizeof(allowed), &allowed), 0);
	while (!CPU_ISSET(cpu, &allowed))
		cpu++;
	return cpu;
}

int testing_eal_setup(void **state)
{
	char lcores[16];
	char *argv[] = {(char[]){"test"},
			(char[]){"--no-huge"},
			(char[]){"--no-shconf"},
			(char[]){"--no-pci"},
			(char[]){"--no-telemetry"},
			(char[]){"--log-level=lib.eal:error"},
			(char[]){"-m"},
			(char[]){"32"},
			(char[]){"--lcores"},
			lcores,
			NULL};

	snprintf(lcores, sizeof(lcores), "0@%u", first_cpu());
	if (rte_eal_init(RTE_DIM(argv) - 1, argv) < 0)
		return -1;
	pool = rte_pktmbuf_pool_create("testing", TESTING_MBUFS, 32, 0,
				       TESTING_DATA_ROOM + RTE_PKTMBUF_HEADROOM, SOCKET_ID_ANY);
	small_pool = rte_pktmbuf_pool_create("testing_small", TESTING_MBUFS, 32, 0, REPLICATE_ROOM,
					     SOCKET_ID_ANY);
	return pool && small_pool ? 0 : -1;
}

int testing_eal_teardown(void **state)
{
	rte_mempool_free(small_pool);
	rte_mempool_free(pool);
	return rte_eal_cleanup();
}

struct rte_mempool *testing_pool(void)
{
	return pool;
}

struct rte_mempool *testing_small_pool(void)
{
	return small_pool;
}

unsigned testing_mbufs_used(void)
{
	return rte_mempool_in_use_count(pool) + rte_mempool_in_use_count(small_pool);
}

struct rte_mbuf *testing_chain(const void *bytes, const uint16_t *segs, unsigned n)
{
	struct rte_mbuf *head = NULL;
	const uint8_t *from = bytes;

	for (unsigned i = 0; i < n; i++) {
		struct rte_mbuf *seg = rte_pktmbuf_alloc(pool);

		assert_non_null(seg);
		memset(seg->buf_addr, TESTING_POISON, seg->buf_len);
		memcpy(rte_pktmbuf_append(seg, segs[i]), from, segs[i]);
		from += segs[i];
		if (!head)
			head = seg;
		else
			assert_int_equal(rte_pktmbuf_chain(head, seg), 0);
	}
	return head;
}

struct rte_mbuf *testing_packet(const void *bytes, uint32_t len, uint16_t seg)
{
	uint16_t segs[RTE_MBUF_MAX_NB_SEGS / 64];
	unsigned n = 0;

	do {
		assert_true(n < RTE_DIM(segs));
		segs[n] = seg && seg < len ? seg : (uint16_t)len;
		len -= segs[n++];
	} while (len);
	return testing_chain(bytes, segs, n);
}

void testing_assert_bytes(const struct rte_mbuf *pkt, const void *bytes, uint32_t len)
{
	const struct rte_mbuf *seg = pkt;
	const uint8_t *want = bytes;
	unsigned segs = 0;

	assert_int_equal(pkt->pkt_len, len);
	for (; seg; seg = seg->next, segs++) {
		assert_true(seg->data_len <= len);
		assert_true(seg->data_off + seg->data_len <= seg->buf_len);
		assert_memory_equal(rte_pktmbuf_mtod(seg, void *), want, seg->data_len);
		want += seg->data_len;
		len -= seg->data_len;
	}
	assert_int_equal(len, 0);
	assert_int_equal(pkt->nb_segs, segs);
}
