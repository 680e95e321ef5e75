/* SPDX-License-Identifier: BSD-3-Clause */
/* Every key says what it is for, what stands behind it and what holds without it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config.h"
#include "tables.h"

typedef void (*visit_fn)(const char *table, const struct schema_key *key);

static void visit(const char *table, const struct schema_key *keys, visit_fn fn)
{
	for (const struct schema_key *key = keys; key->name; key++) {
		fn(table, key);
		if (key->keys)
			visit(key->name, key->keys, fn);
		if (key->item && key->item->keys)
			visit(key->name, key->item->keys, fn);
	}
}

static void check_help(const char *table, const struct schema_key *key)
{
	size_t len = key->help ? strlen(key->help) : 0;

	if (!len || key->help[len - 1] == '.' || key->help[0] < 'A' || key->help[0] > 'Z')
		fail_msg("%s: %s: 'help' is to be sentences without the last full stop", table,
			 key->name);
	for (size_t i = 0; i < len; i++)
		if (key->help[i] < ' ' || key->help[i] > '~')
			fail_msg("%s: %s: 'help' has a character beyond ASCII", table, key->name);
}

static void every_key_has_help(void **state)
{
	visit("", tables_root.keys, check_help);
}

static void check_value(const char *table, const struct schema_key *key)
{
	char buf[128];

	schema_value(key, buf, sizeof(buf));
	if (!*buf || strlen(buf) == sizeof(buf) - 1)
		fail_msg("%s: %s: 'value' is missing, or long", table, key->name);
	if (!key->item)
		return;
	schema_value(key->item, buf, sizeof(buf));
	if (!*buf || strlen(buf) == sizeof(buf) - 1)
		fail_msg("%s: %s: 'value' of its items is missing, or long", table, key->name);
}

static void every_value_is_described(void **state)
{
	visit("", tables_root.keys, check_value);
}

/* Zero is a default that the table tells where zero is a value: of an integer that may be zero, of
 * a bool, of the first word. An empty list speaks for itself. */
static void check_default(const char *table, const struct schema_key *key)
{
	bool told = key->by_default || key->text_by_default || key->otherwise;
	bool zero = key->or_zero || key->read == schema_read_bool || key->read == schema_read_word;
	bool list = key->read == schema_read_list && !key->min;

	if (key->required && told)
		fail_msg("%s: %s: is required, and has a default", table, key->name);
	if (!key->required && !told && !zero && !list && key->read != schema_read_section &&
	    key->read != schema_read_struct)
		fail_msg("%s: %s: what holds without it is not told", table, key->name);
	if (key->by_default && key->read == schema_read_uint &&
	    (key->by_default < key->min || key->by_default > key->max))
		fail_msg("%s: %s: the default is no value for it", table, key->name);
}

static void every_default_is_told(void **state)
{
	visit("", tables_root.keys, check_default);
}

static void defaults_are_set(void **state)
{
	static char text[] = "ports: [{name: p0, device: x}]\n"
			     "routes: [{to: '::/0', via: [{port: p0}]}]\n";
	FILE *file = fmemopen(text, sizeof(text) - 1, "r");
	struct config cfg;

	assert_non_null(file);
	assert_int_equal(config_parse(file, "f", &cfg, NULL), 0);
	fclose(file);
	assert_true(cfg.hugepages);
	assert_int_equal(cfg.limits.routes4, 2000000);
	assert_int_equal(cfg.limits.fdb, 131072);
	assert_int_equal(cfg.routes->via->weight, 1);
	assert_string_equal(cfg.netns, "");
	config_free(&cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_has_help),
		cmocka_unit_test(every_value_is_described),
		cmocka_unit_test(every_default_is_told),
		cmocka_unit_test(defaults_are_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
