/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Statistics in the layout of testpmd (DPDK 22.11, `show port stats` and `stop`), so that scripts
 * and eyes that know it find each number at its place.
 */
#include <errno.h>

#include "print.h"
#include "text.h"

#define RULE_STATS "########################"
#define RULE_FWD   "----------------------"
#define RULE_ALL   "+++++++++++++++"

/* A counter or a rate. */
static long long number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_real(value) ? (long long)(json_real_value(value) + 0.5)
				   : json_integer_value(value);
}

static void print_port(const json_t *port)
{
	printf("\n  %s NIC statistics for port ", RULE_STATS);
	text_print(stdout, json_string_value(json_object_get(port, "port")));
	printf("  %s\n", RULE_STATS);
	printf("  RX-packets: %-10lld RX-missed: %-10lld RX-bytes:  %lld\n",
	       number(port, "rx_packets"), number(port, "rx_missed"), number(port, "rx_bytes"));
	printf("  RX-errors: %lld\n", number(port, "rx_errors"));
	printf("  RX-nombuf:  %-10lld\n", number(port, "rx_nombuf"));
	printf("  TX-packets: %-10lld TX-errors: %-10lld TX-bytes:  %lld\n",
	       number(port, "tx_packets"), number(port, "tx_errors"), number(port, "tx_bytes"));
	printf("\n  Throughput (since last show)\n");
	printf("  Rx-pps: %12lld          Rx-bps: %12lld\n", number(port, "rx_pps"),
	       number(port, "rx_bps"));
	printf("  Tx-pps: %12lld          Tx-bps: %12lld\n", number(port, "tx_pps"),
	       number(port, "tx_bps"));
	printf("  %s############################%s\n", RULE_STATS, RULE_STATS);
}

int print_stats(const json_t *ports)
{
	const json_t *port;
	size_t i;

	if (!json_is_array(ports))
		return -EPROTO;
	json_array_foreach (ports, i, port)
		if (!json_is_string(json_object_get(port, "port")))
			return -EPROTO;
	json_array_foreach (ports, i, port)
		print_port(port);
	return 0;
}

static void print_fwd_counters(const json_t *counters)
{
	static const char *const directions[][4] = {
		{"RX", "rx_packets", "rx_dropped", "rx_total"},
		{"TX", "tx_packets", "tx_dropped", "tx_total"},
	};

	for (int i = 0; i < 2; i++) {
		const char *const *d = directions[i];

		printf("  %s-packets: %-14lld %s-dropped: %-14lld%s-total: %lld\n", d[0],
		       number(counters, d[1]), d[0], number(counters, d[2]), d[0],
		       number(counters, d[3]));
	}
}

int print_fwd(const json_t *result)
{
	const json_t *ports = json_object_get(result, "ports"), *port;
	const json_t *all = json_object_get(result, "accumulated");
	size_t i;

	if (!json_is_array(ports) || !json_is_object(all))
		return -EPROTO;
	json_array_foreach (ports, i, port)
		if (!json_is_string(json_object_get(port, "port")))
			return -EPROTO;
	json_array_foreach (ports, i, port) {
		printf("\n  %s Forward statistics for port ", RULE_FWD);
		text_print(stdout, json_string_value(json_object_get(port, "port")));
		printf("  %s\n", RULE_FWD);
		print_fwd_counters(port);
		printf("  %s--------------------------------%s\n", RULE_FWD, RULE_FWD);
	}
	printf("\n  %s Accumulated forward statistics for all ports%s\n", RULE_ALL, RULE_ALL);
	print_fwd_counters(all);
	printf("  %s++++++++++++++++++++++++++++++++++++++++++++++%s\n", RULE_ALL, RULE_ALL);
	return 0;
}
