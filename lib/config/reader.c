/* SPDX-License-Identifier: BSD-3-Clause */
#include "reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What libyaml was doing: of an encoding error it knows the byte, of others where that began. */
static const char *yaml_context(const yaml_parser_t *p, char *buf, size_t size)
{
	if (p->error == YAML_READER_ERROR)
		snprintf(buf, size, " at byte %zu of the file", p->problem_offset + 1);
	else if (p->context)
		snprintf(buf, size, " %s that begins in line %zu", p->context,
			 p->context_mark.line + 1);
	else
		buf[0] = '\0';
	return buf;
}

/* An encoding error has no mark: how far the parser has come is near enough. Where there is no
 * problem either, libyaml was out of memory and forgot to say so. */
static int refuse_yaml(struct reader *r, const yaml_parser_t *p, FILE *file)
{
	const yaml_mark_t *at = p->error == YAML_READER_ERROR ? &p->mark : &p->problem_mark;
	char context[128];

	if (p->error == YAML_MEMORY_ERROR || !p->problem)
		return reader_no_memory(r);
	if (ferror(file))
		return error_set(r->err, -errno, "%s: cannot be read: %s", r->name,
				 strerror(errno));
	return error_set(r->err, -EINVAL, "%s:%zu:%zu: not YAML: %s%s", r->name, at->line + 1,
			 at->column + 1, p->problem, yaml_context(p, context, sizeof(context)));
}

static int refuse_second(struct reader *r, yaml_document_t *doc)
{
	const yaml_mark_t *at = &doc->start_mark;

	return error_set(r->err, -EINVAL,
			 "%s:%zu:%zu: found a second YAML document, expected only one", r->name,
			 at->line + 1, at->column + 1);
}

/* Collections in collections, deeper than any file needs: libyaml takes the square of the depth in
 * time, and its errors are for the second pass. */
static int check_depth(struct reader *r, yaml_parser_t *parser, FILE *file)
{
	yaml_event_type_t type = YAML_NO_EVENT;
	unsigned depth = 0;

	while (type != YAML_STREAM_END_EVENT) {
		yaml_event_t event;
		yaml_mark_t at;

		if (!yaml_parser_parse(parser, &event))
			return 0;
		type = event.type;
		at = event.start_mark;
		yaml_event_delete(&event);
		if (type == YAML_SEQUENCE_START_EVENT || type == YAML_MAPPING_START_EVENT)
			depth++;
		else if (type == YAML_SEQUENCE_END_EVENT || type == YAML_MAPPING_END_EVENT)
			depth--;
		if (depth > READER_MAX_DEPTH)
			return error_set(r->err, -EINVAL,
					 "%s:%zu:%zu: found lists and mappings more than %d deep",
					 r->name, at.line + 1, at.column + 1, READER_MAX_DEPTH);
	}
	return 0;
}

static int load(struct reader *r, yaml_parser_t *parser, FILE *file)
{
	yaml_document_t second;
	int ret = 0;

	if (!yaml_parser_load(parser, &r->doc))
		return refuse_yaml(r, parser, file);
	if (!yaml_document_get_root_node(&r->doc))
		return error_set(r->err, -EINVAL,
				 "%s:1:1: found an empty file, expected a mapping (key: value)",
				 r->name);
	if (!yaml_parser_load(parser, &second))
		return refuse_yaml(r, parser, file);
	if (yaml_document_get_root_node(&second))
		ret = refuse_second(r, &second);
	yaml_document_delete(&second);
	return ret;
}

/* One pass over the file, from where it stands. */
static int with_parser(struct reader *r, FILE *file,
		       int (*pass)(struct reader *, yaml_parser_t *, FILE *))
{
	yaml_parser_t parser;
	int ret;

	if (!yaml_parser_initialize(&parser))
		return reader_no_memory(r);
	yaml_parser_set_input_file(&parser, file);
	ret = pass(r, &parser, file);
	yaml_parser_delete(&parser);
	return ret;
}

int reader_open(struct reader *r, FILE *file, const char *name, struct error *err)
{
	long start = ftell(file);
	int ret;

	*r = (struct reader){.name = name, .err = err};
	ret = with_parser(r, file, check_depth);
	if (!ret && (start < 0 || fseek(file, start, SEEK_SET)))
		ret = error_set(err, -errno, "%s: cannot be read twice: %s", name, strerror(errno));
	if (!ret)
		ret = with_parser(r, file, load);
	if (ret)
		reader_close(r);
	return ret;
}

void reader_close(struct reader *r)
{
	yaml_document_delete(&r->doc);
	free(r->notes);
	r->notes = NULL;
}

yaml_node_t *reader_node(struct reader *r, int node)
{
	return yaml_document_get_node(&r->doc, node);
}

int reader_line(struct reader *r, int node)
{
	return (int)reader_node(r, node)->start_mark.line + 1;
}

static int note(struct reader *r, int node, const void *field)
{
	size_t size = r->notes_size ? 2 * r->notes_size : 64;
	struct reader_note *notes = r->notes;

	if (r->n_notes == r->notes_size) {
		notes = reallocarray(notes, size, sizeof(*notes));
		if (!notes)
			return reader_no_memory(r);
		r->notes = notes;
		r->notes_size = size;
	}
	notes[r->n_notes++] = (struct reader_note){.field = field, .node = node};
	return 0;
}

/* libyaml gives a node without a tag the plain one of its kind. */
static const char *plain_tag(const yaml_node_t *n)
{
	if (n->type == YAML_SCALAR_NODE)
		return YAML_DEFAULT_SCALAR_TAG;
	return n->type == YAML_SEQUENCE_NODE ? YAML_DEFAULT_SEQUENCE_TAG : YAML_DEFAULT_MAPPING_TAG;
}

int reader_visit(struct reader *r, int node, const void *field)
{
	size_t n_nodes = (size_t)(r->doc.nodes.top - r->doc.nodes.start);
	const yaml_node_t *n = reader_node(r, node);
	const char *tag = (const char *)n->tag;
	char buf[48];

	if (r->n_notes >= n_nodes + READER_MAX_REPEATED)
		return reader_refuse(r, node, "aliases repeat more than %d values",
				     READER_MAX_REPEATED);
	if (strcmp(tag, plain_tag(n)))
		return reader_refuse(r, node, "found the tag '%s', expected a value without a tag",
				     reader_printable(buf, sizeof(buf), tag));
	if (n->type == YAML_SCALAR_NODE &&
	    strlen((const char *)n->data.scalar.value) != n->data.scalar.length)
		return reader_refuse(r, node, "found a zero byte, expected text without one");
	return note(r, node, field);
}

int reader_origin(struct reader *r, const void *field)
{
	for (size_t i = 0; i < r->n_notes; i++)
		if (r->notes[i].field == field)
			return r->notes[i].node;
	return READER_ROOT;
}
