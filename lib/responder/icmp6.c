/* SPDX-License-Identifier: BSD-3-Clause */
/* ICMPv6: echo replies and errors; neighbour solicitations go on to nd.c. */
#include <netinet/icmp6.h>

#include <rte_byteorder.h>
#include <rte_common.h>
#include <rte_icmp.h>
#include <rte_ip.h>

#include "exchange.h"

#define MIN_MTU          1280 /* RFC 8200 5 */
#define ANSWER_HOP_LIMIT 64
#define HDR_LEN          sizeof(struct rte_ipv6_hdr)
#define ADDRS_LEN        32 /* source and destination, side by side */
#define ICMP_LEN         8  /* type, code, checksum and one word more */
#define EXT_LEN_MIN      8

/* RFC 4443 3; the choice among the unreachable codes is Linux's. */
static const struct {
	uint8_t type, code;
} codes[RESPONDER_ERROR_COUNT] = {
	[RESPONDER_ERROR_TTL] = {ICMP6_TIME_EXCEEDED, ICMP6_TIME_EXCEED_TRANSIT},
	[RESPONDER_ERROR_TOO_BIG] = {ICMP6_PACKET_TOO_BIG, 0},
	[RESPONDER_ERROR_SCOPE] = {ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_BEYONDSCOPE},
	[RESPONDER_ERROR_NO_ROUTE] = {ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_NOROUTE},
	[RESPONDER_ERROR_UNREACHABLE] = {ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_NOROUTE},
	[RESPONDER_ERROR_PROHIBIT] = {ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_ADMIN},
	[RESPONDER_ERROR_HOST] = {ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_ADDR},
	[RESPONDER_ERROR_PROTOCOL] = {ICMP6_PARAM_PROB, ICMP6_PARAMPROB_NEXTHEADER},
	[RESPONDER_ERROR_PORT] = {ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_NOPORT},
};

/* The checks of RFC 8200 3; cuts what is behind the packet. */
static bool ip6_trim(struct exchange *x)
{
	const struct rte_ipv6_hdr *ip = (const struct rte_ipv6_hdr *)x->in;
	size_t total;

	if (x->in_len < HDR_LEN || x->in[0] >> 4 != 6)
		return false;
	total = HDR_LEN + rte_be_to_cpu_16(ip->payload_len);
	if (total > x->in_len)
		return false;
	x->in_len = total;
	return true;
}

size_t responder_icmp6_close(struct exchange *x, const struct ip_addr *src,
			     const struct ip_addr *dst, uint8_t tclass, uint8_t hop_limit,
			     size_t payload_len)
{
	struct rte_ipv6_hdr *ip = (struct rte_ipv6_hdr *)x->out;
	struct rte_icmp_hdr *icmp = (struct rte_icmp_hdr *)(ip + 1);

	/* Flow label 0: a node that assigns none says so (RFC 6437 3). */
	ip->vtc_flow = rte_cpu_to_be_32(6u << 28 | (uint32_t)tclass << RTE_IPV6_HDR_TC_SHIFT);
	ip->payload_len = rte_cpu_to_be_16(payload_len);
	ip->proto = IPPROTO_ICMPV6;
	ip->hop_limits = hop_limit;
	memcpy(ip->src_addr, src->bytes, sizeof(ip->src_addr));
	memcpy(ip->dst_addr, dst->bytes, sizeof(ip->dst_addr));
	icmp->icmp_cksum = 0;
	icmp->icmp_cksum = ~responder_sum(ip->src_addr, ADDRS_LEN, IPPROTO_ICMPV6,
					  (const uint8_t *)icmp, payload_len);
	return HDR_LEN + payload_len;
}

/* Where the chain of extension headers ends (RFC 8200 4). */
struct upper {
	uint8_t proto;
	size_t offset;       /* bytes from the IPv6 header; may be the end of the packet */
	bool fragment_later; /* offset is in the middle of the upper layer */
};

/* False: the packet ends within the chain. Each turn advances by 8 bytes or more. */
static bool upper_find(const struct exchange *x, struct upper *u)
{
	const struct rte_ipv6_hdr *ip = (const struct rte_ipv6_hdr *)x->in;

	*u = (struct upper){.proto = ip->proto, .offset = HDR_LEN};
	while (!u->fragment_later) {
		const uint8_t *ext = x->in + u->offset;
		size_t len;

		switch (u->proto) {
		case IPPROTO_HOPOPTS:
		case IPPROTO_ROUTING:
		case IPPROTO_DSTOPTS:
		case IPPROTO_AH:
		case IPPROTO_FRAGMENT:
			break;
		default:
			return true;
		}
		if (u->offset + EXT_LEN_MIN > x->in_len)
			return false;
		if (u->proto == IPPROTO_FRAGMENT) {
			len = EXT_LEN_MIN;
			u->fragment_later = ext[2] || ext[3] & 0xf8;
		} else if (u->proto == IPPROTO_AH) {
			len = (ext[1] + 2u) * 4; /* RFC 4302 2.2 */
		} else {
			len = (ext[1] + 1u) * 8;
		}
		u->proto = ext[0];
		u->offset += len;
		if (u->offset > x->in_len)
			return false;
	}
	return true;
}

/* Is the packet an ICMPv6 error or a redirect, or could it be one for all that can be seen of it?
 * RFC 4443 2.4 (e.1), (e.2); types below 128 are errors (2.1). */
static bool maybe_icmp_error(const struct exchange *x)
{
	struct upper u;

	if (!upper_find(x, &u))
		return true;
	if (u.proto != IPPROTO_ICMPV6)
		return false;
	return u.fragment_later || u.offset >= x->in_len || x->in[u.offset] < ICMP6_ECHO_REQUEST ||
	       x->in[u.offset] == ND_REDIRECT;
}

/* RFC 4443 2.4 (e), beyond the source, which responder_icmp6() has checked. Later fragments have
 * their errors: nothing in (e) forbids it, and Linux sends them. */
static bool error_may_answer(const struct exchange *x, enum responder_error error)
{
	const struct rte_ipv6_hdr *ip = (const struct rte_ipv6_hdr *)x->in;

	/* Multicast is told of the path MTU, and of nothing else that is sent here (e.3 to e.5). */
	if (error != RESPONDER_ERROR_TOO_BIG &&
	    (!exchange_l2_unicast(x) || ip->dst_addr[0] == 0xff))
		return false;
	return !maybe_icmp_error(x);
}

/* An error about the packet, from src (NULL: there is nothing to send it from). word: what follows
 * the checksum, host byte order (RFC 4443 3.1 to 3.4). */
static size_t error_send(struct exchange *x, enum responder_error error, const struct ip_addr *src,
			 uint32_t word)
{
	const struct rte_ipv6_hdr *ip = (const struct rte_ipv6_hdr *)x->in;
	struct ip_addr peer = exchange_addr6(ip->src_addr);
	uint8_t *icmp = x->out + HDR_LEN;
	size_t quote = RTE_MIN(x->in_len, MIN_MTU - HDR_LEN - ICMP_LEN);

	if (!src || !error_may_answer(x, error) || !responder_error_allowed(x, error))
		return 0;
	icmp[0] = codes[error].type;
	icmp[1] = codes[error].code;
	word = rte_cpu_to_be_32(word);
	memcpy(icmp + 4, &word, sizeof(word));
	/* As much of the packet as fits in the minimum MTU: RFC 4443 2.4 (c). */
	memcpy(icmp + ICMP_LEN, x->in, quote);
	return responder_icmp6_close(x, src, &peer, 0, ANSWER_HOP_LIMIT, ICMP_LEN + quote);
}

static size_t transit_error(struct exchange *x, const struct ip_addr *peer)
{
	enum responder_error error = responder_error_of(x->q->why);
	uint32_t mtu = 0;

	if (error == RESPONDER_ERROR_COUNT)
		return 0;
	/* No link of IPv6 has less than the minimum MTU, and no host believes it (RFC 8201 4). */
	if (error == RESPONDER_ERROR_TOO_BIG)
		mtu = RTE_MAX(x->q->out_mtu, (unsigned)MIN_MTU);
	return error_send(x, error, responder_source(x, peer), mtu);
}

/* The same data back, from the address asked; from one of the interface's when a group or an
 * anycast address was asked (RFC 4443 4.2). The traffic class is the request's, as in Linux. */
static size_t echo_reply(struct exchange *x, const struct ip_addr *peer, const struct ip_addr *dst,
			 const uint8_t *icmp, size_t len)
{
	const struct rte_ipv6_hdr *ip = (const struct rte_ipv6_hdr *)x->in;
	bool many = ip_addr_is_multicast(dst) || responder_anycast(x, dst);
	const struct ip_addr *src = many ? responder_source(x, peer) : dst;
	uint8_t tclass = rte_be_to_cpu_32(ip->vtc_flow) >> RTE_IPV6_HDR_TC_SHIFT;

	if (!src || HDR_LEN + len > x->room)
		return 0;
	memcpy(x->out + HDR_LEN, icmp, len);
	x->out[HDR_LEN] = ICMP6_ECHO_REPLY;
	x->count = &x->r->stats.echo_replies;
	return responder_icmp6_close(x, src, peer, tclass, ANSWER_HOP_LIMIT, len);
}

static size_t icmp_answer(struct exchange *x, const struct ip_addr *peer, const struct ip_addr *dst)
{
	const struct rte_ipv6_hdr *ip = (const struct rte_ipv6_hdr *)x->in;
	const uint8_t *icmp = x->in + HDR_LEN;
	size_t len = x->in_len - HDR_LEN;

	if (len < ICMP_LEN ||
	    responder_sum(ip->src_addr, ADDRS_LEN, IPPROTO_ICMPV6, icmp, len) != 0xffff)
		return 0;
	if (icmp[0] == ND_NEIGHBOR_SOLICIT)
		return responder_nd(x, icmp, len);
	if (icmp[0] == ICMP6_ECHO_REQUEST && responder_one_host(x, peer))
		return echo_reply(x, peer, dst, icmp, len);
	return 0;
}

/* To one of the router's addresses or groups, or to the interface's anycast addresses, from which
 * errors are sent as Linux does. Extension headers are not walked: what stands behind
 * them is not answered. */
static size_t local_answer(struct exchange *x, const struct ip_addr *peer)
{
	const struct rte_ipv6_hdr *ip = (const struct rte_ipv6_hdr *)x->in;
	struct ip_addr dst = exchange_addr6(ip->dst_addr);

	if (!responder_own(x, &dst) && !responder_joined(x, &dst) && !responder_anycast(x, &dst))
		return 0;
	if (ip->proto == IPPROTO_ICMPV6)
		return icmp_answer(x, peer, &dst);
	if (!responder_one_host(x, peer))
		return 0;
	switch (ip->proto) {
	case IPPROTO_UDP:
		if (!responder_udp_valid(ip->src_addr, ADDRS_LEN, x->in + HDR_LEN,
					 x->in_len - HDR_LEN))
			return 0;
		return error_send(x, RESPONDER_ERROR_PORT, &dst, 0);
	case IPPROTO_TCP:
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_FRAGMENT:
	case IPPROTO_DSTOPTS:
	case IPPROTO_NONE:
		return 0;
	default:
		/* The pointer says where the unknown value stands: RFC 8200 4, RFC 4443 3.4. */
		return error_send(x, RESPONDER_ERROR_PROTOCOL, &dst,
				  offsetof(struct rte_ipv6_hdr, proto));
	}
}

size_t responder_icmp6(struct exchange *x)
{
	struct ip_addr peer;

	if (!ip6_trim(x))
		return 0;
	peer = exchange_addr6(((const struct rte_ipv6_hdr *)x->in)->src_addr);
	if (x->q->why == RESPOND_LOCAL || x->q->why == RESPOND_MULTICAST)
		return local_answer(x, &peer);
	return responder_one_host(x, &peer) ? transit_error(x, &peer) : 0;
}
