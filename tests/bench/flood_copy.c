/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What flooding costs with copies: all that comes in by the first port goes out of all others, each
 * with a copy of its own (rte_pktmbuf_copy()), but for the last, which has the frame itself. There
 * is no bridge in it: nothing is looked at, looked up or learned. For scripts/bench.
 *
 *   flood_copy EAL-ARGUMENTS -- MBUFS
 *
 * "ready" on stdout when it runs; then, for each line on stdin, the frames received until then. It
 * ends with stdin.
 */
#include <stdio.h>
#include <stdlib.h>

#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#define BURST       64
#define DESCRIPTORS 1024
#define CACHE       512

static struct rte_mempool *pool;
static uint64_t received; /* atomic, written by the worker */
static bool stop;         /* atomic */

static void die(const char *what)
{
	fprintf(stderr, "flood_copy: %s\n", what);
	exit(1);
}

static void start_port(uint16_t port)
{
	const struct rte_eth_conf conf = {0};

	if (rte_eth_dev_configure(port, 1, 1, &conf) ||
	    rte_eth_rx_queue_setup(port, 0, DESCRIPTORS, SOCKET_ID_ANY, NULL, pool) ||
	    rte_eth_tx_queue_setup(port, 0, DESCRIPTORS, SOCKET_ID_ANY, NULL) ||
	    rte_eth_dev_start(port))
		die("a port does not start");
}

static void send_all(uint16_t port, struct rte_mbuf **pkts, uint16_t n)
{
	uint16_t sent = rte_eth_tx_burst(port, 0, pkts, n);

	rte_pktmbuf_free_bulk(pkts + sent, n - sent);
}

/* Of each port that receives, as a bridge polls them all. */
static uint16_t flood(uint16_t in, uint16_t n_ports)
{
	struct rte_mbuf *pkts[BURST], *copies[BURST];
	uint16_t n = rte_eth_rx_burst(in, 0, pkts, BURST),
		 last = in == n_ports - 1 ? in - 1 : n_ports - 1;

	for (uint16_t out = 0; n && out < n_ports; out++) {
		uint16_t copied = 0;

		if (out == in || out == last)
			continue;
		for (uint16_t i = 0; i < n; i++) {
			copies[copied] = rte_pktmbuf_copy(pkts[i], pool, 0, UINT32_MAX);
			copied += copies[copied] != NULL;
		}
		send_all(out, copies, copied);
	}
	if (n)
		send_all(last, pkts, n);
	return n;
}

static int work(void *arg)
{
	uint16_t n_ports = rte_eth_dev_count_avail();
	uint64_t n = 0;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		for (uint16_t in = 0; in < n_ports; in++)
			n += flood(in, n_ports);
		__atomic_store_n(&received, n, __ATOMIC_RELAXED);
	}
	return 0;
}

int main(int argc, char **argv)
{
	int parsed = rte_eal_init(argc, argv);
	char line[16];

	if (parsed < 0 || argc - parsed != 2 || rte_eth_dev_count_avail() < 2)
		die("usage: flood_copy EAL-ARGUMENTS -- MBUFS");
	pool = rte_pktmbuf_pool_create("mbufs", (unsigned)strtoul(argv[parsed + 1], NULL, 10),
				       CACHE, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (!pool)
		die("no memory for the mbufs");
	for (uint16_t port = 0; port < rte_eth_dev_count_avail(); port++)
		start_port(port);
	if (rte_eal_remote_launch(work, NULL, rte_get_next_lcore(-1, 1, 0)))
		die("no lcore for the worker");
	puts("ready");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		printf("%ju\n", (uintmax_t)__atomic_load_n(&received, __ATOMIC_RELAXED));
		fflush(stdout);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	rte_eal_mp_wait_lcore();
	return 0;
}
