/* SPDX-License-Identifier: BSD-3-Clause */
/* Files that are right, large files, and files that cannot be read. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config_testing.h"

static const char example[] =
	"workers: [1, 3]                  # lcores that forward\n"
	"control: none\n"
	"api: /tmp/s.sock\n"
	"dpdk: {hugepages: false, memory: 64, args: [--no-hpet, '-d x'], mbufs: 4096,"
	" mbuf_size: 2304}\n"
	"ports:\n"
	"  - {name: p0, device: \"net_af_packet0,iface=v0\", mtu: 1500, queues: 2, workers: [3],"
	" mac: \"02:00:00:00:00:01\", rx_descriptors: 1024, tx_descriptors: 512,"
	" addresses: [192.0.2.1/24, \"2001:db8:1::1/64\"]}\n"
	"  - name: p1\n"
	"    device: \"0000:05:00.0\"\n"
	"    addresses: [198.51.100.1/24, '2001:db8:2::1/64']\n"
	"routes:\n"
	"  - {to: 0.0.0.0/0, via: 192.0.2.254}\n"
	"  - {to: 203.0.113.0/24, via: [{gateway: 192.0.2.2, weight: 2},"
	" {gateway: 198.51.100.2, port: p1}]}\n"
	"  - {to: 198.18.0.0/15, type: blackhole}\n"
	"  - {to: 10.9.0.0/16, port: p1}\n"
	"  - {via: 'fe80::2', port: p1, to: '::/0'}\n"
	"  - {to: 10.8.0.0/16, via: [192.0.2.3, {port: p0}], port: p1}\n"
	"neighbours:\n"
	"  - {address: 192.0.2.2, port: p0, mac: \"02:00:00:00:00:02\"}\n"
	"punts:\n"
	"  - {reason: local, class: icmp, rate: 100, burst: 50}\n"
	"limits: {routes4: 100000, routes6: 50000, neighbours: 4096, fdb: 16777216}\n";

static void is_addr(const struct ip_addr *addr, const char *text)
{
	char buf[IP_ADDR_STRLEN];

	assert_string_equal(ip_addr_print(addr, buf), text);
}

static void is_prefix(const struct ip_prefix *prefix, const char *text)
{
	char buf[IP_PREFIX_STRLEN];

	assert_string_equal(ip_prefix_print(prefix, buf), text);
}

static void example_globals(void **state)
{
	struct config cfg;

	parses(example, &cfg);
	assert_int_equal(cfg.n_workers, 2);
	assert_int_equal(cfg.workers[0].lcore, 1);
	assert_int_equal(cfg.workers[1].lcore, 3);
	assert_int_equal(cfg.control, CONTROL_NONE);
	assert_string_equal(cfg.api, "/tmp/s.sock");
	assert_false(cfg.hugepages);
	assert_int_equal(cfg.memory_mib, 64);
	assert_int_equal(cfg.mbufs, 4096);
	assert_int_equal(cfg.mbuf_size, 2304);
	assert_int_equal(cfg.n_eal_args, 2);
	assert_string_equal(cfg.eal_args[0], "--no-hpet");
	assert_string_equal(cfg.eal_args[1], "-d x");
	assert_int_equal(cfg.limits.routes4, 100000);
	assert_int_equal(cfg.limits.routes6, 50000);
	assert_int_equal(cfg.limits.neighbours, 4096);
	assert_int_equal(cfg.limits.fdb, 16777216);
	config_free(&cfg);
	assert_null(cfg.api);
	config_free(&cfg);
}

static void idle_modes(void **state)
{
	static const char ports[] = "ports: [{name: p0, device: x}]\n";
	char text[256];
	struct config cfg;

	snprintf(text, sizeof(text),
		 "%sworkers: [1, {lcore: 2, idle: poll}, {idle: pause, lcore: 0}, {lcore: 7}]\n"
		 "idle: sleep\n",
		 ports);
	parses(text, &cfg);
	assert_int_equal(cfg.n_workers, 4);
	assert_int_equal(cfg.idle, IDLE_MODE_SLEEP);
	assert_int_equal(cfg.workers[0].idle, IDLE_MODE_SLEEP);
	assert_int_equal(cfg.workers[1].lcore, 2);
	assert_int_equal(cfg.workers[1].idle, IDLE_MODE_POLL);
	assert_int_equal(cfg.workers[2].lcore, 0);
	assert_int_equal(cfg.workers[2].idle, IDLE_MODE_PAUSE);
	assert_int_equal(cfg.workers[3].lcore, 7);
	assert_int_equal(cfg.workers[3].idle, IDLE_MODE_SLEEP);
	config_free(&cfg);
	snprintf(text, sizeof(text), "%sworkers: [1]\n", ports);
	parses(text, &cfg);
	assert_int_equal(cfg.idle, IDLE_MODE_INTERRUPT);
	assert_int_equal(cfg.workers[0].idle, IDLE_MODE_INTERRUPT);
	config_free(&cfg);
}

static void tuning(void **state)
{
	struct config cfg;
	const struct tuning *t;

	parses("drivers_cfg: /etc/presets\n"
	       "ports: [{name: p0, device: d0, burst: 16, rx_descriptors: default,"
	       " offloads: {rx: [], tx: [multi_segs]}, rss: {fields: [ip], key: symmetric}},"
	       " {name: p1, device: d1}]\n",
	       &cfg);
	assert_string_equal(cfg.drivers_cfg, "/etc/presets");
	t = &cfg.ports[0].tuning;
	assert_int_equal(t->burst, 16);
	assert_int_equal(t->rx_descriptors, TUNING_DRIVERS_OWN);
	assert_int_equal(t->tx_descriptors, 0);
	assert_true(t->offloads.has_rx && t->offloads.has_tx);
	assert_int_equal(t->offloads.rx, 0);
	assert_int_equal(t->offloads.tx, 1 << 15);
	assert_int_equal(t->rss.fields, TUNING_RSS_IP);
	assert_int_equal(t->rss.kind, TUNING_KEY_SYMMETRIC);
	t = &cfg.ports[1].tuning;
	assert_false(t->offloads.has_rx || t->offloads.has_tx || t->rss.has_fields);
	assert_int_equal(t->burst + t->rss.kind, 0);
	config_free(&cfg);
}

static void example_ports(void **state)
{
	struct config_port *p;
	char mac[MAC_STRLEN];
	struct config cfg;

	parses(example, &cfg);
	assert_int_equal(cfg.n_ports, 2);
	p = &cfg.ports[0];
	assert_string_equal(p->name, "p0");
	assert_string_equal(p->device, "net_af_packet0,iface=v0");
	assert_int_equal(p->line, 6);
	assert_int_equal(p->mtu, 1500);
	assert_int_equal(p->queues, 2);
	assert_int_equal(p->tuning.rx_descriptors, 1024);
	assert_int_equal(p->tuning.tx_descriptors, 512);
	assert_true(p->has_mac);
	assert_string_equal(mac_print(&p->mac, mac), "02:00:00:00:00:01");
	assert_int_equal(p->n_workers, 1);
	assert_int_equal(p->workers[0], 3);
	assert_int_equal(p->n_addresses, 2);
	is_prefix(&p->addresses[0], "192.0.2.1/24");
	is_prefix(&p->addresses[1], "2001:db8:1::1/64");
	p = &cfg.ports[1];
	assert_string_equal(p->device, "0000:05:00.0");
	assert_int_equal(p->line, 7);
	assert_false(p->has_mac);
	assert_int_equal(p->mtu + p->queues + p->tuning.rx_descriptors + p->tuning.tx_descriptors,
			 0);
	assert_int_equal(p->n_workers, 0);
	config_free(&cfg);
}

static void is_hop(const struct config_nexthop *hop, const char *gateway, const char *port,
		   unsigned weight)
{
	assert_int_equal(hop->has_gateway, gateway != NULL);
	if (gateway)
		is_addr(&hop->gateway, gateway);
	assert_string_equal(hop->port, port);
	assert_int_equal(hop->weight, weight);
}

static void example_routes(void **state)
{
	static const unsigned n_via[] = {1, 2, 0, 1, 1, 2};
	struct config cfg;

	parses(example, &cfg);
	assert_int_equal(cfg.n_routes, 6);
	for (unsigned i = 0; i < 6; i++) {
		assert_int_equal(cfg.routes[i].n_via, n_via[i]);
		assert_int_equal(cfg.routes[i].line, 11 + i);
		assert_int_equal(cfg.routes[i].type, i == 2 ? ROUTE_BLACKHOLE : ROUTE_UNICAST);
	}
	is_prefix(&cfg.routes[0].to, "0.0.0.0/0");
	is_hop(&cfg.routes[0].via[0], "192.0.2.254", "", 1);
	is_hop(&cfg.routes[1].via[0], "192.0.2.2", "", 2);
	is_hop(&cfg.routes[1].via[1], "198.51.100.2", "p1", 1);
	is_prefix(&cfg.routes[2].to, "198.18.0.0/15");
	is_hop(&cfg.routes[3].via[0], NULL, "p1", 1);
	is_prefix(&cfg.routes[4].to, "::/0");
	is_hop(&cfg.routes[4].via[0], "fe80::2", "p1", 1);
	is_hop(&cfg.routes[5].via[0], "192.0.2.3", "p1", 1);
	is_hop(&cfg.routes[5].via[1], NULL, "p0", 1);
	config_free(&cfg);
}

static void example_neighbours_and_punts(void **state)
{
	char mac[MAC_STRLEN];
	struct config cfg;

	parses(example, &cfg);
	assert_int_equal(cfg.n_neighbours, 1);
	is_addr(&cfg.neighbours->address, "192.0.2.2");
	assert_string_equal(cfg.neighbours->port, "p0");
	assert_string_equal(mac_print(&cfg.neighbours->mac, mac), "02:00:00:00:00:02");
	assert_int_equal(cfg.n_punts, 1);
	assert_string_equal(cfg.punts->reason, "local");
	assert_string_equal(cfg.punts->class_, "icmp");
	assert_int_equal(cfg.punts->rate_pps, 100);
	assert_int_equal(cfg.punts->burst, 50);
	config_free(&cfg);
}

static void defaults(void **state)
{
	struct config cfg;

	parses("ports: [{name: p0, device: net_null0}]\n", &cfg);
	assert_int_equal(cfg.n_workers, 0);
	assert_int_equal(cfg.control, CONTROL_LINUX);
	assert_string_equal(cfg.netns, "");
	assert_int_equal(cfg.netlink_receive_buffer, 0);
	assert_string_equal(cfg.api, "/run/sluice/sluice.sock");
	assert_true(cfg.hugepages);
	assert_int_equal(cfg.memory_mib, 0);
	assert_int_equal(cfg.mbufs + cfg.mbuf_size, 0);
	assert_int_equal(cfg.limits.routes4, 2000000);
	assert_int_equal(cfg.limits.routes6, 1000000);
	assert_int_equal(cfg.limits.neighbours, 65536);
	assert_int_equal(cfg.limits.fdb, 131072);
	config_free(&cfg);
}

/* What looks like one of the refusals and is none. */
static void unusual_but_right(void **state)
{
	static const char *const texts[] = {
		"{ports: [{name: a, device: x, addresses: [192.0.2.0/31]}]}",
		"ports: [{name: a, device: x, addresses: [192.0.2.255/32, 10.0.0.255/8]}]",
		"ports: [{name: a, device: x, mtu: 68}]\nroutes: []\npunts: []\ndpdk: {args: []}",
		"ports: [{name: a, device: x, mtu: 1280, addresses: ['2001:db8::/64']}]",
		"ports: [{name: abcdefghi_-.123, device: x}]\ndpdk: {mbufs: 0, mbuf_size: 0}",
		"ports: [{name: a, device: x, mtu: '1500'}]\nworkers: [0, 127]\n...\n# end\n",
		/* the same link-local address on two links, a gateway to one of them on the third
		 */
		("ports: [{name: a, device: x, mac: '02:00:00:00:00:01'},"
		 " {name: b, device: y, mac: '02:00:00:00:00:01'}, {name: c, device: z}]\n"
		 "routes: [{to: '::/0', via: 'fe80::ff:fe00:1', port: c}]"),
		/* a gateway outside all subnets, with a port; the same neighbour on two ports */
		("ports: [{name: a, device: x}, {name: b, device: y}]\n"
		 "routes: [{to: 10.0.0.0/8, via: 203.0.113.1, port: b}]\n"
		 "neighbours: [{address: 'fe80::2', port: a, mac: '02:00:00:00:00:01'},"
		 " {address: 'fe80::2', port: b, mac: '02:00:00:00:00:01'}]"),
		("ports: [{name: a, device: x}]\nroutes:\n- {to: 10.0.0.0/8, via: &v [{port: a}]}\n"
		 "- {to: 11.0.0.0/8, via: *v}\n- {to: '10.0.0.0/9', port: a}"),
	};
	struct config cfg;

	for (unsigned i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		parses(texts[i], &cfg);
		config_free(&cfg);
	}
}

static void unreadable(void **state)
{
	char path[] = "/tmp/sluice-config-XXXXXX", dir[] = "/tmp/sluice-config-XXXXXX", fifo[64];
	struct error err;
	struct config cfg;
	int fd;

	assert_int_equal(config_load("/nonexistent/f", &cfg, &err), -ENOENT);
	assert_string_equal(err.msg, "/nonexistent/f: cannot be opened: No such file or directory");
	assert_int_equal(config_load("/", &cfg, &err), -EINVAL);
	assert_string_equal(err.msg, "/: is not a regular file");
	assert_int_equal(config_load("/dev/zero", &cfg, &err), -EINVAL);
	assert_string_equal(err.msg, "/dev/zero: is not a regular file");
	assert_non_null(mkdtemp(dir));
	snprintf(fifo, sizeof(fifo), "%s/fifo", dir);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(config_load(fifo, &cfg, NULL), -EINVAL); /* and does not wait */
	unlink(fifo);
	rmdir(dir);
	assert_null(cfg.api);
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, example, strlen(example)), strlen(example));
	close(fd);
	assert_int_equal(config_load(path, &cfg, NULL), 0);
	assert_int_equal(cfg.n_ports, 2);
	config_free(&cfg);
	unlink(path);
	assert_int_equal(parse("ports: [", &cfg, NULL), -EINVAL);
}

/* Text written piece by piece; text_parse() frees it. Not to be copied: the stream knows its place.
 */
struct text {
	FILE *stream;
	char *buf;
	size_t len;
};

static void text_open(struct text *t)
{
	t->stream = open_memstream(&t->buf, &t->len);
	assert_non_null(t->stream);
}

static int text_parse(struct text *t, struct config *cfg, struct error *err)
{
	int ret;

	fclose(t->stream);
	ret = parse(t->buf, cfg, err);
	free(t->buf);
	return ret;
}

#define N_MANY 100000

/* n routes to 10.0.0.0/32 and up, over two gateways each, and one more line. */
static void many_routes(struct text *t, unsigned n, const char *last)
{
	text_open(t);
	fputs("ports:\n- {name: a, device: x, addresses: [192.0.2.1/24]}\nroutes:\n", t->stream);
	for (unsigned i = 0; i < n; i++)
		fprintf(t->stream,
			"- {to: 10.%u.%u.%u/32, via: [192.0.2.2, {gateway: 192.0.2.3}]}\n", i >> 16,
			i >> 8 & 255, i & 255);
	fputs(last, t->stream);
}

static void many(void **state)
{
	struct error err = {.msg = ""};
	struct config cfg;
	struct text t;

	many_routes(&t, N_MANY, "");
	assert_int_equal(text_parse(&t, &cfg, &err), 0);
	assert_int_equal(cfg.n_routes, N_MANY);
	assert_int_equal(cfg.routes[N_MANY - 1].line, N_MANY + 3);
	is_prefix(&cfg.routes[N_MANY - 1].to, "10.1.134.159/32");
	is_hop(&cfg.routes[N_MANY - 1].via[1], "192.0.2.3", "", 1);
	config_free(&cfg);
	many_routes(&t, N_MANY, "- {to: 10.0.0.7/32, port: a}\n");
	assert_int_equal(text_parse(&t, &cfg, &err), -EINVAL);
	assert_string_equal(err.msg, "f:100004:8: routes[100000].to: found '10.0.0.7/32', expected "
				     "a prefix other than that in line 11");
}

static void too_many_nexthops(void **state)
{
	struct error err = {.msg = ""};
	struct config cfg;
	struct text t;

	many_routes(&t, 1, "- to: 10.0.0.0/8\n  via: [192.0.2.2");
	for (unsigned i = 0; i < CONFIG_MAX_NEXTHOPS; i++)
		fputs(", 192.0.2.2", t.stream);
	fputs("]\n", t.stream);
	assert_int_equal(text_parse(&t, &cfg, &err), -EINVAL);
	assert_string_equal(err.msg, "f:6:8: routes[1].via: found 257 items, expected at most 256");
}

/* More than the limit that the file does not give. */
static void too_many_neighbours(void **state)
{
	struct error err = {.msg = ""};
	struct config cfg;
	struct text t;

	many_routes(&t, 1, "neighbours:\n");
	for (unsigned i = 0; i <= 65536; i++)
		fprintf(t.stream, "- {address: 10.%u.%u.%u, port: a, mac: '02:00:00:00:00:02'}\n",
			i >> 16, i >> 8 & 255, i & 255);
	assert_int_equal(text_parse(&t, &cfg, &err), -EINVAL);
	assert_string_equal(err.msg, "f:1:1: found no limits.neighbours, expected at least 65537 "
				     "(those of the file); without it, it is 65536");
}

static int parse_ports(unsigned n, struct error *err)
{
	struct config cfg;
	struct text t;
	int ret;

	text_open(&t);
	fputs("ports:\n", t.stream);
	for (unsigned i = 0; i < n; i++)
		fprintf(t.stream, "- {name: p%u, device: net_null%u}\n", i, i);
	ret = text_parse(&t, &cfg, err);
	if (!ret)
		assert_int_equal(cfg.n_ports, n);
	config_free(&cfg);
	return ret;
}

static void too_many_ports(void **state)
{
	struct error err = {.msg = ""};

	assert_int_equal(parse_ports(CONFIG_MAX_PORTS, &err), 0);
	assert_int_equal(parse_ports(CONFIG_MAX_PORTS + 1, &err), -EINVAL);
	assert_string_equal(err.msg, "f:2:1: ports: found 513 items, expected at most 512");
}

/* A few kilobytes that would be five million next hops. */
static void too_many_aliases(void **state)
{
	struct error err = {.msg = ""};
	struct config cfg;
	struct text t;

	many_routes(&t, 0, "- {to: 10.0.0.0/8, via: &via [&hop {gateway: 192.0.2.2}");
	for (unsigned i = 1; i < CONFIG_MAX_NEXTHOPS; i++)
		fputs(", *hop", t.stream);
	fputs("]}\n", t.stream);
	for (unsigned i = 0; i < 20000; i++)
		fprintf(t.stream, "- {to: 11.%u.%u.0/24, via: *via}\n", i >> 8, i & 255);
	assert_int_equal(text_parse(&t, &cfg, &err), -EINVAL);
	assert_non_null(strstr(err.msg, ": aliases repeat more than 4000000 values"));
}

/* `opening` n times, with nothing closed. */
static int parse_depth(const char *opening, unsigned n, struct error *err)
{
	struct config cfg;
	struct text t;

	text_open(&t);
	fputs("ports: ", t.stream);
	while (n--)
		fputs(opening, t.stream);
	return text_parse(&t, &cfg, err);
}

/* libyaml alone would take minutes for the first. */
static void too_deep(void **state)
{
	struct error err = {.msg = ""};

	assert_int_equal(parse_depth("[", 200000, &err), -EINVAL);
	assert_string_equal(err.msg, "f:1:39: found lists and mappings more than 32 deep");
	assert_int_equal(parse_depth("{a: ", 100000, &err), -EINVAL);
	assert_string_equal(err.msg, "f:1:132: found lists and mappings more than 32 deep");
	assert_int_equal(parse_depth("\n- - - - - - - - - - - - - - - - - -\n ", 2, &err), -EINVAL);
	assert_int_equal(parse_depth("[", 31, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "not YAML"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(example_globals),   cmocka_unit_test(example_ports),
		cmocka_unit_test(idle_modes),        cmocka_unit_test(tuning),
		cmocka_unit_test(example_routes),    cmocka_unit_test(example_neighbours_and_punts),
		cmocka_unit_test(defaults),          cmocka_unit_test(unusual_but_right),
		cmocka_unit_test(unreadable),        cmocka_unit_test(many),
		cmocka_unit_test(too_many_nexthops), cmocka_unit_test(too_many_ports),
		cmocka_unit_test(too_many_aliases),  cmocka_unit_test(too_many_neighbours),
		cmocka_unit_test(too_deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
