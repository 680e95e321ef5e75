/* SPDX-License-Identifier: BSD-3-Clause */
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
#include <linux/rtnetlink.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nl_testing.h"
#include "nl_testing_netns.h"

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

/* An IPv6 address is tentative first, and soon no more. */
static void is_usable(struct nl_socket *s, const char *addr)
{
	struct pollfd p = {.fd = nl_fd(s), .events = POLLIN};

	while (surely_about(NL_ADDRESS, addr, false)->address.tentative) {
		assert_int_equal(poll(&p, 1, WAIT_MS), 1);
		receive_all(s);
	}
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
		is_usable(s, texts[i]);
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

/* The entry of the MAC address that was heard of last; NULL: none. */
static const struct nl_msg *entry_of(const struct mac_addr *mac)
{
	for (unsigned i = n_heard; i-- > 0;)
		if (heard[i].kind == NL_FDB && !memcmp(&heard[i].fdb.mac, mac, sizeof(*mac)))
			return &heard[i];
	return NULL;
}

static void entries_of_bridges(void **state)
{
	struct nl_fdb_change changes[3] = {
		{.ifindex = v0, .mac = {{2, 0, 0, 0, 1, 1}}},
		{.ifindex = v0, .mac = {{2, 0, 0, 0, 1, 2}}},
		{.ifindex = 9999, .mac = {{2, 0, 0, 0, 1, 3}}},
	};
	const struct mac_addr *first = &changes[0].mac;
	struct nl_socket *s;

	shell("ip link add br0 type bridge");
	shell("ip link set v0 master br0");
	shell("ip link set v1 master br0");
	s = listen_now(1 << 20);
	assert_int_equal(nl_fdb_change(ask, changes, 3, &err), 1);
	receive_all(s);
	assert_non_null(entry_of(first));
	assert_true(entry_of(first)->fdb.ext_learned);
	assert_int_equal(entry_of(first)->fdb.ifindex, v0);
	dump_all(NL_FDB, 0);
	assert_non_null(entry_of(&changes[1].mac));
	assert_null(entry_of(&changes[2].mac));
	/* It moves, and the other goes. */
	changes[0].ifindex = v1;
	changes[1].del = true;
	assert_int_equal(nl_fdb_change(ask, changes, 2, &err), 0);
	dump_all(NL_FDB, 0);
	assert_int_equal(entry_of(first)->fdb.ifindex, v1);
	/* Not by a port that it is not behind any more. */
	changes[0].ifindex = v0;
	changes[0].del = true;
	assert_int_equal(nl_fdb_change(ask, changes, 2, &err), 2);
	dump_all(NL_PORT, 0);
	for (unsigned i = 0; i < n_heard; i++)
		assert_true(heard[i].port.index == v0 || heard[i].port.index == v1 ||
			    heard[i].port.index == heard[i].port.master);
	assert_int_equal(n_heard, 3);
	shell("ip link del br0");
	nl_close(s);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links),      cmocka_unit_test(addresses),
		cmocka_unit_test(neighbours), cmocka_unit_test(neighbours_in_use),
		cmocka_unit_test(routes),     cmocka_unit_test(entries_of_bridges),
		cmocka_unit_test(refusals),
	};

	if (!namespace_enter())
		return SKIPPED;
	return cmocka_run_group_tests(tests, namespace_set_up, namespace_tear_down);
}
