/* SPDX-License-Identifier: BSD-3-Clause */
#include "text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void text_clear(struct text *text)
{
	text->len = 0;
	text->width = 0;
}

void text_free(struct text *text)
{
	free(text->buf);
	*text = (struct text){0};
}

static void append(struct text *text, const char *bytes, size_t n, size_t width)
{
	if (text->len + n + 1 > text->size) {
		size_t size = 2 * (text->len + n + 1);
		char *buf = realloc(text->buf, size);

		if (!buf) {
			fputs("sluice: out of memory\n", stderr);
			exit(1);
		}
		text->buf = buf;
		text->size = size;
	}
	memcpy(text->buf + text->len, bytes, n);
	text->len += n;
	text->buf[text->len] = '\0';
	text->width += width;
}

/* Length of the UTF-8 sequence at s, its code point in *code; 0 if it is not one. An
 * overlong form yields the code that it hides, and is judged by that. */
static size_t decode(const unsigned char *s, uint32_t *code)
{
	static const unsigned char marks[] = {0xc0, 0xe0, 0xf0}, masks[] = {0xe0, 0xf0, 0xf8};

	if (*s < 0x80) {
		*code = *s;
		return 1;
	}
	for (size_t n = 0; n < 3; n++) {
		if ((*s & masks[n]) != marks[n])
			continue;
		*code = *s & ~masks[n] & 0xffU;
		for (size_t i = 1; i < n + 2; i++) {
			if ((s[i] & 0xc0) != 0x80)
				return 0;
			*code = *code << 6 | (s[i] & 0x3f);
		}
		return n + 2;
	}
	return 0;
}

/* C0, DEL and C1 controls; line and paragraph separators; marks that turn the direction. */
static bool is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x200e || code == 0x200f ||
	       (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

void text_add(struct text *text, const char *string)
{
	const unsigned char *s = (const unsigned char *)string;
	uint32_t code = 0;
	char escape[16];
	size_t n;

	append(text, "", 0, 0);
	for (; *s; s += n) {
		int len;

		n = decode(s, &code);
		if (n && !is_control(code)) {
			append(text, (const char *)s, n, 1);
			continue;
		}
		if (!n || code < 0x100)
			len = snprintf(escape, sizeof(escape), "\\x%02x", n ? code : *s);
		else
			len = snprintf(escape, sizeof(escape), "\\u%04x", code);
		n = n ? n : 1;
		append(text, escape, (size_t)len, (size_t)len);
	}
}

static void add_array(struct text *text, const json_t *array)
{
	const json_t *element;
	size_t i;

	if (!json_array_size(array))
		text_add(text, "-");
	json_array_foreach (array, i, element) {
		if (i)
			text_add(text, ", ");
		text_add_json(text, element);
	}
}

static void add_object(struct text *text, const json_t *object)
{
	size_t start = text->len;
	bool first = true;
	const json_t *value;
	const char *key;

	/* The macro takes an iterator of a mutable object; it changes nothing. */
	json_object_foreach ((json_t *)(uintptr_t)object, key, value) {
		bool bare = first;

		first = false;
		if (json_is_null(value))
			continue;
		if (text->len > start)
			text_add(text, " ");
		if (!bare) {
			text_add(text, key);
			text_add(text, " ");
		}
		text_add_json(text, value);
	}
	if (text->len == start)
		text_add(text, "-");
}

void text_add_json(struct text *text, const json_t *value)
{
	char number[512];

	switch (value ? json_typeof(value) : JSON_NULL) {
	case JSON_STRING:
		text_add(text, *json_string_value(value) ? json_string_value(value) : "-");
		break;
	case JSON_INTEGER:
		snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT,
			 json_integer_value(value));
		text_add(text, number);
		break;
	case JSON_REAL:
		snprintf(number, sizeof(number), "%.2f", json_real_value(value));
		text_add(text, number);
		break;
	case JSON_TRUE:
		text_add(text, "yes");
		break;
	case JSON_FALSE:
		text_add(text, "no");
		break;
	case JSON_ARRAY:
		add_array(text, value);
		break;
	case JSON_OBJECT:
		add_object(text, value);
		break;
	case JSON_NULL:
		text_add(text, "-");
		break;
	}
}

void text_print(FILE *out, const char *string)
{
	struct text text = {0};

	text_add(&text, string);
	fputs(text.buf, out);
	text_free(&text);
}
