/* SPDX-License-Identifier: BSD-3-Clause */
/* The sentences of the reader: where, which value, what was found, what was expected. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "reader.h"

#define PATH_LEN    128
#define SEGMENT_LEN 40

const char *reader_printable(char *buf, size_t size, const char *text)
{
	size_t i;

	for (i = 0; i + 1 < size && text[i]; i++)
		buf[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
	buf[i] = '\0';
	if (text[i] && size > 3)
		memcpy(buf + i - 3, "...", 3);
	return buf;
}

/* If node stands in the mapping, write ".key". */
static bool segment_in_map(struct reader *r, const yaml_node_t *map, int node, char *segment)
{
	const yaml_node_pair_t *pair = map->data.mapping.pairs.start;
	const yaml_node_t *key;

	while (pair < map->data.mapping.pairs.top && pair->key != node && pair->value != node)
		pair++;
	if (pair == map->data.mapping.pairs.top)
		return false;
	key = reader_node(r, pair->key);
	segment[0] = '.';
	reader_printable(segment + 1, SEGMENT_LEN - 1,
			 key->type == YAML_SCALAR_NODE ? (const char *)key->data.scalar.value
						       : "?");
	return true;
}

/* If node stands in the list, write "[index]". */
static bool segment_in_list(const yaml_node_t *list, int node, char *segment)
{
	const yaml_node_item_t *start = list->data.sequence.items.start, *item = start;

	while (item < list->data.sequence.items.top && *item != node)
		item++;
	if (item == list->data.sequence.items.top)
		return false;
	snprintf(segment, SEGMENT_LEN, "[%td]", item - start);
	return true;
}

/* The collection that node was written in, and node's name in it; 0 for the root. libyaml numbers a
 * collection before what it holds, and the last one before node that holds it is no alias. */
static int parent(struct reader *r, int node, char *segment)
{
	for (int id = node - 1; id > 0; id--) {
		const yaml_node_t *n = reader_node(r, id);

		if (n->type == YAML_MAPPING_NODE && segment_in_map(r, n, node, segment))
			return id;
		if (n->type == YAML_SEQUENCE_NODE && segment_in_list(n, node, segment))
			return id;
	}
	return 0;
}

/* "ports[0].mtu", written from the end of buf; "" for the root. */
static const char *path(struct reader *r, int node, char buf[PATH_LEN])
{
	char *start = buf + PATH_LEN - 1;
	char segment[SEGMENT_LEN];

	*start = '\0';
	while ((node = parent(r, node, segment))) {
		size_t len = strlen(segment);

		if ((size_t)(start - buf) < len)
			break;
		start -= len;
		memcpy(start, segment, len);
	}
	return *start == '.' ? start + 1 : start;
}

__attribute__((format(printf, 4, 0))) static int refuse(struct reader *r, int at, int path_of,
							const char *fmt, va_list ap)
{
	const yaml_mark_t *mark = &reader_node(r, at)->start_mark;
	char msg[ERROR_LEN], buf[PATH_LEN];
	const char *where = path(r, path_of, buf);

	vsnprintf(msg, sizeof(msg), fmt, ap);
	return error_set(r->err, -EINVAL, "%s:%zu:%zu: %s%s%s", r->name, mark->line + 1,
			 mark->column + 1, where, *where ? ": " : "", msg);
}

int reader_refuse(struct reader *r, int node, const char *fmt, ...)
{
	va_list ap;
	int ret;

	va_start(ap, fmt);
	ret = refuse(r, node, node, fmt, ap);
	va_end(ap);
	return ret;
}

int reader_refuse_key(struct reader *r, int key, int map, const char *fmt, ...)
{
	va_list ap;
	int ret;

	va_start(ap, fmt);
	ret = refuse(r, key, map, fmt, ap);
	va_end(ap);
	return ret;
}

int reader_refuse_field(struct reader *r, const void *field, const char *fmt, ...)
{
	int node = reader_origin(r, field);
	va_list ap;
	int ret;

	va_start(ap, fmt);
	ret = refuse(r, node, node, fmt, ap);
	va_end(ap);
	return ret;
}

static const char *found(const yaml_node_t *n, char *buf, size_t size)
{
	char text[64];

	if (n->type == YAML_SEQUENCE_NODE)
		return "a list";
	if (n->type == YAML_MAPPING_NODE)
		return "a mapping";
	if (!n->data.scalar.length)
		return "an empty value";
	reader_printable(text, sizeof(text), (const char *)n->data.scalar.value);
	snprintf(buf, size, "'%s'", text);
	return buf;
}

__attribute__((format(printf, 3, 0))) static int expected(struct reader *r, int node,
							  const char *fmt, va_list ap)
{
	char text[256], buf[80];

	vsnprintf(text, sizeof(text), fmt, ap);
	return reader_refuse(r, node, "found %s, expected %s",
			     found(reader_node(r, node), buf, sizeof(buf)), text);
}

int reader_expected(struct reader *r, int node, const char *fmt, ...)
{
	va_list ap;
	int ret;

	va_start(ap, fmt);
	ret = expected(r, node, fmt, ap);
	va_end(ap);
	return ret;
}

int reader_expected_field(struct reader *r, const void *field, const char *fmt, ...)
{
	va_list ap;
	int ret;

	va_start(ap, fmt);
	ret = expected(r, reader_origin(r, field), fmt, ap);
	va_end(ap);
	return ret;
}

int reader_no_memory(struct reader *r)
{
	return error_set(r->err, -ENOMEM, "%s: out of memory", r->name);
}
