/* SPDX-License-Identifier: BSD-3-Clause */
/* In a network namespace of its own: v0 and v1 are the ends of a veth pair. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nl_ask.h"
#include "nl_testing.h"

#define SKIPPED   77
#define LOG_MAX   256
#define MANY      10000u
#define WAIT_MS   5000
#define STEPS_MAX 100000u

static struct nl_socket *ask, *dump;
static int v0, v1;
static struct error err;

/* What was heard or dumped; of more than LOG_MAX messages the rest is counted only. */
static struct nl_msg heard[LOG_MAX];
static unsigned n_heard;
static uint64_t bad;

static void hear(void *ctx, const struct nl_msg *msg)
{
	if (n_heard < LOG_MAX)
		heard[n_heard] = *msg;
	n_heard++;
}

static void shell(const char *command)
{
	if (system(command))
		fail_msg("%s", command);
}

static int set_up_group(void **state)
{
	shell("ip link set lo up && ip link add v0 type veth peer name v1 && ip link set v0 up && "
	      "ip link set v1 up && sysctl -qw net.ipv6.conf.v0.accept_dad=0");
	v0 = (int)if_nametoindex("v0");
	v1 = (int)if_nametoindex("v1");
	ask = nl_open(&err);
	dump = nl_open(&err);
	return v0 && v1 && ask && dump ? 0 : -1;
}

static int tear_down_group(void **state)
{
	nl_close(ask);
	nl_close(dump);
	return 0;
}

static struct nl_socket *listen_now(unsigned buffer)
{
	struct nl_socket *s = nl_listen(buffer, &err);

	assert_non_null(s);
	n_heard = 0;
	bad = 0;
	return s;
}

static int dump_go_on(nl_fn fn)
{
	int status = 1;

	for (unsigned i = 0; status == 1 && i < STEPS_MAX; i++) {
		struct pollfd p = {.fd = nl_fd(dump), .events = POLLIN};

		assert_int_equal(poll(&p, 1, WAIT_MS), 1);
		status = nl_dump_step(dump, 1, fn, NULL, &bad);
	}
	return status;
}

static void dump_all(enum nl_kind kind, uint8_t family)
{
	n_heard = 0;
	bad = 0;
	assert_int_equal(nl_dump(dump, kind, family, &err), 0);
	assert_int_equal(dump_go_on(hear), 0);
	assert_int_equal(bad, 0);
	for (unsigned i = 0; i < n_heard && i < LOG_MAX; i++)
		assert_int_equal(heard[i].kind, kind);
}

static void receive_all(struct nl_socket *s)
{
	unsigned i = 0;
	int n;

	while ((n = nl_receive(s, 16, hear, NULL, &bad)) > 0)
		assert_true(++i < STEPS_MAX);
	assert_int_equal(n, 0);
	assert_int_equal(bad, 0);
}

/* The last of them that is about the prefix. */
static const struct nl_msg *about(enum nl_kind kind, const char *to)
{
	struct ip_prefix want = nl_testing_prefix(to);

	for (unsigned i = n_heard < LOG_MAX ? n_heard : LOG_MAX; i-- > 0;) {
		const struct nl_msg *msg = &heard[i];

		if (msg->kind != kind)
			continue;
		if ((kind == NL_ROUTE && msg->route.table == RT_TABLE_MAIN &&
		     ip_prefix_equal(&msg->route.dst, &want)) ||
		    (kind == NL_ADDRESS && ip_prefix_equal(&msg->address.addr, &want)) ||
		    (kind == NL_NEIGHBOUR && ip_addr_equal(&msg->neighbour.addr, &want.addr)))
			return msg;
	}
	return NULL;
}

static const struct nl_msg *surely_about(enum nl_kind kind, const char *to, bool deleted)
{
	const struct nl_msg *msg = about(kind, to);

	if (!msg)
		fail_msg("nothing about %s", to);
	assert_int_equal(msg->deleted, deleted);
	return msg;
}

static const struct nl_link *link_of(int index)
{
	for (unsigned i = n_heard; i-- > 0;)
		if (heard[i].kind == NL_LINK && heard[i].link.index == index && !heard[i].deleted)
			return &heard[i].link;
	fail_msg("nothing about link %d", index);
	return NULL;
}

static void links(void **state)
{
	struct nl_socket *s = listen_now(1 << 20);
	struct mac_addr mac = {{2, 0, 0, 0, 0, 0x42}};
	struct nl_link_change change = {
		.up = -1, .mtu = 1400, .mac = &mac, .alias = "sluice of a test"};
	const struct nl_link *link;

	assert_int_equal(nl_link_set(ask, v0, &change, &err), 0);
	receive_all(s);
	for (unsigned i = 0; i < 2; i++) {
		link = link_of(v0);
		assert_string_equal(link->name, "v0");
		assert_string_equal(link->alias, change.alias);
		assert_true(link->has_mac);
		assert_memory_equal(&link->mac, &mac, sizeof(mac));
		assert_int_equal(link->mtu, 1400);
		assert_false(link->up || link->carrier);
		dump_all(NL_LINK, 0);
	}
	assert_int_equal(n_heard, 3);
	change = (struct nl_link_change){.up = 1, .mtu = 1500, .alias = ""};
	assert_int_equal(nl_link_set(ask, v0, &change, &err), 0);
	dump_all(NL_LINK, 0);
	link = link_of(v0);
	assert_true(link->up);
	assert_int_equal(link->mtu, 1500);
	assert_string_equal(link->alias, "");
	assert_memory_equal(&link->mac, &mac, sizeof(mac));
	nl_close(s);
}

static void addresses(void **state)
{
	static const char *const texts[] = {"192.0.2.1/24", "2001:db8::1/64"};

	for (unsigned i = 0; i < 2; i++) {
		struct nl_socket *s = listen_now(1 << 20);
		struct ip_prefix addr = nl_testing_prefix(texts[i]);
		const struct nl_msg *msg;

		assert_int_equal(nl_address_put(ask, v0, &addr, &err), 0);
		assert_int_equal(nl_address_put(ask, v0, &addr, &err), 0);
		receive_all(s);
		msg = surely_about(NL_ADDRESS, texts[i], false);
		assert_int_equal(msg->address.ifindex, v0);
		assert_int_equal(msg->address.protocol, NL_PROTOCOL);
		assert_false(msg->address.tentative);
		dump_all(NL_ADDRESS, addr.addr.family);
		assert_non_null(about(NL_ADDRESS, texts[i]));
		for (unsigned j = 0; j < n_heard; j++)
			assert_int_equal(heard[j].address.addr.addr.family, addr.addr.family);
		dump_all(NL_ADDRESS, addr.addr.family == IP4 ? IP6 : IP4);
		assert_null(about(NL_ADDRESS, texts[i]));
		dump_all(NL_ADDRESS, 0);
		assert_non_null(about(NL_ADDRESS, texts[i]));

		assert_int_equal(nl_address_del(ask, v0, &addr, &err), 0);
		n_heard = 0;
		receive_all(s);
		surely_about(NL_ADDRESS, texts[i], true);
		assert_int_equal(nl_address_del(ask, v0, &addr, &err), -EADDRNOTAVAIL);
		nl_close(s);
	}
	n_heard = 0;
	shell("ip addr add 192.0.2.1 peer 198.51.100.1/24 dev v0");
	dump_all(NL_ADDRESS, IP4);
	surely_about(NL_ADDRESS, "192.0.2.1/32", false);
	shell("ip addr flush dev v0 to 192.0.2.1");
}

static void neighbours(void **state)
{
	static const char *const texts[] = {"192.0.2.7", "fe80::7"};
	struct mac_addr mac = {{2, 0, 0, 0, 0, 0x77}};

	for (unsigned i = 0; i < 2; i++) {
		struct nl_socket *s = listen_now(1 << 20);
		struct ip_addr addr = nl_testing_ip(texts[i]);
		const struct nl_msg *msg;

		mac.bytes[0] = 6;
		assert_int_equal(nl_neighbour_put(ask, v0, &addr, &mac, &err), 0);
		mac.bytes[0] = 2;
		assert_int_equal(nl_neighbour_put(ask, v0, &addr, &mac, &err), 0);
		receive_all(s);
		for (unsigned j = 0; j < 2; j++) {
			msg = surely_about(NL_NEIGHBOUR, texts[i], false);
			assert_int_equal(msg->neighbour.ifindex, v0);
			assert_int_equal(msg->neighbour.state, NUD_PERMANENT);
			assert_true(msg->neighbour.has_mac);
			assert_memory_equal(&msg->neighbour.mac, &mac, sizeof(mac));
			assert_int_equal(msg->neighbour.protocol, NL_PROTOCOL);
			dump_all(NL_NEIGHBOUR, j ? 0 : addr.family);
		}
		assert_int_equal(nl_neighbour_del(ask, v0, &addr, &err), 0);
		n_heard = 0;
		receive_all(s);
		assert_true(about(NL_NEIGHBOUR, texts[i])->deleted ||
			    about(NL_NEIGHBOUR, texts[i])->neighbour.state == NUD_FAILED);
		nl_close(s);
	}
}

/* Whether the other end of the veth pair hears an ARP request for the address. */
static bool asked_for(int fd, const char *text)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	struct ip_addr addr = nl_testing_ip(text);
	uint8_t frame[128];

	for (unsigned i = 0; i < LOG_MAX && poll(&p, 1, WAIT_MS) == 1; i++)
		if (recv(fd, frame, sizeof(frame), 0) >= 42 && frame[21] == 1 &&
		    !memcmp(frame + 38, addr.bytes, 4))
			return true;
	return false;
}

static void neighbours_in_use(void **state)
{
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ARP), .sll_ifindex = v1};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ARP));
	struct ip_prefix own = nl_testing_prefix("192.0.2.1/24");
	struct ip_addr addr = nl_testing_ip("192.0.2.9");
	struct nl_socket *s;

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(nl_address_put(ask, v0, &own, &err), 0);
	s = listen_now(1 << 20);
	assert_int_equal(nl_neighbour_use(ask, v0, &addr, &err), 0);
	receive_all(s);
	dump_all(NL_NEIGHBOUR, IP4);
	assert_int_equal(surely_about(NL_NEIGHBOUR, "192.0.2.9", false)->neighbour.state,
			 NUD_INCOMPLETE);
	assert_true(asked_for(fd, "192.0.2.9"));

	/* What is known of a stale one stays, while it is looked for anew. */
	shell("ip neigh replace 192.0.2.9 lladdr 02:00:00:00:00:09 dev v0 nud stale");
	assert_int_equal(nl_neighbour_use(ask, v0, &addr, &err), 0);
	dump_all(NL_NEIGHBOUR, IP4);
	assert_int_equal(surely_about(NL_NEIGHBOUR, "192.0.2.9", false)->neighbour.state,
			 NUD_DELAY);
	assert_true(about(NL_NEIGHBOUR, "192.0.2.9")->neighbour.has_mac);
	nl_close(s);
	close(fd);
	assert_int_equal(nl_address_del(ask, v0, &own, &err), 0);
}

/* As the kernel tells of them. */
static void same_hops(const struct nl_route *got, const struct nl_route *want)
{
	assert_int_equal(got->n_hops, want->n_hops);
	for (unsigned i = 0; i < want->n_hops; i++) {
		assert_int_equal(got->hops[i].ifindex, want->hops[i].ifindex);
		assert_int_equal(got->hops[i].weight, want->hops[i].weight);
		assert_int_equal(got->hops[i].has_gateway, want->hops[i].has_gateway);
		if (want->hops[i].has_gateway)
			assert_true(ip_addr_equal(&got->hops[i].gateway, &want->hops[i].gateway));
	}
}

static struct nl_hop hop_by(const char *gateway, int ifindex, uint32_t weight)
{
	struct nl_hop hop = {.ifindex = ifindex, .weight = weight, .has_gateway = gateway != NULL};

	if (gateway)
		hop.gateway = nl_testing_ip(gateway);
	return hop;
}

static void put_and_del(const char *to, const struct nl_route *shape)
{
	static struct nl_route route;
	struct nl_socket *s = listen_now(1 << 20);
	const struct nl_msg *msg;

	route = *shape;
	route.dst = nl_testing_prefix(to);
	if (nl_route_put(ask, &route, &err))
		fail_msg("%s: %s", to, err.msg);
	receive_all(s);
	for (unsigned i = 0; i < 3; i++) {
		msg = surely_about(NL_ROUTE, to, false);
		same_hops(&msg->route, &route);
		assert_int_equal(msg->route.protocol, NL_PROTOCOL);
		assert_int_equal(msg->route.type, route.type);
		if (route.metric || route.dst.addr.family == IP4)
			assert_int_equal(msg->route.metric, route.metric);
		dump_all(NL_ROUTE, i ? 0 : route.dst.addr.family);
	}
	assert_int_equal(nl_route_del(ask, &route, &err), 0);
	n_heard = 0;
	receive_all(s);
	surely_about(NL_ROUTE, to, true);
	dump_all(NL_ROUTE, 0);
	assert_null(about(NL_ROUTE, to));
	assert_int_equal(nl_route_del(ask, &route, &err), -ESRCH);
	nl_close(s);
}

static void routes(void **state)
{
	static struct nl_route route;
	struct ip_prefix own4 = nl_testing_prefix("192.0.2.1/24");
	struct ip_prefix own6 = nl_testing_prefix("2001:db8::1/64");

	assert_int_equal(nl_address_put(ask, v0, &own4, &err), 0);
	assert_int_equal(nl_address_put(ask, v0, &own6, &err), 0);
	route = (struct nl_route){.type = RTN_UNICAST, .n_hops = 1, .metric = 30};
	route.hops[0] = hop_by("192.0.2.2", v0, 1);
	put_and_del("198.51.100.0/24", &route);
	put_and_del("0.0.0.0/0", &route);
	route.hops[0] = hop_by("2001:db8::2", v0, 1);
	put_and_del("2001:db8:1::/48", &route);
	put_and_del("::/0", &route);
	put_and_del("203.0.113.0/24", &route); /* IPv4 by an IPv6 gateway */
	route.metric = 0;
	route.hops[0] = hop_by(NULL, v1, 1);
	put_and_del("198.51.100.0/24", &route);
	put_and_del("2001:db8:1::/48", &route);
	route.n_hops = 3;
	route.hops[0] = hop_by("192.0.2.2", v0, 1);
	route.hops[1] = hop_by("2001:db8::3", v0, 256);
	route.hops[2] = hop_by(NULL, v1, 3);
	put_and_del("198.51.100.0/24", &route);
	route.n_hops = 2;
	route.hops[0] = hop_by("2001:db8::3", v0, 7);
	route.hops[1] = hop_by("2001:db8::4", v0, 1);
	put_and_del("2001:db8:1::/48", &route);
	route.n_hops = 0;
	for (route.type = RTN_BLACKHOLE; route.type <= RTN_PROHIBIT; route.type++) {
		put_and_del("198.51.100.0/24", &route);
		put_and_del("2001:db8:1::/48", &route);
	}
	assert_int_equal(nl_address_del(ask, v0, &own4, &err), 0);
	assert_int_equal(nl_address_del(ask, v0, &own6, &err), 0);
}

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

/* Next hop objects with a blackhole each, from an id on. */
static void make_nexthop(uint32_t id)
{
	struct nlmsghdr *nlh = nl_request(ask, RTM_NEWNEXTHOP, NLM_F_CREATE);
	struct nhmsg *head = mnl_nlmsg_put_extra_header(nlh, sizeof(*head));

	head->nh_family = AF_INET;
	mnl_attr_put_u32(nlh, NHA_ID, id);
	mnl_attr_put(nlh, NHA_BLACKHOLE, 0, NULL);
	assert_int_equal(nl_ask(ask, nlh, &err), 0);
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

static void refusals(void **state)
{
	static struct nl_route route = {.type = RTN_UNICAST, .n_hops = 1};
	struct ip_prefix addr = nl_testing_prefix("192.0.2.1/24");

	route.dst = nl_testing_prefix("198.51.100.0/24");
	route.hops[0] = hop_by("203.0.113.1", v0, 1);
	assert_int_equal(nl_route_put(ask, &route, &err), -ENETUNREACH);
	assert_string_equal(err.msg, "Nexthop has invalid gateway");
	route.hops[0].weight = 257;
	assert_int_equal(nl_route_put(ask, &route, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "weight 257"));
	route.hops[0].weight = 1;
	route.hops[0].encap = true;
	assert_int_equal(nl_route_put(ask, &route, &err), -EINVAL);
	assert_int_equal(nl_address_put(ask, 9999, &addr, &err), -ENODEV);
	assert_true(*err.msg);
	assert_int_equal(nl_link_set(ask, 9999, &(struct nl_link_change){.up = 1}, NULL), -ENODEV);
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
	assert_int_equal(nl_receive(s, 4, count_many, NULL, &bad), 0);

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
		cmocka_unit_test(links),      cmocka_unit_test(addresses),
		cmocka_unit_test(neighbours), cmocka_unit_test(neighbours_in_use),
		cmocka_unit_test(routes),     cmocka_unit_test(dumps_filter_routes),
		cmocka_unit_test(nexthops),   cmocka_unit_test(dumps_that_are_overtaken),
		cmocka_unit_test(refusals),   cmocka_unit_test(overruns),
	};

	if (unshare(CLONE_NEWNET)) {
		perror("nl_socket_test: a network namespace needs root: skipped");
		return SKIPPED;
	}
	return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}
