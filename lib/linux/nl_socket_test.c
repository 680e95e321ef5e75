/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "nl_ask.h"
#include "nl_testing.h"
#include "nl_testing_netns.h"

#define MANY 10000u

static void dumps_filter_routes(void **state)
{
	dump_all(NL_ROUTE, IP4);
	for (unsigned i = 0; i < n_heard; i++)
		assert_int_equal(heard[i].route.dst.addr.family, IP4);
	dump_all(NL_ROUTE, IP6);
	assert_true(n_heard > 0);
	for (unsigned i = 0; i < n_heard; i++) {
		assert_int_equal(heard[i].route.dst.addr.family, IP6);
		assert_false(heard[i].route.cloned);
	}
}

static const struct nl_nexthop *nexthop_of(uint32_t id)
{
	for (unsigned i = n_heard < LOG_MAX ? n_heard : LOG_MAX; i-- > 0;)
		if (heard[i].kind == NL_NEXTHOP && heard[i].nexthop.id == id)
			return &heard[i].nexthop;
	fail_msg("no next hop object %u", id);
	return NULL;
}

static void nexthops(void **state)
{
	struct nl_socket *s = listen_now(1 << 20);

	shell("ip nexthop add id 1 via fe80::1 dev v0 && ip nexthop add id 2 via fe80::2 dev v1 && "
	      "ip nexthop add id 3 group 1,3/2,5 && ip nexthop add id 4 blackhole && "
	      "ip nexthop add id 5 group 1/2 type resilient buckets 8 && "
	      "ip nexthop add id 6 via fe80::1 fdb && "
	      "ip route add 2001:db8:9::/48 nhid 3");
	receive_all(s);
	for (unsigned i = 0; i < 2; i++) {
		const struct nl_nexthop *group = nexthop_of(3);

		assert_int_equal(nexthop_of(1)->hop.ifindex, v0);
		assert_true(nexthop_of(1)->hop.has_gateway);
		assert_int_equal(nexthop_of(1)->family, IP6);
		assert_true(nexthop_of(4)->blackhole);
		assert_true(nexthop_of(6)->fdb);
		assert_int_equal(nexthop_of(5)->n_members, 2);
		assert_int_equal(group->n_members, 2);
		assert_int_equal(group->members[0].id, 1);
		assert_int_equal(group->members[0].weight, 3);
		assert_int_equal(group->members[1].id, 2);
		assert_int_equal(group->members[1].weight, 5);
		if (!i)
			assert_int_equal(
				surely_about(NL_ROUTE, "2001:db8:9::/48", false)->route.nh_id, 3);
		dump_all(NL_NEXTHOP, 0);
	}
	n_heard = 0;
	shell("ip nexthop del id 1");
	receive_all(s);
	assert_true(nexthop_of(1));
	shell("ip nexthop flush >/dev/null 2>&1");
	nl_close(s);
}

/* A next hop object that leads nowhere. */
static void make_nexthop(uint32_t id)
{
	struct nlmsghdr *nlh = nl_request(ask, RTM_NEWNEXTHOP, NLM_F_CREATE);
	struct nhmsg *head = mnl_nlmsg_put_extra_header(nlh, sizeof(*head));

	head->nh_family = AF_INET;
	mnl_attr_put_u32(nlh, NHA_ID, id);
	mnl_attr_put(nlh, NHA_BLACKHOLE, 0, NULL);
	assert_int_equal(nl_ask(ask, nlh, &err), 0);
}

/* Weights of 256 and 512, which Linux takes since 6.12. */
static void wide_weights(void **state)
{
	struct nexthop_grp grp[] = {{.id = 1, .weight = 255},
				    {.id = 2, .weight = 255, .resvd1 = 1}};
	struct nl_socket *s = listen_now(1 << 20);
	struct nlmsghdr *nlh;
	int status;

	shell("ip nexthop add id 1 via fe80::1 dev v0 && "
	      "ip nexthop add id 2 via fe80::2 dev v1");
	nlh = nl_request(ask, RTM_NEWNEXTHOP, NLM_F_CREATE);
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct nhmsg));
	mnl_attr_put_u32(nlh, NHA_ID, 3);
	mnl_attr_put(nlh, NHA_GROUP, sizeof(grp), grp);
	status = nl_ask(ask, nlh, &err);
	receive_all(s);
	for (unsigned i = 0; !status && i < 2; i++) {
		assert_int_equal(nexthop_of(3)->n_members, 2);
		assert_int_equal(nexthop_of(3)->members[0].weight, 128);
		assert_int_equal(nexthop_of(3)->members[1].weight, 256);
		dump_all(NL_NEXTHOP, 0);
	}
	shell("ip nexthop flush >/dev/null 2>&1");
	nl_close(s);
	if (status) {
		assert_int_equal(status, -EINVAL);
		skip();
	}
}

static void dumps_that_are_overtaken(void **state)
{
	struct ip_addr addr = nl_testing_ip("192.0.2.7");

	for (uint32_t id = 1; id <= MANY; id++)
		make_nexthop(id);
	n_heard = 0;
	assert_int_equal(nl_dump(dump, NL_NEXTHOP, 0, &err), 0);
	assert_int_equal(nl_dump_step(dump, 1, hear, NULL, &bad), 1);
	assert_int_equal(nl_dump(dump, NL_NEXTHOP, 0, &err), -EBUSY);
	assert_int_equal(nl_neighbour_del(dump, v0, &addr, &err), -EBUSY);
	make_nexthop(MANY + 1);
	assert_int_equal(dump_go_on(hear), -EINTR);
	assert_true(n_heard >= MANY);
	dump_all(NL_NEXTHOP, 0);
	assert_int_equal(n_heard, MANY + 1);
	shell("ip nexthop flush >/dev/null 2>&1");
	dump_all(NL_NEXTHOP, 0);
	assert_int_equal(n_heard, 0);
}

static struct ip_prefix nth_prefix(unsigned i)
{
	return (struct ip_prefix){
		.addr = {.family = IP4, .bytes = {20, i >> 16, i >> 8, i}},
		.len = 32,
	};
}

static unsigned n_many;

static void count_many(void *ctx, const struct nl_msg *msg)
{
	n_many += msg->kind == NL_ROUTE && msg->route.dst.addr.bytes[0] == 20 &&
		  msg->route.table == RT_TABLE_MAIN;
}

static void overruns(void **state)
{
	static struct nl_route route = {.type = RTN_BLACKHOLE};
	struct nl_socket *s = listen_now(8192);
	int status = 1;

	for (unsigned i = 0; i < MANY; i++) {
		route.dst = nth_prefix(i);
		assert_int_equal(nl_route_put(ask, &route, &err), 0);
	}
	n_many = 0;
	for (unsigned i = 0; status > 0 && i < STEPS_MAX; i++)
		status = nl_receive(s, 4, count_many, NULL, &bad);
	assert_int_equal(status, -ENOBUFS);
	assert_true(n_many > 0 && n_many < MANY);
	receive_all(s);

	n_many = 0;
	assert_int_equal(nl_dump(dump, NL_ROUTE, IP4, &err), 0);
	assert_int_equal(dump_go_on(count_many), 0);
	assert_int_equal(n_many, MANY);

	for (unsigned i = 0; i < MANY; i++) {
		route.dst = nth_prefix(i);
		assert_int_equal(nl_route_del(ask, &route, &err), 0);
		n_many = 0;
		assert_int_equal(nl_receive(s, 4, count_many, NULL, &bad), 1);
		assert_int_equal(n_many, 1);
	}
	assert_int_equal(bad, 0);
	nl_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dumps_filter_routes),
		cmocka_unit_test(nexthops),
		cmocka_unit_test(wide_weights),
		cmocka_unit_test(dumps_that_are_overtaken),
		cmocka_unit_test(overruns),
	};

	if (!namespace_enter())
		return SKIPPED;
	return cmocka_run_group_tests(tests, namespace_set_up, namespace_tear_down);
}
