/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines of a file of routes. Context: control thread. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ip_command.h"
#include "route_change_api.h"
#include "route_ctl.h"
#include "route_line.h"
#include "router.h"
#include "spec.h"

/* What a request may take of a turn of the control thread, beside its last line. A line may change
 * what a whole table says, so their number bounds no time. */
#define TURN_NS 5000000

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* The arguments of the command whose words a line goes on. */
static const char *args_of_add(void)
{
#define COMMAND(words, args, help, format, handler) \
	if (!strcmp(words, "route add"))            \
		return args;
#include "route_commands.def"
#undef COMMAND
	return "";
}

/* A line that needs the grammar. */
static int set_by_words(struct router *r, const struct spec *add, int n, char *const *words,
			struct error *err)
{
	json_t *args = NULL, *result = NULL;
	int ret = spec_args_parse(add, n, words, &args, err);

	if (!ret)
		ret = route_cmd_add(r, args, &result, err);
	json_decref(result);
	json_decref(args);
	return ret;
}

/* 1: it was a route; 0: it says nothing; or -errno. */
static int load_line(struct router *r, const struct spec *add, char *line, struct error *err)
{
	struct route_hop hop = {.has_gateway = true, .weight = 1};
	char *words[ROUTE_LINE_WORDS];
	struct ip_prefix prefix;
	int n = route_line_split(line, words), ret;

	if (!n)
		return 0;
	if (route_line_simple(words, n, &prefix, &hop.gateway))
		ret = route_static_set(r->routes, &prefix, ROUTE_UNICAST, &hop, 1, err);
	else
		ret = set_by_words(r, add, n, words, err);
	return ret ? ret : 1;
}

/* As many lines as there is time for, but one at least, so that who asks again gets on. The text is
 * cut. */
static int load_lines(struct router *r, char *text, json_t **result, struct error *err)
{
	uint64_t begin = now_ns();
	int routes = 0, line = 0, ret = 0;
	struct spec add;

	if (spec_parse(args_of_add(), &add, err))
		return -EINVAL;
	while (*text && ret >= 0 && (!line || now_ns() - begin < TURN_NS)) {
		size_t len = strcspn(text, "\n");
		char *next = text + len + (text[len] == '\n');

		text[len] = '\0';
		line++;
		ret = load_line(r, &add, text, err);
		routes += ret > 0;
		text = next;
	}
	*result = json_pack("{si si}", "routes", routes, ret < 0 ? "line" : "lines", line);
	if (!*result && ret >= 0)
		return error_set(err, -ENOMEM, "out of memory");
	return ret < 0 ? ret : 0;
}

static int refuse(const struct router *r, struct error *err)
{
	struct ip_command c;

	ip_command_begin(&c, r->netns, "", "-batch FILE");
	ip_command_add(&c, "(of lines such as: route replace PREFIX via GATEWAY)", NULL);
	return ip_command_refuse(err, &c);
}

int route_cmd_load(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const char *lines = command_text(args, SPEC_FILE_KEY);
	struct router *r = ctx;
	char *text;
	int ret;

	if (r->linux_control)
		return refuse(r, err);
	if (strlen(lines) > ROUTE_LINES_MAX)
		return error_set(err, -EMSGSIZE, "lines of %zu bytes, at most %d are taken at once",
				 strlen(lines), ROUTE_LINES_MAX);
	text = strdup(lines);
	if (!text)
		return error_set(err, -ENOMEM, "out of memory");
	ret = load_lines(r, text, result, err);
	free(text);
	return ret;
}
