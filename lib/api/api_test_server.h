/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests of the API: a server with a few commands, whose loop runs in a thread, and the calls of
 * its clients. Orders of events come from requests and answers, never from waiting a while.
 */
#ifndef SLUICE_API_TEST_SERVER_H
#define SLUICE_API_TEST_SERVER_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api.h"
#include "turns.h"

struct server {
	char dir[32];
	char path[48];
	struct event_base *base;
	struct event *stop_event;
	struct api *api;
	pthread_t thread;
	int stop[2];
	struct turns turns;
	unsigned calls;     /* of handlers: written by the loop's thread */
	uint64_t last_turn; /* in which `rows` was called; its number from 1 on */
	unsigned crowded;   /* calls of `rows` in a turn that had one already */
};

/* The commands, besides those of the API: echo (its arguments), count (calls of many and rows),
 * many (n objects), rows (the same in slices), refuse, garbage (a result without JSON form), real
 * (68.8), nothing. */
extern const struct command server_commands[];
extern const unsigned server_n_commands;

#define ECHO_OK "{\"ok\": true, \"result\": {}}"

/* Set-up and teardown of cmocka: *state is a struct server. Teardown fails when a file of the
 * server's is left. */
int server_start(void **state);
int server_stop(void **state);

/* A connection to the path. */
int server_dial(const char *path);

/* 0 when all went, or -1 when the other side had closed. */
int client_put(int fd, const char *data, size_t len);
int client_put_text(int fd, const char *text);

/* The next line as JSON; NULL at the end of the stream. Reads nothing beyond it. */
json_t *client_get(int fd);

/* Send the line, compare the answer with the expected JSON; where that begins with '!', find the
 * rest in its "error" member. */
void client_ask(int fd, const char *line, const char *expected);

/* The same on a connection of its own. */
void client_ask_once(const struct server *server, const char *line, const char *expected);

#endif
