/* SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "print.h"
#include "text.h"

struct column {
	const char *key;
	size_t width;
	bool numeric; /* all values are numbers: they stand to the right */
};

struct table {
	struct column *columns;
	size_t n;
};

/* The column of the key, which is probably the i-th; a new one if there is none. */
static struct column *column_of(struct table *table, const char *key, size_t i)
{
	struct column *columns;

	if (i < table->n && !strcmp(table->columns[i].key, key))
		return &table->columns[i];
	for (size_t j = 0; j < table->n; j++)
		if (!strcmp(table->columns[j].key, key))
			return &table->columns[j];
	columns = reallocarray(table->columns, table->n + 1, sizeof(*columns));
	if (!columns)
		return NULL;
	table->columns = columns;
	columns[table->n] = (struct column){.key = key, .numeric = true};
	return &columns[table->n++];
}

/* Take the widths of one row. */
static int measure_row(struct table *table, const json_t *row, struct text *text)
{
	const json_t *value;
	const char *key;
	size_t i = 0;

	if (!json_is_object(row))
		return -EPROTO;
	json_object_foreach ((json_t *)(uintptr_t)row, key, value) {
		struct column *column = column_of(table, key, i++);

		if (!column)
			return -ENOMEM;
		text_clear(text);
		text_add_json(text, value);
		if (text->width > column->width)
			column->width = text->width;
		if (!json_is_number(value) && !json_is_null(value))
			column->numeric = false;
	}
	return 0;
}

static void print_cell(const struct table *table, size_t i, const struct text *text)
{
	const struct column *column = &table->columns[i];
	int pad = (int)(column->width - text->width);

	if (i)
		fputs("  ", stdout);
	if (column->numeric)
		printf("%*s", pad, "");
	fputs(text->buf, stdout);
	if (!column->numeric && i + 1 < table->n)
		printf("%*s", pad, "");
}

/* The keys in capitals: RX-PACKETS. */
static void header(struct text *text, const char *key)
{
	text_clear(text);
	text_add(text, key);
	for (char *p = text->buf; *p; p++)
		*p = *p == '_' ? '-' : (char)toupper((unsigned char)*p);
}

static void print_lines(struct table *table, const json_t *rows, struct text *text)
{
	const json_t *row;
	size_t r;

	for (size_t i = 0; i < table->n; i++) {
		header(text, table->columns[i].key);
		if (text->width > table->columns[i].width)
			table->columns[i].width = text->width;
	}
	for (size_t i = 0; i < table->n; i++) {
		header(text, table->columns[i].key);
		print_cell(table, i, text);
	}
	putchar('\n');
	json_array_foreach (rows, r, row) {
		for (size_t i = 0; i < table->n; i++) {
			text_clear(text);
			text_add_json(text, json_object_get(row, table->columns[i].key));
			print_cell(table, i, text);
		}
		putchar('\n');
	}
}

int print_table(const json_t *rows)
{
	struct table table = {0};
	struct text text = {0};
	const json_t *row;
	int ret = json_is_array(rows) ? 0 : -EPROTO;
	size_t r;

	json_array_foreach (rows, r, row) {
		ret = measure_row(&table, row, &text);
		if (ret)
			break;
	}
	if (!ret && json_array_size(rows))
		print_lines(&table, rows, &text);
	text_free(&text);
	free(table.columns);
	return ret;
}
