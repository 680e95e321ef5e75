/* SPDX-License-Identifier: BSD-3-Clause */
#include "api.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/listener.h>

#include "api_client.h"
#include "api_request.h"
#include "api_socket.h"
#include "log.h"

struct api {
	struct event_base *base;
	struct api_socket sock;
	struct evconnlistener *listener;
	struct event *resume; /* accepts again after it could not */
	struct api_entries entries;
	struct api_clients clients;
};

/* Tell a client that there is no room: all others are being answered. The buffer of a new socket
 * takes a line without waiting. */
static void turn_away(int fd)
{
	static const char line[] = "{\"ok\":false,\"error\":\"too many clients are connected\","
				   "\"errno\":\"EBUSY\"}\n";

	if (send(fd, line, sizeof(line) - 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		log_debug("api: a client too many was gone at once");
	close(fd);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *addr,
		      int len, void *arg)
{
	struct api *api = arg;

	if (api_clients_count(&api->clients) >= API_CLIENTS_MAX &&
	    !api_clients_drop_idle(&api->clients))
		turn_away(fd);
	else if (api_client_create(api->base, fd, &api->entries, &api->clients))
		log_err("api: no memory for a client");
}

/* Out of file descriptors, say: the connection stays in the backlog, and the loop would spin on
 * it. Try again a little later. */
static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	const struct timeval pause = {.tv_sec = 1};
	struct api *api = arg;

	log_warn("api: cannot accept a client: %s", strerror(errno));
	evconnlistener_disable(listener);
	event_add(api->resume, &pause);
}

static void on_resume(evutil_socket_t fd, short what, void *arg)
{
	struct api *api = arg;

	evconnlistener_enable(api->listener);
}

static void ignore_sigpipe(void)
{
	struct sigaction action;

	if (!sigaction(SIGPIPE, NULL, &action) && action.sa_handler == SIG_DFL)
		signal(SIGPIPE, SIG_IGN);
}

static int start_accepting(struct api *api)
{
	api->resume = evtimer_new(api->base, on_resume, api);
	if (!api->resume)
		return -ENOMEM;
	/* Backlog 0: the socket listens already. */
	api->listener =
		evconnlistener_new(api->base, on_accept, api,
				   LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, api->sock.fd);
	if (!api->listener) {
		event_free(api->resume);
		return -ENOMEM;
	}
	evconnlistener_set_error_cb(api->listener, on_accept_error);
	return 0;
}

struct api *api_create(struct event_base *base, const char *path, gid_t group, struct error *err)
{
	struct api *api = calloc(1, sizeof(*api));
	int ret;

	if (!api) {
		error_set(err, -ENOMEM, "out of memory");
		return NULL;
	}
	api->base = base;
	ret = api_clients_init(&api->clients, base);
	if (ret) {
		error_set(err, ret, "out of memory");
		goto free_api;
	}
	ret = api_socket_open(&api->sock, path, group, err);
	if (ret)
		goto free_clients;
	ret = start_accepting(api);
	if (ret) {
		error_set(err, ret, "out of memory");
		goto close_socket;
	}
	ignore_sigpipe();
	return api;
close_socket:
	close(api->sock.fd);
	api_socket_close(&api->sock);
free_clients:
	api_clients_fini(&api->clients);
free_api:
	free(api);
	errno = -ret;
	return NULL;
}

/* Append one command to the list, which has room. */
static int add_command(struct api_entries *entries, const struct command *command, void *ctx)
{
	struct api_entry *entry = &entries->list[entries->n];
	struct error err;

	if (!command->run == !command->rows || spec_parse(command->args, &entry->spec, &err)) {
		log_err("api: command '%s': %s", command->words,
			!command->run == !command->rows ? "needs one handler" : err.msg);
		return -EINVAL;
	}
	if (api_entry_find(entries, command->words)) {
		log_err("api: command '%s' is there twice", command->words);
		return -EEXIST;
	}
	entry->command = command;
	entry->ctx = ctx;
	entries->n++;
	return 0;
}

int api_add(struct api *api, const struct command *table, unsigned n, void *ctx)
{
	struct api_entries *entries = &api->entries;
	unsigned before = entries->n;
	struct api_entry *list;

	list = reallocarray(entries->list, before + n, sizeof(*list));
	if (!list)
		return -ENOMEM;
	entries->list = list;
	for (unsigned i = 0; i < n; i++) {
		int ret = add_command(entries, &table[i], ctx);

		if (ret) {
			entries->n = before;
			return ret;
		}
	}
	return 0;
}

void api_destroy(struct api *api)
{
	if (!api)
		return;
	evconnlistener_free(api->listener);
	event_free(api->resume);
	api_clients_fini(&api->clients);
	api_socket_close(&api->sock);
	free(api->entries.list);
	free(api);
}
