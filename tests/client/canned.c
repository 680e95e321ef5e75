/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A daemon for tests of the client: the real server with the real command tables, whose handlers
 * answer with what a file says.
 *
 *   canned SOCKET FILE
 *
 * FILE is a JSON object from the words of a command to its result; {"errno": N, "error": TEXT} as
 * the result refuses, and may have a "result" as well; {"each": [...]} gives one result after
 * another. A command that is not in FILE returns null. On stdout stands "ready", and then
 * {"command": ..., "args": ...} for each command that was run, a line each. SIGTERM ends it.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <event2/event.h>

#include "api.h"

struct canned {
	const char *words;
	json_t *results;
	size_t calls;
};

static int answer(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	struct canned *canned = ctx;
	json_t *value = json_object_get(canned->results, canned->words);
	json_t *each = json_object_get(value, "each");
	json_t *log =
		json_pack("{s:s, s:o}", "command", canned->words, "args", json_deep_copy(args));

	json_dumpf(log, stdout, JSON_COMPACT);
	puts("");
	fflush(stdout);
	json_decref(log);
	if (each)
		value = json_array_get(each, canned->calls++ % json_array_size(each));
	if (json_object_get(value, "errno")) {
		*result = json_incref(json_object_get(value, "result"));
		return error_set(err, -(int)json_integer_value(json_object_get(value, "errno")),
				 "%s", json_string_value(json_object_get(value, "error")));
	}
	*result = json_incref(value);
	return 0;
}

static const struct command commands[] = {
#define COMMAND(words, args, help, format, handler) \
	{words, args, help, COMMAND_##format, answer, NULL},
#include "api/api_commands.def"
#include "bridge/bridge_commands.def"
#include "iface/iface_commands.def"
#include "neigh/neigh_commands.def"
#include "port/port_commands.def"
#include "route/route_commands.def"
#include "worker/placement_commands.def"
#include "worker/storm_commands.def"
#include "worker/worker_commands.def"
#undef COMMAND
};

#define N_COMMANDS (sizeof(commands) / sizeof(*commands))

static void on_term(evutil_socket_t number, short what, void *base)
{
	event_base_loopbreak(base);
}

int main(int argc, char **argv)
{
	struct event_base *base = event_base_new();
	struct event *term = evsignal_new(base, SIGTERM, on_term, base);
	json_t *results = argc == 3 ? json_load_file(argv[2], 0, NULL) : NULL;
	struct canned canned[N_COMMANDS];
	struct error err = {"usage: canned SOCKET FILE"};
	struct api *api = results ? api_create(base, argv[1], API_GROUP_OWN, &err) : NULL;

	if (!api) {
		fprintf(stderr, "canned: %s\n", err.msg);
		return 1;
	}
	for (unsigned i = 0; i < N_COMMANDS; i++) {
		canned[i] = (struct canned){.words = commands[i].words, .results = results};
		if (api_add(api, &commands[i], 1, &canned[i]))
			return 1;
	}
	event_add(term, NULL);
	puts("ready");
	fflush(stdout);
	event_base_dispatch(base);
	api_destroy(api);
	event_free(term);
	event_base_free(base);
	json_decref(results);
	return 0;
}
