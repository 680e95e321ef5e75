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

static json_t *run(const struct api_entry *entry, json_t *args)
{
	struct error err = {.msg = "the command failed"};
	json_t *result = NULL;
	int ret = spec_check(&entry->spec, args, &err);

	if (!ret)
		ret = entry->command->run(entry->ctx, args, &result, &err);
	if (ret) {
		json_decref(result);
		return refusal(ret, err.msg);
	}
	return json_pack("{s:b, s:o}", "ok", 1, "result", result ? result : json_null());
}

/* Check the shape of a request; run it. A new reference. */
static json_t *dispatch(const struct api_entries *entries, json_t *request)
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
	answer = run(entry, args);
	json_decref(none);
	return answer;
}

static int append(const char *text, size_t size, void *out)
{
	return evbuffer_add(out, text, size);
}

/* The answer as one line at the end of `out`: all of it or nothing. Takes the reference. */
static int write_line(json_t *answer, struct evbuffer *out)
{
	struct evbuffer *line = evbuffer_new();
	int ret = -ENOMEM;

	if (!line || !answer)
		goto free_all;
	ret = -EINVAL;
	if (json_dump_callback(answer, append, line, JSON_COMPACT))
		goto free_all;
	ret = evbuffer_add(line, "\n", 1) || evbuffer_add_buffer(out, line) ? -ENOMEM : 0;
free_all:
	if (line)
		evbuffer_free(line);
	json_decref(answer);
	return ret;
}

int api_request_refuse(struct evbuffer *out, int code, const char *text)
{
	return write_line(refusal(code, text), out);
}

int api_request_answer(const struct api_entries *entries, const char *line, size_t len,
		       struct evbuffer *out)
{
	json_error_t json_err;
	json_t *request, *answer, *id;
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
	answer = dispatch(entries, request);
	id = json_object_get(request, "id");
	if (answer && id)
		json_object_set(answer, "id", id);
	json_decref(request);
	ret = write_line(answer, out);
	/* A result that has no JSON form (it is not UTF-8) is the handler's fault. */
	return ret == -EINVAL ? api_request_refuse(out, -EIO, "the result cannot be written") : ret;
}
