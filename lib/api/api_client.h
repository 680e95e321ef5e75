/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One connection. Requests are taken one at a time: the next is read from the buffer when the last
 * byte of the answer before it has been handed to the kernel, and so is the next slice of an
 * answer. So a client costs at most one line of input and one answer, or slice of it, of memory,
 * and one request a turn of the event loop. Of slices, which take their time, there is one a turn
 * for all clients together: those who want one stand in line. Context: control.
 */
#ifndef SLUICE_API_CLIENT_H
#define SLUICE_API_CLIENT_H

#include <stdbool.h>
#include <sys/queue.h>

#include "api_request.h"

struct event_base;

struct event;

struct api_clients {
	LIST_HEAD(, api_client) list;  /* the one whose last request is the newest stands first */
	TAILQ_HEAD(, api_client) line; /* for the next slice */
	struct event *serve;           /* the first in the line */
};

/* 0 or -ENOMEM. */
int api_clients_init(struct api_clients *clients, struct event_base *base);
/* Close all connections. */
void api_clients_fini(struct api_clients *clients);

/* Serve the connection fd (non-blocking; taken over, closed on an error too) with the commands of
 * `entries`, and insert it into `clients`, which it leaves by itself. 0 or -ENOMEM. */
int api_client_create(struct event_base *base, int fd, const struct api_entries *entries,
		      struct api_clients *clients);

/* Close the connection at once. */
void api_client_destroy(struct api_client *client);

/* How many there are. */
unsigned api_clients_count(const struct api_clients *clients);

/* Close the connection that has been idle longest: since its last request, or since it came. One
 * that is being answered is not idle. False when there is none. */
bool api_clients_drop_idle(struct api_clients *clients);

#endif
