/* SPDX-License-Identifier: BSD-3-Clause */
#include "api_request.h"

#include <errno.h>
#include <string.h>

#include <event2/buffer.h>

const struct api_entry *api_entry_find(const struct api_entries *entries, const char *words)
{
	for (unsigned i = 0; i < entries->n; i++)
		if (!strcmp(entries->list[i].command->words, words))
			return &entries->list[i];
	return NULL;
}

/* The sentence as JSON. It may quote what a client sent, and may be cut within a character: then
 * what is not ASCII is masked, as JSON has to be valid UTF-8. */
static json_t *sentence(const char *text)
{
	json_t *string = json_string(text);
	struct error masked;

	if (string)
		return string;
	error_set(&masked, 0, "%s", text);
	for (char *p = masked.msg; *p; p++)
		if (*p & 0x80)
			*p = '?';
	return json_string(masked.msg);
}

static json_t *refusal(int code, const char *text)
{
	const char *name = strerrorname_np(-code);

	return json_pack("{s:b, s:o, s:s}", "ok", 0, "error", sentence(text), "errno",
			 name ? name : "EIO");
}

static json_t *run(const struct api_entry *entry, json_t *args, struct api_rows *rows)
{
	struct error err = {.msg = "the command failed"};
	json_t *result = NULL;
	int ret = spec_check(&entry->spec, args, &err);

	if (!ret && entry->command->rows) {
		*rows = (struct api_rows){.entry = entry, .args = json_incref(args)};
		return NULL;
	}
	if (!ret)
		ret = entry->command->run(entry->ctx, args, &result, &err);
	if (ret) {
		json_t *answer = refusal(ret, err.msg);

		if (result)
			json_object_set_new(answer, "result", result);
		return answer;
	}
	return json_pack("{s:b, s:o}", "ok", 1, "result", result ? result : json_null());
}

/* Check the shape of a request; run it. A new reference; or NULL: its rows have to be asked for. */
static json_t *dispatch(const struct api_entries *entries, json_t *request, struct api_rows *rows)
{
	const json_t *command = json_object_get(request, "command");
	json_t *args = json_object_get(request, "args"), *none = NULL, *answer;
	const struct api_entry *entry;
	struct error err;
	const char *key;
	json_t *value;

	json_object_foreach (request, key, value) {
		if (strcmp(key, "command") && strcmp(key, "args") && strcmp(key, "id")) {
			error_set(&err, 0,
				  "unknown member '%.64s' of the request: expected command, args, "
				  "id",
				  key);
			return refusal(-EINVAL, err.msg);
		}
	}
	if (!json_is_string(command))
		return refusal(-EINVAL, "the request has no command: expected a string");
	entry = api_entry_find(entries, json_string_value(command));
	if (!entry) {
		error_set(&err, 0, "unknown command '%.64s'", json_string_value(command));
		return refusal(-ENOSYS, err.msg);
	}
	if (!args || json_is_null(args))
		args = none = json_object();
	answer = run(entry, args, rows);
	json_decref(none);
	return answer;
}

static int append(const char *text, size_t size, void *out)
{
	return evbuffer_add(out, text, size);
}

static int add_text(struct evbuffer *out, const char *text)
{
	return evbuffer_add(out, text, strlen(text)) ? -ENOMEM : 0;
}

/* The members of an object, or the elements of an array, without what encloses them. -EIO when it
 * has no JSON form (it is not UTF-8), which is the handler's fault. */
static int add_inside(struct evbuffer *out, const json_t *value)
{
	const size_t flags = JSON_COMPACT | JSON_EMBED | COMMAND_JSON_REALS;

	return json_dump_callback(value, append, out, flags) ? -EIO : 0;
}

/* The id, if there is one, and the end of the answer. */
static int add_end(struct evbuffer *out, const json_t *id)
{
	int ret = 0;

	if (id) {
		ret = add_text(out, ",\"id\":");
		if (!ret && json_dump_callback(id, append, out, JSON_COMPACT | JSON_ENCODE_ANY))
			ret = -ENOMEM;
	}
	return ret ? ret : add_text(out, "}\n");
}

/* Write the answer as one line at the end of `out`: all of it or nothing. Takes the reference to
 * the answer. */
static int write_line(json_t *answer, const json_t *id, struct evbuffer *out)
{
	struct evbuffer *line = evbuffer_new();
	int ret = -ENOMEM;

	if (!line || !answer)
		goto free_all;
	ret = add_text(line, "{");
	if (!ret)
		ret = add_inside(line, answer);
	if (!ret)
		ret = add_end(line, id);
	if (!ret && evbuffer_add_buffer(out, line))
		ret = -ENOMEM;
free_all:
	if (line)
		evbuffer_free(line);
	json_decref(answer);
	return ret;
}

int api_request_refuse(struct evbuffer *out, int code, const char *text)
{
	return write_line(refusal(code, text), NULL, out);
}

void api_rows_drop(struct api_rows *rows)
{
	if (!rows->entry)
		return;
	json_decref(rows->args);
	json_decref(rows->id);
	rows->entry = NULL;
}

/* Write the slice behind `before` (a comma, or the beginning of the answer) and, unless there are
 * more, the end of the answer. */
static int write_slice(struct api_rows *rows, const json_t *slice, bool more, struct evbuffer *out)
{
	int ret = 0;

	if (json_array_size(slice) || !more)
		ret = add_text(out, !rows->begun             ? "{\"ok\":true,\"result\":["
				    : json_array_size(slice) ? ","
							     : "");
	if (!ret)
		ret = add_inside(out, slice);
	if (!ret && !more)
		ret = add_text(out, "]");
	if (!ret && !more)
		ret = add_end(out, rows->id);
	rows->begun |= json_array_size(slice) != 0;
	return ret;
}

/* One more slice into `text`. 1: there are more; or -errno and err. */
static int add_slice(struct api_rows *rows, struct evbuffer *text, struct error *err)
{
	const struct api_entry *entry = rows->entry;
	json_t *slice = json_array();
	int ret = -ENOMEM, more;

	if (slice)
		ret = entry->command->rows(entry->ctx, rows->args, rows->cursor, slice, err);
	more = ret;
	if (ret >= 0)
		ret = write_slice(rows, slice, more, text);
	json_decref(slice);
	return ret ? ret : more;
}

int api_rows_next(struct api_rows *rows, struct evbuffer *out)
{
	struct error err = {.msg = "the result cannot be written"};
	struct evbuffer *text = evbuffer_new();
	bool begun = rows->begun;
	int ret;

	if (!text)
		return -ENOMEM;
	ret = add_slice(rows, text, &err);
	if (ret < 0 && begun)
		goto free_text;
	if (ret <= 0) {
		if (ret < 0)
			ret = write_line(refusal(ret, err.msg), rows->id, out);
		else
			ret = evbuffer_add_buffer(out, text) ? -ENOMEM : 0;
		api_rows_drop(rows);
	} else {
		ret = evbuffer_add_buffer(out, text) ? -ENOMEM : 0;
	}
free_text:
	evbuffer_free(text);
	return ret;
}

int api_request_answer(const struct api_entries *entries, const char *line, size_t len,
		       struct evbuffer *out, struct api_rows *rows)
{
	json_t *request, *answer, *id;
	json_error_t json_err;
	struct error err;
	int ret;

	request = json_loadb(line, len, JSON_REJECT_DUPLICATES, &json_err);
	if (!json_is_object(request)) {
		if (request)
			error_set(&err, 0, "the request is not a JSON object");
		else
			error_set(&err, 0, "the request is not valid JSON: byte %d: %s",
				  json_err.position, json_err.text);
		json_decref(request);
		return api_request_refuse(out, -EINVAL, err.msg);
	}
	answer = dispatch(entries, request, rows);
	id = json_object_get(request, "id");
	if (rows->entry) {
		rows->id = json_incref(id);
		ret = 0;
	} else {
		ret = write_line(answer, id, out);
		if (ret == -EIO)
			ret = write_line(refusal(ret, "the result cannot be written"), id, out);
	}
	json_decref(request);
	return ret;
}
