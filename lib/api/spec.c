/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads the grammar of command.h by recursive descent, one function a rule. */
#include "spec.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOWER  "abcdefghijklmnopqrstuvwxyz0123456789-"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ-"
#define DIGITS "0123456789"

struct cursor {
	const char *at;
	const char *text;
	struct spec *spec;
	struct error *err;
};

static int parse_item(struct cursor *c, const struct spec_arg *frame);

static int bad(const struct cursor *c, const char *expected)
{
	return error_set(c->err, -EINVAL, "arguments '%s', character %td: expected %s", c->text,
			 c->at - c->text + 1, expected);
}

static void skip_spaces(struct cursor *c)
{
	c->at += strspn(c->at, " ");
}

static bool accept(struct cursor *c, const char *mark)
{
	size_t len = strlen(mark);

	if (strncmp(c->at, mark, len))
		return false;
	c->at += len;
	return true;
}

/* Move the longest run of characters of `set` to buf. */
static int take(struct cursor *c, const char *set, char *buf, size_t size, const char *what)
{
	size_t len = strspn(c->at, set);

	if (!len || len >= size)
		return bad(c, what);
	memcpy(buf, c->at, len);
	buf[len] = '\0';
	c->at += len;
	return 0;
}

static int add(struct cursor *c, const struct spec_arg *arg)
{
	struct spec *spec = c->spec;

	if (spec->n == SPEC_ARGS_MAX)
		return bad(c, "fewer arguments");
	for (unsigned i = 0; i < spec->n; i++)
		if (spec->args[i].group == arg->group && !strcmp(spec->args[i].key, arg->key))
			return bad(c, "another name, this one was used before");
	spec->args[spec->n++] = *arg;
	return 0;
}

/* (word|word|...) behind its opening parenthesis. */
static int parse_choices(struct cursor *c, struct spec_arg *arg)
{
	arg->kind = SPEC_CHOICE;
	if (take(c, LOWER "_|", arg->choices, sizeof(arg->choices), "words"))
		return -EINVAL;
	return accept(c, ")") ? 0 : bad(c, "')'");
}

/* MIN..MAX */
static int parse_range(struct cursor *c, struct spec_arg *arg)
{
	char *end;

	arg->kind = SPEC_NUMBER;
	arg->min = strtoll(c->at, &end, 10);
	c->at = end;
	if (!accept(c, "..") || !isdigit((unsigned char)*c->at))
		return bad(c, "'..MAX'");
	arg->max = strtoll(c->at, &end, 10);
	c->at = end;
	return arg->min <= arg->max ? 0 : bad(c, "MIN not above MAX");
}

static int parse_kind(struct cursor *c, struct spec_arg *arg)
{
	static const struct {
		const char *name;
		enum spec_kind kind;
	} kinds[] = {
		{"address", SPEC_ADDRESS}, {"ifaddr", SPEC_IFADDR}, {"prefix", SPEC_PREFIX},
		{"mac", SPEC_MAC},         {"port", SPEC_PORT},     {"protocol", SPEC_PROTOCOL},
		{"file", SPEC_FILE},       {"path", SPEC_PATH},     {"device", SPEC_DEVICE},
		{"iface", SPEC_IFACE},     {"rate", SPEC_RATE},
	};
	char name[SPEC_WORD_LEN];

	if (isdigit((unsigned char)*c->at))
		return parse_range(c, arg);
	if (accept(c, "("))
		return parse_choices(c, arg);
	if (take(c, LOWER, name, sizeof(name), "a kind"))
		return -EINVAL;
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(kinds[i].name, name)) {
			arg->kind = kinds[i].kind;
			return 0;
		}
	return bad(c, "a known kind before this");
}

/* NAME:KIND or NAME:KIND|word; the key is the keyword, if there is one. */
static int parse_value(struct cursor *c, struct spec_arg *arg)
{
	if (take(c, UPPER, arg->name, sizeof(arg->name), "NAME"))
		return -EINVAL;
	strcpy(arg->key, *arg->word ? arg->word + strspn(arg->word, "-") : arg->name);
	for (char *p = arg->key; *p; p++)
		*p = *p == '-' ? '_' : (char)tolower((unsigned char)*p);
	if (!accept(c, ":"))
		return bad(c, "':KIND'");
	if (parse_kind(c, arg))
		return -EINVAL;
	if (arg->kind == SPEC_FILE)
		strcpy(arg->key, SPEC_FILE_KEY);
	if (accept(c, "|") && take(c, LOWER, arg->omit, sizeof(arg->omit), "a word"))
		return -EINVAL;
	return add(c, arg);
}

/* {word ITEM ...}... behind its opening brace. */
static int parse_group(struct cursor *c, const struct spec_arg *frame)
{
	struct spec_arg group = *frame;
	struct spec_arg inner = {.required = true, .group = (int8_t)c->spec->n};

	group.kind = SPEC_GROUP;
	group.required = false;
	if (frame->group >= 0)
		return bad(c, "no group inside a group");
	if (take(c, LOWER, group.word, sizeof(group.word), "a word"))
		return -EINVAL;
	strcpy(group.key, group.word);
	if (add(c, &group))
		return -EINVAL;
	for (skip_spaces(c); *c->at && *c->at != '}'; skip_spaces(c))
		if (parse_item(c, &inner))
			return -EINVAL;
	return accept(c, "}...") ? 0 : bad(c, "'}...'");
}

/* <ITEM | ITEM ...> behind its opening bracket. */
static int parse_one_of(struct cursor *c, const struct spec_arg *frame)
{
	struct spec_arg inner = {.group = -1, .one_of = ++c->spec->one_ofs};

	if (frame->group >= 0 || frame->one_of)
		return bad(c, "no choice of items here");
	do {
		skip_spaces(c);
		if (parse_item(c, &inner))
			return -EINVAL;
		skip_spaces(c);
	} while (accept(c, "|"));
	return accept(c, ">") ? 0 : bad(c, "'|' or '>'");
}

static int parse_optional(struct cursor *c, const struct spec_arg *frame)
{
	struct spec_arg inner = *frame;

	inner.required = false;
	if (parse_item(c, &inner))
		return -EINVAL;
	return accept(c, "]") ? 0 : bad(c, "']'");
}

/* One item. The frame says where it stands: its group, its set, whether it is required. */
static int parse_item(struct cursor *c, const struct spec_arg *frame)
{
	struct spec_arg arg = *frame;

	if (accept(c, "["))
		return parse_optional(c, frame);
	if (accept(c, "{"))
		return parse_group(c, frame);
	if (accept(c, "<"))
		return parse_one_of(c, frame);
	if (accept(c, "--")) {
		if (take(c, LOWER, arg.key, sizeof(arg.key) - 2, "a word"))
			return -EINVAL;
		snprintf(arg.word, sizeof(arg.word), "--%.*s", SPEC_WORD_LEN - 3, arg.key);
		if (c->at[0] == ' ' && isupper((unsigned char)c->at[1])) {
			skip_spaces(c);
			return parse_value(c, &arg);
		}
		arg.kind = SPEC_FLAG;
		arg.required = false;
		return add(c, &arg);
	}
	if (islower((unsigned char)*c->at)) {
		if (take(c, LOWER, arg.word, sizeof(arg.word), "a word"))
			return -EINVAL;
		skip_spaces(c);
	}
	return parse_value(c, &arg);
}

int spec_parse(const char *text, struct spec *spec, struct error *err)
{
	struct cursor c = {.at = text, .text = text, .spec = spec, .err = err};
	struct spec_arg outer = {.required = true, .group = -1};

	memset(spec, 0, sizeof(*spec));
	for (skip_spaces(&c); *c.at; skip_spaces(&c))
		if (parse_item(&c, &outer))
			return -EINVAL;
	return 0;
}

const struct spec_arg *spec_file(const struct spec *spec)
{
	for (unsigned i = 0; i < spec->n; i++)
		if (spec->args[i].kind == SPEC_FILE)
			return &spec->args[i];
	return NULL;
}

void spec_usage(const char *text, char *buf, size_t size)
{
	size_t len = 0;

	for (const char *p = text; *p && len + 1 < size; p++) {
		if (*p == ':') {
			/* Choices are shown in place of the name that stands before them. */
			if (p[1] == '(')
				while (len && strchr(UPPER, buf[len - 1]))
					len--;
			else
				p += strspn(p + 1, LOWER ".");
			continue;
		}
		buf[len++] = *p;
	}
	buf[len] = '\0';
}
