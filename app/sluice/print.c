/* SPDX-License-Identifier: BSD-3-Clause */
#include "print.h"

#include <errno.h>
#include <stdint.h>

#include "text.h"

static int print_record(const json_t *object)
{
	struct text text = {0};
	const json_t *value;
	const char *key;

	if (!json_is_object(object))
		return -EPROTO;
	json_object_foreach ((json_t *)(uintptr_t)object, key, value) {
		text_clear(&text);
		text_add(&text, key);
		text_add(&text, ": ");
		text_add_json(&text, value);
		puts(text.buf);
	}
	text_free(&text);
	return 0;
}

int print_result(enum command_format format, const json_t *result)
{
	switch (format) {
	case COMMAND_TABLE:
		return print_table(result);
	case COMMAND_RECORD:
		return print_record(result);
	case COMMAND_STATS:
		return print_stats(result);
	case COMMAND_FWD:
		return print_fwd(result);
	case COMMAND_NONE:
		break;
	}
	return 0;
}
