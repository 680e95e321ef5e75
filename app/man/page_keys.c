/* SPDX-License-Identifier: BSD-3-Clause */
/* The keys of the configuration. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "pages.h"
#include "roff.h"
#include "tables.h"

#define PATH_LEN 128

/* Of a list: how many items, and what they are. */
static void print_list(const struct schema_key *key)
{
	char item[128];

	schema_value(key->item, item, sizeof(item));
	if (key->max == SCHEMA_NO_LIMIT)
		printf("a list, each item ");
	else
		printf("a list of %s%" PRIu64 " items, each ", key->min ? "1 to " : "at most ",
		       key->max);
	roff_text(item);
}

static void print_value(const struct schema_key *key)
{
	char value[128];

	schema_value(key, value, sizeof(value));
	if (key->read == schema_read_list)
		print_list(key);
	else
		roff_text(value);
}

static void print_default(const struct schema_key *key)
{
	if (key->required) {
		puts("Required.");
		return;
	}
	if (key->read == schema_read_section)
		return;
	fputs("Default: ", stdout);
	if (key->otherwise)
		roff_text(key->otherwise);
	else if (key->text_by_default)
		roff_literal(*key->text_by_default ? key->text_by_default : "empty");
	else if (key->read == schema_read_bool)
		fputs(key->by_default ? "true" : "false", stdout);
	else if (key->read == schema_read_word)
		roff_literal(key->words[key->by_default]);
	else if (key->read == schema_read_list)
		fputs("none", stdout);
	else
		printf("%" PRIu64, key->by_default);
	puts(".");
}

static void print_table(const char *path, const struct schema_key *keys);

/* What stands in the key, by its path: "dpdk", "ports[]", "routes[].via[]". */
static void print_below(const char *path, const struct schema_key *key)
{
	const struct schema_key *keys = key->item ? key->item->keys : key->keys;
	char below[PATH_LEN];

	snprintf(below, sizeof(below), "%s%s%s%s", path, *path ? "." : "", key->name,
		 key->item ? "[]" : "");
	if (keys)
		print_table(below, keys);
}

static void print_table(const char *path, const struct schema_key *keys)
{
	printf(".SS %s\n", *path ? path : "The file");
	for (const struct schema_key *key = keys; key->name; key++) {
		puts(".TP");
		roff_bold(key->name);
		fputs(": ", stdout);
		print_value(key);
		putchar('\n');
		roff_sentence(key->help);
		print_default(key);
	}
	for (const struct schema_key *key = keys; key->name; key++)
		print_below(path, key);
}

void page_keys(void)
{
	print_table("", tables_root.keys);
}

void page_punts(void)
{
	static const struct {
		const char *name;
		unsigned rate, burst;
		const char *what;
	} punts[] = {
#define PUNT(reason, class, rate, burst, what) {#reason "/" #class, rate, burst, what},
#include "node/punts.def"
#undef PUNT
	};

	for (size_t i = 0; i < sizeof(punts) / sizeof(*punts); i++) {
		puts(".TP");
		roff_bold(punts[i].name);
		printf(" (%u, %u)\n", punts[i].rate, punts[i].burst);
		roff_text(punts[i].what);
		putchar('\n');
	}
}

void page_config_path(void)
{
	roff_literal(CONFIG_PATH);
}

void page_api_path(void)
{
	for (const struct schema_key *key = tables_root.keys; key->name; key++)
		if (!strcmp(key->name, "api"))
			roff_literal(key->text_by_default);
}
