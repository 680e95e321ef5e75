/* SPDX-License-Identifier: BSD-3-Clause */
/* ICMP for IPv4: echo replies and errors. */
#include <netinet/ip_icmp.h>

#include <rte_byteorder.h>
#include <rte_common.h>
#include <rte_icmp.h>
#include <rte_ip.h>

#include "exchange.h"

/* An error quotes as much of the packet as keeps it within this: RFC 1812 4.3.2.3. */
#define ERROR_LEN_MAX 576
#define MIN_MTU       68 /* RFC 791 3.2 */
#define ANSWER_TTL    64
#define HDR_LEN       sizeof(struct rte_ipv4_hdr)

/* RFC 792, RFC 1122 3.2.2.1, RFC 1812 5.2.7.1; the unreachable codes are those of Linux. */
static const struct {
	uint8_t type, code;
} codes[RESPONDER_ERROR_COUNT] = {
	[RESPONDER_ERROR_TTL] = {ICMP_TIME_EXCEEDED, ICMP_EXC_TTL},
	[RESPONDER_ERROR_TOO_BIG] = {ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED},
	[RESPONDER_ERROR_NO_ROUTE] = {ICMP_DEST_UNREACH, ICMP_NET_UNREACH},
	[RESPONDER_ERROR_UNREACHABLE] = {ICMP_DEST_UNREACH, ICMP_HOST_UNREACH},
	[RESPONDER_ERROR_PROHIBIT] = {ICMP_DEST_UNREACH, ICMP_PKT_FILTERED},
	[RESPONDER_ERROR_HOST] = {ICMP_DEST_UNREACH, ICMP_HOST_UNREACH},
	[RESPONDER_ERROR_PROTOCOL] = {ICMP_DEST_UNREACH, ICMP_PROT_UNREACH},
	[RESPONDER_ERROR_PORT] = {ICMP_DEST_UNREACH, ICMP_PORT_UNREACH},
};

static bool fragment_later(const struct rte_ipv4_hdr *ip)
{
	return ip->fragment_offset & rte_cpu_to_be_16(RTE_IPV4_HDR_OFFSET_MASK);
}

/* The checks of RFC 1812 5.2.2; cuts what is behind the packet. */
static bool ip4_trim(struct exchange *x)
{
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)x->in;
	size_t hdr_len, total;

	if (x->in_len < HDR_LEN)
		return false;
	hdr_len = rte_ipv4_hdr_len(ip);
	total = rte_be_to_cpu_16(ip->total_length);
	if (ip->version_ihl >> 4 != 4 || hdr_len < HDR_LEN || hdr_len > total || total > x->in_len)
		return false;
	x->in_len = total;
	return rte_raw_cksum(ip, hdr_len) == 0xffff;
}

/* The header before payload_len bytes of ICMP, which stand at x->out behind it. Not DF, so that an
 * answer gets through; hence with an identification (RFC 6864 4.3). Returns the total length. */
static size_t ip4_close(struct exchange *x, uint32_t src, uint32_t dst, uint8_t tos,
			size_t payload_len)
{
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)x->out;
	struct rte_icmp_hdr *icmp = (struct rte_icmp_hdr *)(ip + 1);

	*ip = (struct rte_ipv4_hdr){
		.version_ihl = RTE_IPV4_VHL_DEF,
		.type_of_service = tos,
		.total_length = rte_cpu_to_be_16(HDR_LEN + payload_len),
		.packet_id = rte_cpu_to_be_16(x->r->ip_id++),
		.time_to_live = ANSWER_TTL,
		.next_proto_id = IPPROTO_ICMP,
		.src_addr = src,
		.dst_addr = dst,
	};
	ip->hdr_checksum = ~rte_raw_cksum(ip, HDR_LEN);
	icmp->icmp_cksum = 0;
	icmp->icmp_cksum = ~rte_raw_cksum(icmp, payload_len);
	return HDR_LEN + payload_len;
}

/* An ICMP message that is a question or its answer. Errors are never sent about errors (RFC 1122
 * 3.2.2), and an unknown type is taken for one, as Linux does. */
static bool icmp_is_query(uint8_t type)
{
	return type == ICMP_ECHOREPLY || type == ICMP_ECHO ||
	       (type >= ICMP_TIMESTAMP && type <= ICMP_ADDRESSREPLY);
}

/* RFC 1122 3.2.2 and RFC 1812 4.3.2.7, beyond the source, which responder_icmp4() has checked. */
static bool error_may_answer(const struct exchange *x, const struct ip_addr *dst)
{
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)x->in;
	size_t hdr_len = rte_ipv4_hdr_len(ip);

	if (!exchange_l2_unicast(x) || fragment_later(ip))
		return false;
	/* Of the destination only the router itself may fail the test of one other host. */
	if (!responder_own(x, dst) && !responder_one_host(x, dst))
		return false;
	if (ip->next_proto_id != IPPROTO_ICMP)
		return true;
	return x->in_len > hdr_len && icmp_is_query(x->in[hdr_len]);
}

/* An error about the packet. src: what it is sent from, NULL for none, which ends in no error. */
static size_t error_send(struct exchange *x, enum responder_error error, const struct ip_addr *src,
			 uint16_t mtu)
{
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)x->in;
	struct ip_addr dst = exchange_addr4(ip->dst_addr);
	struct rte_icmp_hdr *icmp = (struct rte_icmp_hdr *)(x->out + HDR_LEN);
	size_t max = RTE_MAX(RTE_MIN(x->room, (size_t)ERROR_LEN_MAX), (size_t)MIN_MTU);
	size_t quote = RTE_MIN(x->in_len, max - HDR_LEN - sizeof(*icmp));
	uint32_t from;

	if (!src || !error_may_answer(x, &dst) || !responder_error_allowed(x, error))
		return 0;
	/* The MTU stands in the low half of the unused word (RFC 1191 4); it is 0 elsewhere. */
	*icmp = (struct rte_icmp_hdr){
		.icmp_type = codes[error].type,
		.icmp_code = codes[error].code,
		.icmp_seq_nb = rte_cpu_to_be_16(mtu),
	};
	memcpy(icmp + 1, x->in, quote);
	memcpy(&from, src->bytes, sizeof(from));
	/* Precedence 6, the rest of the type of service as it came: RFC 1812 4.3.2.5; without the
	 * lowest bit, as Linux does. */
	return ip4_close(x, from, ip->src_addr, (ip->type_of_service & 0x1e) | 0xc0,
			 sizeof(*icmp) + quote);
}

/* The packet in transit that could not go on. */
static size_t transit_error(struct exchange *x, const struct ip_addr *peer)
{
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)x->in;
	enum responder_error error = responder_error_of(x->q->why);
	uint16_t mtu = 0;

	if (error == RESPONDER_ERROR_COUNT || error == RESPONDER_ERROR_SCOPE)
		return 0; /* the scope is of IPv6 only */
	if (error == RESPONDER_ERROR_TOO_BIG) {
		if (!(ip->fragment_offset & rte_cpu_to_be_16(RTE_IPV4_HDR_DF_FLAG))) {
			x->count = &x->r->stats.unfragmented;
			return 0;
		}
		mtu = RTE_MIN(x->q->out_mtu, UINT16_MAX);
	}
	return error_send(x, error, responder_source(x, peer), mtu);
}

/* An echo request of len bytes at the ICMP header: the same back, from the address asked (RFC 1122
 * 3.2.2.6). The answer bears no options: the route of a source-routed request is not reversed. */
static size_t echo_reply(struct exchange *x, const struct rte_icmp_hdr *icmp, size_t len)
{
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)x->in;

	if (len < sizeof(*icmp) || icmp->icmp_type != ICMP_ECHO ||
	    rte_raw_cksum(icmp, len) != 0xffff || HDR_LEN + len > x->room)
		return 0;
	memcpy(x->out + HDR_LEN, icmp, len);
	x->out[HDR_LEN] = ICMP_ECHOREPLY;
	x->count = &x->r->stats.echo_replies;
	/* The type of service is the request's: RFC 1812 4.3.2.5. */
	return ip4_close(x, ip->dst_addr, ip->src_addr, ip->type_of_service, len);
}

/* To one of the router's addresses; a broadcast is none of them, and gets no answer (RFC 1122
 * 3.2.2.6 allows that for echo, 3.2.2 demands it for errors). */
static size_t local_answer(struct exchange *x)
{
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)x->in;
	struct ip_addr own = exchange_addr4(ip->dst_addr);
	const uint8_t *payload = x->in + rte_ipv4_hdr_len(ip);
	size_t len = x->in_len - rte_ipv4_hdr_len(ip);

	if (!responder_own(x, &own))
		return 0;
	/* Fragments are not reassembled: neither the checksum nor the port can be known. */
	if (ip->fragment_offset & rte_cpu_to_be_16(RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK))
		return 0;
	switch (ip->next_proto_id) {
	case IPPROTO_ICMP:
		return echo_reply(x, (const struct rte_icmp_hdr *)payload, len);
	case IPPROTO_UDP:
		if (!responder_udp_valid((const uint8_t *)&ip->src_addr, 2 * sizeof(rte_be32_t),
					 payload, len))
			return 0;
		return error_send(x, RESPONDER_ERROR_PORT, &own, 0);
	case IPPROTO_TCP:
	case IPPROTO_IGMP:
		return 0;
	default:
		return error_send(x, RESPONDER_ERROR_PROTOCOL, &own, 0);
	}
}

size_t responder_icmp4(struct exchange *x)
{
	struct ip_addr peer;

	if (!ip4_trim(x))
		return 0;
	peer = exchange_addr4(((const struct rte_ipv4_hdr *)x->in)->src_addr);
	if (!responder_one_host(x, &peer))
		return 0;
	if (x->q->why == RESPOND_LOCAL || x->q->why == RESPOND_MULTICAST)
		return local_answer(x);
	return transit_error(x, &peer);
}
