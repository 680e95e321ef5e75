/* SPDX-License-Identifier: BSD-3-Clause */
/* What ICMP of both families share: sums, the limit of errors, which error a punt reason is. */
#include <rte_byteorder.h>
#include <rte_common.h>
#include <rte_ip.h>
#include <rte_udp.h>

#include "exchange.h"

#define ERROR_COST_NS (1000000000u / RESPONDER_ERRORS_PER_SECOND)
#define BUCKET_NS     ((uint64_t)ERROR_COST_NS * RESPONDER_ERRORS_BURST)

uint16_t responder_sum(const uint8_t *addrs, size_t addrs_len, uint8_t proto, const uint8_t *data,
		       size_t len)
{
	uint32_t sum = rte_raw_cksum(addrs, addrs_len);

	sum += rte_cpu_to_be_16(proto);
	sum += rte_cpu_to_be_16(len);
	sum += rte_raw_cksum(data, len);
	sum = (sum >> 16) + (sum & 0xffff);
	return (sum >> 16) + (sum & 0xffff);
}

bool responder_udp_valid(const uint8_t *addrs, size_t addrs_len, const uint8_t *udp, size_t len)
{
	const struct rte_udp_hdr *hdr = (const struct rte_udp_hdr *)udp;
	size_t udp_len;

	if (len < sizeof(*hdr))
		return false;
	udp_len = rte_be_to_cpu_16(hdr->dgram_len);
	if (udp_len < sizeof(*hdr) || udp_len > len)
		return false;
	/* Without a checksum: sound in IPv4 (RFC 768), to be discarded in IPv6 (RFC 8200 8.1). */
	if (!hdr->dgram_cksum)
		return addrs_len == 2 * sizeof(rte_be32_t);
	return responder_sum(addrs, addrs_len, IPPROTO_UDP, udp, udp_len) == 0xffff;
}

enum responder_error responder_error_of(enum responder_why why)
{
	switch (why) {
	case RESPOND_TTL:
		return RESPONDER_ERROR_TTL;
	case RESPOND_MTU:
		return RESPONDER_ERROR_TOO_BIG;
	case RESPOND_SCOPE:
		return RESPONDER_ERROR_SCOPE;
	case RESPOND_NO_ROUTE:
		return RESPONDER_ERROR_NO_ROUTE;
	case RESPOND_UNREACHABLE:
		return RESPONDER_ERROR_UNREACHABLE;
	case RESPOND_PROHIBIT:
		return RESPONDER_ERROR_PROHIBIT;
	case RESPOND_GLEAN:
		return RESPONDER_ERROR_HOST;
	case RESPOND_ETHERTYPE:
	case RESPOND_LOCAL:
	case RESPOND_MULTICAST:
		break;
	}
	return RESPONDER_ERROR_COUNT;
}

/* RFC 1812 4.3.2.8 and RFC 4443 2.4 (f) want errors limited, and name the token bucket. Not those
 * that path MTU discovery lives on: a scan that empties the bucket would make a black hole of every
 * narrow path. Linux spares them too; what limits them is the reason's own bucket before the punt.
 */
bool responder_error_allowed(struct exchange *x, enum responder_error error)
{
	struct responder *r = x->r;

	if (error == RESPONDER_ERROR_TOO_BIG) {
		x->count = &r->stats.errors_sent[error];
		return true;
	}
	/* A clock that steps back fills nothing. */
	if (x->now_ns > r->last_ns) {
		r->spent_ns -= RTE_MIN(r->spent_ns, x->now_ns - r->last_ns);
		r->last_ns = x->now_ns;
	}
	if (r->spent_ns + ERROR_COST_NS > BUCKET_NS) {
		x->count = &r->stats.errors_limited;
		return false;
	}
	r->spent_ns += ERROR_COST_NS;
	x->count = &r->stats.errors_sent[error];
	return true;
}
