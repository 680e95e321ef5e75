/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "flow_hash.h"

#define BUCKETS 64
#define FLOWS   (1000 * BUCKETS)

static struct packet4 {
	struct rte_ipv4_hdr ip;
	uint8_t options[40];
	rte_be16_t ports[2]; /* behind the options: for a header of 60 bytes */
} p4;
static struct packet6 {
	struct rte_ipv6_hdr ip;
	rte_be16_t ports[2];
} p6;

#define SEED 0x51ce

static uint32_t hash4(void)
{
	return flow_hash4(SEED, &p4.ip, sizeof(p4));
}

static uint32_t hash6(void)
{
	return flow_hash6(SEED, &p6.ip, sizeof(p6));
}

/* 10.0.0.1 to 192.0.2.1, with the longest header. */
static int setup(void **state)
{
	p4 = (struct packet4){
		.ip = {.version_ihl = 0x4f,
		       .next_proto_id = IPPROTO_TCP,
		       .src_addr = RTE_BE32(0x0a000001u),
		       .dst_addr = RTE_BE32(0xc0000201u),
		       .time_to_live = 64},
		.ports = {RTE_BE16(40000), RTE_BE16(443)},
	};
	p6 = (struct packet6){
		.ip = {.vtc_flow = RTE_BE32(0x60012345), .proto = IPPROTO_UDP, .hop_limits = 64},
		.ports = {RTE_BE16(40000), RTE_BE16(443)},
	};
	memset(p6.ip.src_addr, 0x20, 16);
	memset(p6.ip.dst_addr, 0x2a, 16);
	return 0;
}

static void every_part_of_the_flow_counts(void **state)
{
	uint32_t before = hash4();

	p4.ip.src_addr ^= RTE_BE32(1);
	assert_int_not_equal(hash4(), before);
	setup(state);
	p4.ip.dst_addr ^= RTE_BE32(1);
	assert_int_not_equal(hash4(), before);
	setup(state);
	p4.ip.next_proto_id = IPPROTO_UDP;
	assert_int_not_equal(hash4(), before);
	setup(state);
	p4.ports[0] ^= RTE_BE16(1);
	assert_int_not_equal(hash4(), before);
	setup(state);
	p4.ports[1] ^= RTE_BE16(1);
	assert_int_not_equal(hash4(), before);
}

static void every_part_of_the_flow_counts6(void **state)
{
	uint32_t before = hash6();

	for (int i = 0; i < 16; i++) {
		p6.ip.src_addr[i] ^= 1;
		assert_int_not_equal(hash6(), before);
		setup(state);
		p6.ip.dst_addr[i] ^= 1;
		assert_int_not_equal(hash6(), before);
		setup(state);
	}
	p6.ip.proto = IPPROTO_TCP;
	assert_int_not_equal(hash6(), before);
	setup(state);
	p6.ip.vtc_flow ^= RTE_BE32(0x80000); /* the first bit of the flow label */
	assert_int_not_equal(hash6(), before);
	setup(state);
	p6.ports[1] ^= RTE_BE16(1);
	assert_int_not_equal(hash6(), before);
}

static void nothing_else_counts(void **state)
{
	uint32_t before = hash4();

	p4.ip.time_to_live = 3;
	p4.ip.type_of_service = 0xb8;
	p4.ip.packet_id = RTE_BE16(77);
	p4.ip.total_length = RTE_BE16(1500);
	p4.ip.hdr_checksum = RTE_BE16(0xabcd);
	p4.ip.fragment_offset = RTE_BE16(RTE_IPV4_HDR_DF_FLAG);
	memset(p4.options, 1, sizeof(p4.options));
	assert_int_equal(hash4(), before);

	before = hash6();
	p6.ip.hop_limits = 3;
	p6.ip.payload_len = RTE_BE16(1000);
	p6.ip.vtc_flow ^= RTE_BE32(0x0ff00000); /* traffic class */
	assert_int_equal(hash6(), before);
}

/* The first fragment has the ports, the others have not: all must go the same way. */
static void fragments_stay_together(void **state)
{
	static const rte_be16_t fields[] = {
		RTE_BE16(RTE_IPV4_HDR_MF_FLAG),
		RTE_BE16(RTE_IPV4_HDR_MF_FLAG | 185),
		RTE_BE16(RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK),
		RTE_BE16(370),
	};
	uint32_t first;

	p4.ip.fragment_offset = fields[0];
	first = hash4();
	for (unsigned i = 0; i < RTE_DIM(fields); i++) {
		p4.ip.fragment_offset = fields[i];
		p4.ports[0]++;
		assert_int_equal(hash4(), first);
	}
}

static void ports_are_those_of_known_protocols(void **state)
{
	static const uint8_t with[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP, IPPROTO_DCCP,
				       IPPROTO_UDPLITE};

	for (int protocol = 0; protocol < 256; protocol++) {
		uint32_t before4, before6;

		setup(state);
		p4.ip.next_proto_id = p6.ip.proto = (uint8_t)protocol;
		before4 = hash4();
		before6 = hash6();
		p4.ports[0] ^= 0x1234;
		p6.ports[0] ^= 0x1234;
		if (memchr(with, protocol, sizeof(with))) {
			assert_int_not_equal(hash4(), before4);
			assert_int_not_equal(hash6(), before6);
		} else {
			assert_int_equal(hash4(), before4);
			assert_int_equal(hash6(), before6);
		}
	}
}

/* Cut off before or within the ports: they are not looked at. */
static void no_room_for_ports(void **state)
{
	uint32_t cut4 = flow_hash4(SEED, &p4.ip, 60), cut6 = flow_hash6(SEED, &p6.ip, 40);

	p4.ports[0] ^= 0x1234;
	p6.ports[0] ^= 0x1234;
	for (uint32_t room = 0; room < 4; room++) {
		assert_int_equal(flow_hash4(SEED, &p4.ip, 60 + room), cut4);
		assert_int_equal(flow_hash6(SEED, &p6.ip, 40 + room), cut6);
	}
	assert_int_equal(flow_hash4(SEED, &p4.ip, 20), cut4); /* the options cut off, too */
	assert_int_not_equal(flow_hash4(SEED, &p4.ip, 64), cut4);
	assert_int_not_equal(flow_hash6(SEED, &p6.ip, 44), cut6);
}

/* Of the flows that one router sends by one path, the next router, with a seed of its own, has
 * some for each of its paths: about half of them by each of two. */
static void seeds_do_not_agree(void **state)
{
	unsigned both = 0, first = 0;

	for (unsigned flow = 0; flow < 4096; flow++) {
		p4.ports[0] = (rte_be16_t)flow;
		if (flow_hash4(1, &p4.ip, sizeof(p4)) & 1)
			continue;
		first++;
		both += !(flow_hash4(2, &p4.ip, sizeof(p4)) & 1);
	}
	assert_in_range(first, 1800, 2300);
	assert_in_range(both, first * 2 / 5, first * 3 / 5);
}

/* Each bucket holds its share of the flows, within 20% (six standard deviations). */
static void assert_even(const unsigned *count)
{
	for (unsigned i = 0; i < BUCKETS; i++)
		assert_in_range(count[i], FLOWS / BUCKETS * 4 / 5, FLOWS / BUCKETS * 6 / 5);
}

/* Flows that differ in few low bits, as those of one client or one subnet do. */
static void flows_spread_over_all_buckets(void **state)
{
	unsigned by_port[BUCKETS] = {0}, by_addr[BUCKETS] = {0}, by_port6[BUCKETS] = {0},
		 by_label[BUCKETS] = {0};

	for (uint32_t i = 0; i < FLOWS; i++) {
		setup(state);
		p4.ports[0] = rte_cpu_to_be_16((uint16_t)i);
		by_port[hash4() % BUCKETS]++;
		p4.ports[0] = 0;
		p4.ip.src_addr = rte_cpu_to_be_32(0x0a000000u + i);
		by_addr[hash4() % BUCKETS]++;
		p6.ports[1] = rte_cpu_to_be_16((uint16_t)i);
		by_port6[hash6() % BUCKETS]++;
		p6.ports[1] = 0;
		p6.ip.vtc_flow = rte_cpu_to_be_32(0x60000000 + i);
		by_label[hash6() % BUCKETS]++;
	}
	assert_even(by_port);
	assert_even(by_addr);
	assert_even(by_port6);
	assert_even(by_label);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(every_part_of_the_flow_counts, setup),
		cmocka_unit_test_setup(every_part_of_the_flow_counts6, setup),
		cmocka_unit_test_setup(nothing_else_counts, setup),
		cmocka_unit_test_setup(fragments_stay_together, setup),
		cmocka_unit_test_setup(ports_are_those_of_known_protocols, setup),
		cmocka_unit_test_setup(no_room_for_ports, setup),
		cmocka_unit_test_setup(seeds_do_not_agree, setup),
		cmocka_unit_test_setup(flows_spread_over_all_buckets, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
