/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where Linux is in control, commands that would change tables are answered with the command of
 * ip(8) that does it: the sentence to the letter, and that the real ip takes it when it is pasted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "command.h"
#include "iface.h"
#include "iface_api.h"
#include "neigh_api.h"
#include "route_api.h"
#include "router.h"
#include "slowpath_api.h"

#define PREFACE    "Linux is in control here: "
#define MAX_TABLES 8

static struct {
	const struct command *commands;
	unsigned n;
} tables[MAX_TABLES];
static unsigned n_tables;

int __wrap_api_add(struct api *api, const struct command *commands, unsigned n, void *ctx);

/* Instead of a server: keep the module's table. */
int __wrap_api_add(struct api *api, const struct command *commands, unsigned n, void *ctx)
{
	assert_true(n_tables < MAX_TABLES);
	tables[n_tables].commands = commands;
	tables[n_tables++].n = n;
	return 0;
}

static const struct command *find(const char *words)
{
	for (unsigned i = 0; i < n_tables; i++)
		for (unsigned j = 0; j < tables[i].n; j++)
			if (!strcmp(tables[i].commands[j].words, words))
				return &tables[i].commands[j];
	fail_msg("no command '%s'", words);
	return NULL;
}

/* Ask of a router without interfaces, and without any other table: none must be touched. */
static void ask(const char *netns, const char *words, const char *args, struct error *err)
{
	struct iface_table none = {.n = 0};
	struct router r = {.linux_control = true, .netns = netns, .ifaces = &none};
	json_t *json = json_loads(args, 0, NULL), *result = NULL;

	assert_non_null(json);
	assert_int_equal(find(words)->run(&r, json, &result, err), -EOPNOTSUPP);
	assert_null(result);
	json_decref(json);
}

static const struct {
	const char *words, *args, *command; /* without "ip" */
} cases[] = {
	{"address add", "{'address': '192.0.2.1/24', 'port': 'p0'}",
	 " address add 192.0.2.1/24 dev p0"},
	{"address add", "{'address': '2001:db8:1::1/64', 'port': 'p0'}",
	 " -6 address add 2001:db8:1::1/64 dev p0"},
	{"neighbour add", "{'address': '192.0.2.2', 'port': 'p0', 'mac': '02:00:00:00:00:02'}",
	 " neighbour replace 192.0.2.2 lladdr 02:00:00:00:00:02 dev p0 nud permanent"},
	{"neighbour add", "{'address': '2001:db8:1::2', 'port': 'p0', 'mac': '02:00:00:00:00:02'}",
	 " -6 neighbour replace 2001:db8:1::2 lladdr 02:00:00:00:00:02 dev p0 nud permanent"},
	{"route add",
	 "{'prefix': '203.0.113.0/24', 'via': [{'gateway': '192.0.2.2', 'weight': 2}]}",
	 " route replace 203.0.113.0/24 via 192.0.2.2"},
	{"route add",
	 "{'prefix': '203.0.113.0/24', 'via': [{'gateway': '192.0.2.2', 'weight': 2}, "
	 "{'gateway': '198.51.100.2', 'port': 'p1'}]}",
	 " route replace 203.0.113.0/24 nexthop via 192.0.2.2 weight 2 nexthop via 198.51.100.2 "
	 "dev p1"},
	{"route add", "{'prefix': '203.0.113.0/24', 'type': 'blackhole'}",
	 " route replace blackhole 203.0.113.0/24"},
	{"route add", "{'prefix': '0.0.0.0/0', 'type': 'unreachable'}",
	 " route replace unreachable 0.0.0.0/0"},
	{"route add", "{'prefix': '0.0.0.0/0', 'port': 'p1'}", " route replace 0.0.0.0/0 dev p1"},
	{"route add", "{'prefix': '10.9.0.1', 'via': [{'gateway': 'fe80::2', 'port': 'p0'}]}",
	 " route replace 10.9.0.1 via inet6 fe80::2 dev p0"},
	{"route add",
	 "{'prefix': '2001:db8:9::/48', 'via': [{'gateway': 'fe80::2', 'port': 'p1'}]}",
	 " -6 route replace 2001:db8:9::/48 via fe80::2 dev p1"},
	{"route add",
	 "{'prefix': '2001:db8:9::/48', 'via': [{'gateway': '2001:db8:1::2', 'weight': 1}, "
	 "{'gateway': 'fe80::2', 'port': 'p1', 'weight': 256}]}",
	 " -6 route replace 2001:db8:9::/48 nexthop via 2001:db8:1::2 weight 1 nexthop via "
	 "fe80::2 dev p1 weight 256"},
	{"route add", "{'prefix': '2001:db8:9::/48', 'type': 'prohibit'}",
	 " -6 route replace prohibit 2001:db8:9::/48"},
	{"route add", "{'prefix': '::/0', 'type': 'blackhole'}",
	 " -6 route replace blackhole ::/0"},
	{"route del", "{'prefix': '0.0.0.0/0'}", " route del 0.0.0.0/0"},
	{"route del", "{'prefix': '::/0'}", " -6 route del ::/0"},
	{"route del", "{'prefix': '2001:db8:9::/48'}", " -6 route del 2001:db8:9::/48"},
	{"route del", "{'prefix': '10.9.0.1'}", " route del 10.9.0.1"},
	{"route del", "{'prefix': '203.0.113.0/24'}", " route del 203.0.113.0/24"},
	{"neighbour del", "{'address': '2001:db8:1::2', 'port': 'p0'}",
	 " -6 neighbour del 2001:db8:1::2 dev p0"},
	{"neighbour del", "{'address': '192.0.2.2', 'port': 'p0'}",
	 " neighbour del 192.0.2.2 dev p0"},
	{"address del", "{'address': '2001:db8:1::1/64', 'port': 'p0'}",
	 " -6 address del 2001:db8:1::1/64 dev p0"},
	{"address del", "{'address': '192.0.2.1/24', 'port': 'p0'}",
	 " address del 192.0.2.1/24 dev p0"},
};

#define N_CASES (sizeof(cases) / sizeof(*cases))

/* JSON with the quotes that are easier to read in C. */
static void ask_case(size_t i, const char *netns, struct error *err)
{
	char args[256];

	snprintf(args, sizeof(args), "%s", cases[i].args);
	for (char *quote = args; (quote = strchr(quote, '\''));)
		*quote = '"';
	ask(netns, cases[i].words, args, err);
}

static void sentences(void **state)
{
	struct error err;
	char expected[ERROR_LEN];

	for (size_t i = 0; i < N_CASES; i++) {
		ask_case(i, "", &err);
		snprintf(expected, sizeof(expected), PREFACE "ip%s", cases[i].command);
		assert_string_equal(err.msg, expected);
		ask_case(i, "sl-r", &err);
		snprintf(expected, sizeof(expected), PREFACE "ip -n sl-r%s", cases[i].command);
		assert_string_equal(err.msg, expected);
		ask_case(i, "/proc/7/ns/net", &err);
		snprintf(expected, sizeof(expected), PREFACE "nsenter --net=/proc/7/ns/net ip%s",
			 cases[i].command);
		assert_string_equal(err.msg, expected);
	}
}

static void no_answers(void **state)
{
	struct error err;

	ask("", "show slowpath", "{}", &err);
	assert_non_null(strstr(err.msg, "'show interfaces'"));
}

/* Of many routes at once, the file is the operator's to make. */
static void a_file(void **state)
{
	struct error err;

	ask("sl-r", "route load", "{\"lines\": \"10.0.0.0/8 via 192.0.2.2\"}", &err);
	assert_string_equal(err.msg, PREFACE "ip -n sl-r -batch FILE (of lines such as: route "
					     "replace PREFIX via GATEWAY)");
}

static bool runs(const char *command)
{
	int status = system(command);

	if (status)
		print_error("'%s' has ended with %d\n", command, status);
	return !status;
}

/* All of them, one after the other: right if each succeeds, and nothing that they made is left. */
static bool ip_takes_all(const char *netns)
{
	static const char nothing[] =
		"! { ip -4 route show table main; ip -6 route show; "
		"ip -4 address show; ip -6 address show; "
		"ip neighbour show nud permanent; } | "
		"grep -e 192.0.2 -e 203.0.113 -e ^default -e ^blackhole -e 10.9 -e 2001:db8";
	struct error err;

	for (size_t i = 0; i < N_CASES; i++) {
		ask_case(i, netns, &err);
		if (!runs(err.msg + strlen(PREFACE)))
			return false;
	}
	return runs(nothing);
}

static void ip_takes_them(void **state)
{
	char name[32], path[64], line[128];
	bool right;

	if (geteuid() || unshare(CLONE_NEWNET))
		skip();
	snprintf(name, sizeof(name), "sl-%d-ip", (int)getpid());
	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)getpid());
	assert_true(runs("ip link add p0 type veth peer name p1 && ip link set p0 up &&"
			 " ip link set p1 up && ip address add 198.51.100.1/24 dev p1"));
	snprintf(line, sizeof(line), "ip netns attach %s %d", name, (int)getpid());
	assert_true(runs(line));
	right = ip_takes_all("") && ip_takes_all(name) && ip_takes_all(path);
	snprintf(line, sizeof(line), "ip netns del %s", name);
	assert_true(runs(line));
	assert_true(right);
}

static int setup(void **state)
{
	return route_api_add(NULL, NULL) || neigh_api_add(NULL, NULL) ||
	       iface_api_add(NULL, NULL) || slowpath_api_add(NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sentences),
		cmocka_unit_test(no_answers),
		cmocka_unit_test(a_file),
		cmocka_unit_test(ip_takes_them),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
