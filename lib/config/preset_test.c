/* SPDX-License-Identifier: BSD-3-Clause */
/* Presets: those of drivers-cfg/ (its path is the argument), and each way to write one wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "preset.h"

static const char *drivers_cfg;

/* The drivers that must have one, by DPDK's names. */
static const char *const wanted[] = {
	"net_virtio", "net_vmxnet3",    "net_ena",        "net_gve",    "net_ixgbe",
	"net_i40e",   "net_ixgbe_vf",   "net_ice",        "net_iavf",   "net_igc",
	"mlx5_pci",   "mlx5_auxiliary", "net_bnxt",       "net_nfp_pf", "net_nfp_vf",
	"net_af_xdp", "net_af_packet",  "net_tap",        "net_memif",  "net_vhost",
	"net_pcap",   "net_bonding",    "net_virtio_user"};

static const char example[] = "drivers: [net_a, net_b]\n"
			      "about: what it is\n"
			      "rx_descriptors: 2048\n"
			      "tx_descriptors: default\n"
			      "burst: 32\n"
			      "offloads: {rx: [ipv4_cksum, scatter], tx: []}\n"
			      "leave: {rx: [tcp_lro], tx: [mbuf_fast_free]}\n"
			      "rss: {fields: [ip, sctp], key: 6D5a01}\n"
			      "bind: must-not\n"
			      "traps: [{text: mind it, source: 'https://example.org/a'}]\n"
			      "tried: yes\n"
			      "tried_on: a test\n";

static int parse(const char *text, struct preset_set *set, struct error *err)
{
	FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	int ret;

	assert_non_null(file);
	ret = preset_parse(file, "f", set, err);
	fclose(file);
	return ret;
}

static void every_key(void **state)
{
	static const uint8_t key[] = {0x6d, 0x5a, 0x01};
	struct preset_set set = {0};
	struct error err = {.msg = ""};
	const struct preset *p;

	if (parse(example, &set, &err))
		fail_msg("%s", err.msg);
	p = preset_find(&set, "net_b");
	assert_ptr_equal(p, &set.presets[0]);
	assert_null(preset_find(&set, "net_c"));
	assert_null(preset_find(NULL, "net_a"));
	assert_string_equal(p->about, "what it is");
	assert_int_equal(p->tuning.rx_descriptors, 2048);
	assert_int_equal(p->tuning.tx_descriptors, TUNING_DRIVERS_OWN);
	assert_int_equal(p->tuning.burst, 32);
	assert_int_equal(p->tuning.offloads.rx, 1 << 1 | 1 << 13);
	assert_true(p->tuning.offloads.has_tx && !p->tuning.offloads.tx);
	assert_int_equal(p->leave.rx, 1 << 4);
	assert_int_equal(p->leave.tx, 1 << 16);
	assert_int_equal(p->tuning.rss.fields, TUNING_RSS_IP | TUNING_RSS_SCTP);
	assert_int_equal(p->tuning.rss.kind, TUNING_KEY_BYTES);
	assert_int_equal(p->tuning.rss.key_len, sizeof(key));
	assert_memory_equal(p->tuning.rss.key, key, sizeof(key));
	assert_string_equal(preset_bind_name(p->bind), "must-not");
	assert_int_equal(p->n_traps, 1);
	assert_string_equal(p->traps[0].source, "https://example.org/a");
	assert_int_equal(p->traps[0].line, 10);
	assert_string_equal(p->tried_on, "a test");
	presets_free(&set);
	assert_null(set.presets);
	presets_free(&set);
}

static void refused(const char *text, const char *sentence)
{
	struct preset_set set = {0};
	struct error err = {.msg = "nothing"};

	assert_int_equal(parse(text, &set, &err), -EINVAL);
	assert_string_equal(err.msg, sentence);
	assert_int_equal(set.n, 0);
	presets_free(&set);
}

#define HEAD  "drivers: [d]\nabout: a\nbind: none\n"
#define RIGHT HEAD "tried: no\n"

static void wrong_files(void **state)
{
	refused("\n", "f:1:1: found an empty file, expected a mapping (key: value)");
	refused("[]\n", "f:1:1: found a list, expected a mapping (key: value)");
	refused("a: [\n", "f:2:1: not YAML: did not find expected node content while parsing a "
			  "flow node that begins in line 2");
	refused("about: a\n", "f:1:1: the key 'drivers' is missing");
	refused(HEAD, "f:1:1: the key 'tried' is missing");
	refused(RIGHT "bursts: 1\n", "f:5:1: unknown key 'bursts', did you mean 'burst'?");
	refused(RIGHT "burst: 65\n", "f:5:8: burst: found '65', expected an integer from 1 to 64");
	refused(RIGHT "burst: 0\n", "f:5:8: burst: found '0', expected an integer from 1 to 64");
	refused(RIGHT "rx_descriptors: many\n",
		"f:5:17: rx_descriptors: found 'many', expected 'default' or an integer from 32 "
		"to 32768");
	refused("drivers: []\n",
		"f:1:10: drivers: found an empty list, expected at least one item");
	refused("drivers: [a, b, a]\nabout: a\nbind: none\ntried: no\n",
		"f:1:17: drivers[2]: found 'a', expected each driver once");
	refused("drivers: [d]\nbind: igb_uio\n",
		"f:2:7: bind: found 'igb_uio', expected none, must-not, vfio-pci or "
		"uio_pci_generic");
}

static void wrong_offloads_and_rss(void **state)
{
	refused(RIGHT "offloads: [scatter]\n",
		"f:5:11: offloads: found a list, expected a mapping (key: value)");
	refused(RIGHT "offloads: {rx: scatter}\n",
		"f:5:16: offloads.rx: found 'scatter', expected a list");
	refused(RIGHT "offloads: {rx: [scatter, udp_cksum]}\n",
		"f:5:26: offloads.rx[1]: found 'udp_cksum', expected one of: vlan_strip, "
		"ipv4_cksum, scatter");
	refused(RIGHT "offloads: {tx: [mbuf_fast_free]}\n",
		"f:5:17: offloads.tx[0]: found 'mbuf_fast_free', expected one of: vlan_insert, "
		"multi_segs");
	refused(RIGHT "offloads: {rx: [scatter, scatter]}\n",
		"f:5:26: offloads.rx[1]: found 'scatter', expected each word once");
	refused(RIGHT "offloads: {rx: [scatter]}\nleave: {rx: [tcp_lro, scatter]}\n",
		"f:6:13: leave.rx: found an offload that stands in offloads.rx too");
	refused(RIGHT "rss: {fields: [mac]}\n",
		"f:5:16: rss.fields[0]: found 'mac', expected one of: ip, tcp, udp, sctp");
	refused(RIGHT "rss: {key: 6d5}\n",
		"f:5:12: rss.key: found '6d5', expected 'default', 'symmetric' or the hex digits "
		"of 1 to 128 bytes");
	refused(RIGHT "rss: {key: 6g}\n",
		"f:5:12: rss.key: found '6g', expected 'default', 'symmetric' or the hex digits "
		"of 1 to 128 bytes");
	refused(RIGHT "rss: {key: []}\n",
		"f:5:12: rss.key: found a list, expected 'default', 'symmetric' or the hex digits "
		"of 1 to 128 bytes");
}

static void wrong_traps_and_trials(void **state)
{
	refused(RIGHT "traps: [{text: a}]\n", "f:5:9: traps[0]: the key 'source' is missing");
	refused(RIGHT "traps: [{text: a, source: http://example.org}]\n",
		"f:5:27: traps[0].source: found 'http://example.org', expected a link "
		"(https://...)");
	refused(HEAD "tried: true\n", "f:4:8: tried: found 'true', expected no or yes");
	refused(HEAD "tried: yes\n",
		"f:4:8: tried: found 'yes', expected the key 'tried_on' beside it");
	refused(RIGHT "tried_on: paper\n", "f:5:11: tried_on: found a text, but 'tried' is 'no'");
}

static void a_driver_has_one_preset(void **state)
{
	struct preset_set set = {0};
	struct error err = {.msg = ""};

	assert_int_equal(parse(RIGHT, &set, &err), 0);
	assert_int_equal(parse("drivers: [e, d]\nabout: a\nbind: none\ntried: no\n", &set, &err),
			 -EINVAL);
	assert_string_equal(err.msg,
			    "f:1:14: drivers[1]: found 'd', expected a driver other than those of "
			    "f");
	assert_int_equal(set.n, 1);
	presets_free(&set);
}

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void directories(void **state)
{
	char dir[] = "/tmp/preset_test_XXXXXX", path[256];
	struct preset_set set;
	struct error err;

	assert_non_null(mkdtemp(dir));
	assert_int_equal(presets_load(dir, &set, &err), 0);
	assert_int_equal(set.n, 0);
	write_file(dir, "a.yaml", RIGHT);
	write_file(dir, "notes.txt", "[");
	write_file(dir, ".b.yaml", "[");
	assert_int_equal(presets_load(dir, &set, &err), 0);
	assert_int_equal(set.n, 1);
	presets_free(&set);
	write_file(dir, "b.yaml", "about: [\n");
	assert_int_equal(presets_load(dir, &set, &err), -EINVAL);
	snprintf(path, sizeof(path), "%s/b.yaml:2:1: not YAML", dir);
	assert_memory_equal(err.msg, path, strlen(path));
	assert_null(set.presets);
	for (unsigned i = 0; i < 4; i++) {
		static const char *const names[] = {"a.yaml", "notes.txt", ".b.yaml", "b.yaml"};

		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(presets_load(dir, &set, &err), -ENOENT);
	assert_int_equal(presets_load("/dev/null", &set, &err), -ENOTDIR);
}

static void those_that_are_delivered(void **state)
{
	struct preset_set set;
	struct error err;

	if (presets_load(drivers_cfg, &set, &err))
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		if (!preset_find(&set, wanted[i]))
			fail_msg("no preset for %s", wanted[i]);
	for (unsigned i = 0; i < set.n; i++) {
		const struct preset *p = &set.presets[i];

		if (!p->tuning.rx_descriptors || !p->tuning.tx_descriptors || !p->tuning.burst ||
		    !p->tuning.offloads.has_rx || !p->tuning.offloads.has_tx ||
		    !p->tuning.rss.has_fields || !p->tuning.rss.kind)
			fail_msg("%s: a value is not said", p->path);
		/* The reader has seen to it that each trap has a link. */
		for (unsigned j = 0; j < p->n_traps; j++)
			assert_non_null(p->traps[j].source);
	}
	presets_free(&set);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key),
		cmocka_unit_test(wrong_files),
		cmocka_unit_test(wrong_offloads_and_rss),
		cmocka_unit_test(wrong_traps_and_trials),
		cmocka_unit_test(a_driver_has_one_preset),
		cmocka_unit_test(directories),
		cmocka_unit_test(those_that_are_delivered),
	};

	drivers_cfg = argc > 1 ? argv[1] : "drivers-cfg";
	return cmocka_run_group_tests(tests, NULL, NULL);
}
