/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "spec.h"

#define ROUTE                                                                           \
	"PREFIX:prefix <{via GATEWAY:address [port NAME:port] [weight N:1..256]}... | " \
	"port NAME:port | type TYPE:(blackhole|block|unreachable)>"

/* Parse the words (separated by spaces) by the spec, compare with the JSON text, or, where that
 * begins with '!', find the rest of it in the error. */
static void expect(const char *text, const char *words, const char *expected)
{
	char line[256], *list[32], *save = NULL;
	struct error err = {""};
	json_t *args = NULL;
	struct spec spec;
	int n = 0, ret;

	assert_int_equal(spec_parse(text, &spec, &err), 0);
	strcpy(line, words);
	for (char *w = strtok_r(line, " ", &save); w; w = strtok_r(NULL, " ", &save))
		list[n++] = w;
	ret = spec_args_parse(&spec, n, list, &args, &err);
	if (*expected == '!') {
		assert_int_equal(ret, -EINVAL);
		if (!strstr(err.msg, expected + 1))
			fail_msg("'%s': '%s' is not in '%s'", words, expected + 1, err.msg);
		return;
	}
	if (ret)
		fail_msg("'%s': %s", words, err.msg);
	else {
		json_t *want = json_loads(expected, 0, NULL);
		char *got = json_dumps(args, JSON_COMPACT);

		if (!json_equal(args, want))
			fail_msg("'%s': got %s", words, got);
		free(got);
		json_decref(want);
	}
	json_decref(args);
}

static void values_of_each_kind(void **state)
{
	expect("ADDRESS:address", "192.0.2.1", "{\"address\": \"192.0.2.1\"}");
	expect("ADDRESS:address", "2001:db8::1", "{\"address\": \"2001:db8::1\"}");
	expect("ADDRESS:address", "192.0.2.0/24", "!not an IPv4 or IPv6 address");
	expect("A:ifaddr", "192.0.2.1/24", "{\"a\": \"192.0.2.1/24\"}");
	expect("A:ifaddr", "192.0.2.1", "!not an address with its length");
	expect("P:prefix", "10.0.0.0/8", "{\"p\": \"10.0.0.0/8\"}");
	expect("P:prefix", "10.0.0.1", "{\"p\": \"10.0.0.1\"}");
	expect("P:prefix", "10.0.0.1/8", "!the prefix is 10.0.0.0/8");
	expect("P:prefix", "10.0.0.0/33", "!not a prefix");
	expect("M:mac", "02:00:00:00:00:01", "{\"m\": \"02:00:00:00:00:01\"}");
	expect("M:mac", "02:00:00:00:00", "!not a MAC address");
	expect("D:device", "net_tap0,iface=t", "{\"d\": \"net_tap0,iface=t\"}");
	expect("D:device", "0000:05:00.0", "{\"d\": \"0000:05:00.0\"}");
	expect("P:port", "0000:05:00.0", "{\"p\": \"0000:05:00.0\"}");
	expect("I:iface", "p0.100", "{\"i\": \"p0.100\"}");
	expect("I:iface", "p\x01", "!not the name of a port, an interface or a bridge");
	expect("R:rate", "10Mbps", "{\"r\": \"10Mbps\"}");
	expect("R:rate", "10", "!not a rate: a number from 1 and pps, kpps, Mpps, bps, kbps, Mbps");
	expect("P:port", "p\x01", "!not the name of a port");
	expect("P:port", "p\xc3\xa9", "!not the name of a port");
	expect("P:protocol", "tcp", "{\"p\": 6}");
	expect("P:protocol", "255", "{\"p\": 255}");
	expect("P:protocol", "256", "!sctp or a number from 0 to 255");
	expect("FILE:file", "-", "{\"lines\": \"-\"}");
	expect("FILE:file", "a/b#c", "{\"lines\": \"a/b#c\"}");
	expect("FILE:file", "\xff", "!FILE: '\xff' is not the path of a file");
	expect("FILE:file", "", "!FILE is missing");
	expect("DIR:path", "a/b", "{\"dir\": \"a/b\"}");
	expect("DIR:path", "\xff", "!dir: '\xff' is not the path of a file or folder");
	expect("P:protocol", "tcpx", "!'tcpx' is not icmp");
	expect("N:1..256", "256", "{\"n\": 256}");
	expect("N:1..256", "0", "!'0' is not a number from 1 to 256");
	expect("N:1..256", "+1", "!not a number");
	expect("N:1..256", "1x", "!not a number");
	expect("N:1..256", "99999999999999999999999", "!not a number");
	expect("C:(one|only|two)", "two", "{\"c\": \"two\"}");
	expect("C:(one|only|two)", "tw", "{\"c\": \"two\"}");
	expect("C:(one|only|two)", "on", "!'on' is not one of one|only|two");
	expect("C:(on|only)", "on", "{\"c\": \"on\"}");
	expect("C:(one|two)", "one|two", "!not one of");
}

static void places_keywords_and_flags(void **state)
{
	const char *stats = "[PORT:port|all] [--rate]";
	const char *lookup = "ADDRESS:address [source ADDRESS:address] [sport N:0..65535] "
			     "[dport N:0..65535]";

	expect("", "", "{}");
	expect("", "x", "!'x' is one argument too many");
	expect(stats, "", "{}");
	expect(stats, "all", "{}");
	expect(stats, "--rate all", "{\"rate\": true}");
	expect(stats, "p0 --rate", "{\"port\": \"p0\", \"rate\": true}");
	expect("[--root DIR:path] [--rate]", "--rate --root /",
	       "{\"root\": \"/\", \"rate\": true}");
	expect("[--root DIR:path]", "--ro -x", "{\"root\": \"-x\"}");
	expect("[--root DIR:path]", "--root", "!DIR is missing after --root");
	expect("[--root DIR:path]", "/", "!unexpected '/', expected --root");
	expect("--root DIR:path", "", "!--root DIR is missing");
	expect(stats, "p0 p1", "!unexpected 'p1', expected --rate");
	expect(stats, "--rate --rate", "!--rate stands there twice");
	expect(stats, "--late", "!unexpected '--late'");
	expect("A:address port NAME:port mac MAC:mac", "::1 mac 02:00:00:00:00:01 port p0",
	       "{\"a\": \"::1\", \"port\": \"p0\", \"mac\": \"02:00:00:00:00:01\"}");
	expect("A:address port NAME:port", "::1", "!port NAME is missing");
	expect("A:address port NAME:port", "", "!A is missing");
	expect("A:address port NAME:port", "::1 port", "!NAME is missing after port");
	expect("A:address port NAME:port", "::1 port a port b", "!port stands there twice");
	expect(lookup, "::1 source ::2 sp 1 d 2",
	       "{\"address\": \"::1\", \"source\": \"::2\", \"sport\": 1, \"dport\": 2}");
	expect(lookup, "::1 s ::2", "!unexpected 's', expected source, sport, dport");
	expect(lookup, "source", "!'source' is not an IPv4 or IPv6 address");
}

static void groups_and_sets(void **state)
{
	expect(ROUTE, "::/0 via fe80::1 port p0",
	       "{\"prefix\": \"::/0\", \"via\": [{\"gateway\": \"fe80::1\", \"port\": \"p0\"}]}");
	expect(ROUTE, "0.0.0.0/0 via 192.0.2.1 weight 2 port p0 via 192.0.2.2",
	       "{\"prefix\": \"0.0.0.0/0\", \"via\": [{\"gateway\": \"192.0.2.1\", \"weight\": 2, "
	       "\"port\": \"p0\"}, {\"gateway\": \"192.0.2.2\"}]}");
	expect(ROUTE, "0.0.0.0/0 port p0", "{\"prefix\": \"0.0.0.0/0\", \"port\": \"p0\"}");
	expect(ROUTE, "::/0 t bla", "{\"prefix\": \"::/0\", \"type\": \"blackhole\"}");
	expect(ROUTE, "::/0", "!one of via, port, type is needed");
	expect(ROUTE, "::/0 port p0 via ::1", "!via does not go with port");
	expect(ROUTE, "::/0 via ::1 type blackhole", "!type does not go with via");
	expect(ROUTE, "::/0 via ::1 port p0 port p1", "!port");
	expect(ROUTE, "::/0 via", "!via: GATEWAY is missing");
	expect(ROUTE, "::/0 via port p0", "!gateway: 'port' is not");
	expect(ROUTE, "::/0 weight 1", "!unexpected 'weight', expected via, port, type");
	expect(ROUTE, "via ::1", "!prefix: 'via' is not a prefix");
	expect(ROUTE, "::/0 ::/0", "!unexpected '::/0'");
}

/* What a sender of JSON may say, and what becomes of it. */
static void checks_json(void **state)
{
	static const char *const good[][2] = {
		{"{\"prefix\": \"::/0\", \"type\": \"blackhole\", \"via\": []}",
		 "{\"prefix\": \"::/0\", \"type\": \"blackhole\"}"},
		{"{\"prefix\": \"::/0\", \"port\": \"p0\", \"type\": null}",
		 "{\"prefix\": \"::/0\", \"port\": \"p0\"}"},
		{"{\"prefix\": \"::/0\", \"via\": [{\"gateway\": \"::1\", \"weight\": null}]}",
		 "{\"prefix\": \"::/0\", \"via\": [{\"gateway\": \"::1\"}]}"},
	};
	static const char *const bad[][2] = {
		{"[]", "expected an object"},
		{"{}", "PREFIX is missing"},
		{"{\"prefix\": \"::/0\"}", "one of via, port, type"},
		{"{\"prefix\": 1, \"port\": \"p0\"}", "prefix: '1' is not a prefix"},
		{"{\"prefix\": [[\"\\u202e\"]]}", "\\u202E"},
		{"{\"prefix\": \"::/0\", \"port\": \"p0\", \"colour\": 1}",
		 "unknown argument 'colour'"},
		{"{\"prefix\": \"::/0\", \"port\": \"p0\", \"type\": \"block\"}", "only one of"},
		{"{\"prefix\": \"::/0\", \"via\": {}}", "via: expected a list"},
		{"{\"prefix\": \"::/0\", \"via\": [1]}", "via: expected a list of objects"},
		{"{\"prefix\": \"::/0\", \"via\": [{}]}", "via: GATEWAY is missing"},
		{"{\"prefix\": \"::/0\", \"via\": [{\"gateway\": \"::1\", \"weight\": \"2\"}]}",
		 "via: weight: '\"2\"' is not a number"},
		{"{\"prefix\": \"::/0\", \"via\": [{\"gateway\": \"::1\", \"weight\": 2.5}]}",
		 "weight"},
		{"{\"prefix\": \"::/0\", \"via\": [{\"gateway\": \"::1\", \"via\": []}]}",
		 "via: unknown argument 'via'"},
	};
	struct spec spec;
	struct error err;

	assert_int_equal(spec_parse(ROUTE, &spec, &err), 0);
	for (unsigned i = 0; i < sizeof(good) / sizeof(*good); i++) {
		json_t *args = json_loads(good[i][0], 0, NULL);
		json_t *want = json_loads(good[i][1], 0, NULL);

		assert_int_equal(spec_check(&spec, args, &err), 0);
		assert_true(json_equal(args, want));
		json_decref(args);
		json_decref(want);
	}
	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		json_t *args = json_loads(bad[i][0], 0, NULL);

		assert_int_equal(spec_check(&spec, args, &err), -EINVAL);
		if (!strstr(err.msg, bad[i][1]))
			fail_msg("%s: got '%s'", bad[i][0], err.msg);
		json_decref(args);
	}
}

/* Who sends JSON knows of no file. */
static void checks_lines(void **state)
{
	static const char *const cases[][2] = {
		{"{}", "lines: the lines of a file are missing"},
		{"{\"lines\": null}", "lines: the lines of a file are missing"},
		{"{\"lines\": 5}", "lines: '5' is not a string, the lines of a file"},
		{"{\"lines\": [1]}", "lines: '[1]' is not a string, the lines of a file"},
		{"{\"lines\": \"\"}", ""},
	};
	struct spec spec;

	assert_int_equal(spec_parse("FILE:file", &spec, NULL), 0);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		json_t *args = json_loads(cases[i][0], 0, NULL);
		struct error err = {""};

		assert_int_equal(spec_check(&spec, args, &err), *cases[i][1] ? -EINVAL : 0);
		assert_string_equal(err.msg, cases[i][1]);
		json_decref(args);
	}
}

static void normalises_json(void **state)
{
	json_t *args = json_loads("{\"port\": \"all\", \"rate\": false, \"p\": \"udp\"}", 0, NULL);
	json_t *want = json_loads("{\"p\": 17}", 0, NULL);
	struct spec spec;

	assert_int_equal(spec_parse("[PORT:port|all] [--rate] [P:protocol]", &spec, NULL), 0);
	assert_int_equal(spec_check(&spec, args, NULL), 0);
	assert_true(json_equal(args, want));
	json_object_set_new(args, "rate", json_string("yes"));
	assert_int_equal(spec_check(&spec, args, NULL), -EINVAL);
	json_decref(args);
	json_decref(want);
}

#define TOO_MANY                                                                               \
	"A:mac B:mac C:mac D:mac E:mac F:mac G:mac H:mac I:mac J:mac K:mac L:mac M:mac N:mac " \
	"O:mac "                                                                               \
	"P:mac Q:mac"

static void refuses_bad_grammar(void **state)
{
	static const char *const bad[] = {
		"NAME",
		"NAME:",
		"NAME:colour",
		"NAME:1",
		"NAME:1..",
		"NAME:5..1",
		"NAME:(a|b",
		"NAME:()",
		"port",
		"port port",
		"[NAME:port",
		"NAME:port]",
		"{via}",
		"{VIA A:address}...",
		"{via {again A:address}...}...",
		"<A:port | B:port",
		"<A:port | <B:port>>",
		"A:port A:port",
		"--",
		"&",
		"averyveryverylongkeywordindeed A:port",
		TOO_MANY,
	};
	struct spec spec;
	struct error err;

	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (spec_parse(bad[i], &spec, &err) != -EINVAL)
			fail_msg("'%s' was taken", bad[i]);
}

static void usage_has_no_kinds(void **state)
{
	char buf[256];

	spec_usage(ROUTE, buf, sizeof(buf));
	assert_string_equal(buf, "PREFIX <{via GATEWAY [port NAME] [weight N]}... | port NAME | "
				 "type (blackhole|block|unreachable)>");
	spec_usage("[PORT:port|all] [--rate]", buf, sizeof(buf));
	assert_string_equal(buf, "[PORT|all] [--rate]");
	spec_usage(ROUTE, buf, 7);
	assert_string_equal(buf, "PREFIX");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_of_each_kind), cmocka_unit_test(places_keywords_and_flags),
		cmocka_unit_test(groups_and_sets),     cmocka_unit_test(checks_json),
		cmocka_unit_test(checks_lines),        cmocka_unit_test(normalises_json),
		cmocka_unit_test(refuses_bad_grammar), cmocka_unit_test(usage_has_no_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
