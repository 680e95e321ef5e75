/* SPDX-License-Identifier: BSD-3-Clause */
#include "api_client.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "api.h"

struct api_client {
	LIST_ENTRY(api_client) link;
	TAILQ_ENTRY(api_client) in_line;
	struct bufferevent *bev;
	struct api_clients *clients;
	const struct api_entries *entries;
	size_t scanned; /* bytes of the input in which no newline is, so that no byte is searched
			   twice however slowly they drip */
	struct api_rows rows; /* of the answer under way */
	bool waits;           /* in the line */
	bool eof;             /* it sends no more, and may still read */
	bool closing;         /* goes when the output has left */
};

/* The length of the first line of the input, or -1. */
static ssize_t line_length(struct api_client *client, struct evbuffer *in)
{
	struct evbuffer_ptr from, found;

	if (evbuffer_ptr_set(in, &from, client->scanned, EVBUFFER_PTR_SET))
		return -1;
	found = evbuffer_search(in, "\n", 1, &from);
	if (found.pos < 0)
		client->scanned = evbuffer_get_length(in);
	return found.pos;
}

static int answer_line(struct api_client *client, struct evbuffer *in, struct evbuffer *out,
		       size_t len)
{
	const unsigned char *line = evbuffer_pullup(in, (ssize_t)len + 1);
	int ret;

	LIST_REMOVE(client, link);
	LIST_INSERT_HEAD(&client->clients->list, client, link);
	if (!line)
		return -ENOMEM;
	ret = api_request_answer(client->entries, (const char *)line, len, out, &client->rows);
	client->scanned = 0;
	evbuffer_drain(in, len + 1);
	return ret;
}

static int refuse_long_line(struct api_client *client, struct evbuffer *out)
{
	client->closing = true;
	bufferevent_disable(client->bev, EV_READ);
	return api_request_refuse(out, -EMSGSIZE, "the request is longer than 1 MiB");
}

/* At the end of the line. A timer, as an event made active would have its turn in this very one. */
static void stand_in_line(struct api_client *client)
{
	static const struct timeval at_once = {0};
	struct api_clients *clients = client->clients;

	if (client->waits)
		return;
	if (TAILQ_EMPTY(&clients->line))
		event_add(clients->serve, &at_once);
	TAILQ_INSERT_TAIL(&clients->line, client, in_line);
	client->waits = true;
}

static void leave_line(struct api_client *client)
{
	if (client->waits)
		TAILQ_REMOVE(&client->clients->line, client, in_line);
	client->waits = false;
}

static void on_serve(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval at_once = {0};
	struct api_clients *clients = arg;
	struct api_client *client = TAILQ_FIRST(&clients->line);
	struct evbuffer *out;

	if (!client)
		return;
	out = bufferevent_get_output(client->bev);
	leave_line(client);
	if (api_rows_next(&client->rows, out))
		api_client_destroy(client);
	else if (!evbuffer_get_length(out)) /* it has nothing to say yet */
		stand_in_line(client);
	if (!TAILQ_EMPTY(&clients->line))
		event_add(clients->serve, &at_once);
}

/* What was written has left: go on with the answer under way, or take the next request if it is
 * there. May free the client. */
static void proceed(struct api_client *client)
{
	struct evbuffer *in = bufferevent_get_input(client->bev);
	struct evbuffer *out = bufferevent_get_output(client->bev);
	ssize_t len;
	int ret = 0;

	if (evbuffer_get_length(out))
		return;
	len = client->closing || client->rows.entry ? -1 : line_length(client, in);
	if (len >= 0)
		ret = answer_line(client, in, out, (size_t)len);
	if (client->rows.entry)
		stand_in_line(client);
	else if (len < 0 && (client->closing || client->eof))
		ret = -ESHUTDOWN;
	else if (len < 0 && client->scanned > API_LINE_MAX)
		ret = refuse_long_line(client, out);
	if (ret)
		api_client_destroy(client);
}

static void on_data(struct bufferevent *bev, void *arg)
{
	proceed(arg);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct api_client *client = arg;

	if (!(what & BEV_EVENT_EOF)) {
		api_client_destroy(client);
		return;
	}
	client->eof = true;
	proceed(client);
}

int api_clients_init(struct api_clients *clients, struct event_base *base)
{
	LIST_INIT(&clients->list);
	TAILQ_INIT(&clients->line);
	clients->serve = event_new(base, -1, 0, on_serve, clients);
	return clients->serve ? 0 : -ENOMEM;
}

void api_clients_fini(struct api_clients *clients)
{
	while (!LIST_EMPTY(&clients->list))
		api_client_destroy(LIST_FIRST(&clients->list));
	event_free(clients->serve);
}

int api_client_create(struct event_base *base, int fd, const struct api_entries *entries,
		      struct api_clients *clients)
{
	const struct timeval stall = {.tv_sec = API_STALL_S};
	struct api_client *client = calloc(1, sizeof(*client));

	if (!client) {
		close(fd);
		return -ENOMEM;
	}
	client->entries = entries;
	client->clients = clients;
	client->bev = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!client->bev) {
		close(fd);
		free(client);
		return -ENOMEM;
	}
	LIST_INSERT_HEAD(&clients->list, client, link);
	bufferevent_setcb(client->bev, on_data, on_data, on_event, client);
	bufferevent_setwatermark(client->bev, EV_READ, 0, API_LINE_MAX + 1);
	bufferevent_set_timeouts(client->bev, NULL, &stall);
	bufferevent_enable(client->bev, EV_READ);
	return 0;
}

void api_client_destroy(struct api_client *client)
{
	LIST_REMOVE(client, link);
	leave_line(client);
	api_rows_drop(&client->rows);
	bufferevent_free(client->bev);
	free(client);
}

unsigned api_clients_count(const struct api_clients *clients)
{
	const struct api_client *client;
	unsigned n = 0;

	LIST_FOREACH(client, &clients->list, link)
	n++;
	return n;
}

bool api_clients_drop_idle(struct api_clients *clients)
{
	struct api_client *client, *idle = NULL;

	LIST_FOREACH(client, &clients->list, link)
	if (!client->rows.entry && !evbuffer_get_length(bufferevent_get_output(client->bev)))
		idle = client;
	if (idle)
		api_client_destroy(idle);
	return idle;
}
