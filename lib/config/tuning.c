/* SPDX-License-Identifier: BSD-3-Clause */
#include "tuning.h"

#include <stddef.h>

#define IF_true(...) __VA_ARGS__
#define IF_false(...)
#define NAME(n, number) {.name = #n, .bit = UINT64_C(1) << (number)},

#define TX_OFFLOAD(...)
#define RX_OFFLOAD(n, bit, ethdev, usable) NAME(n, bit)
const struct flag tuning_rx_offloads[] = {
#include "offloads.def"
	{.name = NULL},
};
#undef RX_OFFLOAD
#define RX_OFFLOAD(n, bit, ethdev, usable) IF_##usable(NAME(n, bit))
const struct flag tuning_rx_usable[] = {
#include "offloads.def"
	{.name = NULL},
};
#undef RX_OFFLOAD
#undef TX_OFFLOAD

#define RX_OFFLOAD(...)
#define TX_OFFLOAD(n, bit, ethdev, usable) NAME(n, bit)
const struct flag tuning_tx_offloads[] = {
#include "offloads.def"
	{.name = NULL},
};
#undef TX_OFFLOAD
#define TX_OFFLOAD(n, bit, ethdev, usable) IF_##usable(NAME(n, bit))
const struct flag tuning_tx_usable[] = {
#include "offloads.def"
	{.name = NULL},
};
#undef TX_OFFLOAD
#undef RX_OFFLOAD

const struct flag tuning_rss_fields[] = {
	{"ip", TUNING_RSS_IP},     {"tcp", TUNING_RSS_TCP}, {"udp", TUNING_RSS_UDP},
	{"sctp", TUNING_RSS_SCTP}, {.name = NULL},
};

void tuning_key_symmetric(uint8_t *key, unsigned len)
{
	for (unsigned i = 0; i < len; i++)
		key[i] = i % 2 ? 0x5a : 0x6d;
}
