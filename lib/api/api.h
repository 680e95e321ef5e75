/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The daemon's side of the API: JSON over a unix socket, one request and one answer a line.
 * API.md beside this file describes the protocol.
 *
 * The control thread owns it all: it creates, runs the event loop, and destroys; handlers run in
 * it, one at a time. No client, be it slow, silent, gone or hostile, can block it: sockets do not
 * block, a request is at most API_LINE_MAX long, and a client's next request is taken when the
 * answer before it has left. Long answers are built in slices, as the client takes them.
 */
#ifndef SLUICE_API_H
#define SLUICE_API_H

#include <stdint.h>
#include <sys/types.h>

#include "command.h"
#include "error.h"

#define API_LINE_MAX    (1024 * 1024) /* bytes of a request, without its newline */
#define API_CLIENTS_MAX 128           /* connections; for one more the one idle longest is closed */
#define API_STALL_S     30            /* seconds that a client may take nothing of its answer */

#define API_GROUP_OWN ((gid_t)-1)

struct api;
struct event_base;

/*
 * Listen on the unix socket `path` (mode 0660, of this group; API_GROUP_OWN: of the process' own)
 * with no commands yet. Nobody else can connect before mode and group are right. The last directory
 * of the path is made (0755) if it is missing. A stale socket is replaced. PATH.lock is held as
 * long as the API lives, so that of two daemons only one wins. SIGPIPE becomes ignored in the whole
 * process, unless it has a handler: writing to a client that has gone would raise it.
 *
 * Returns NULL with errno and a sentence in err: EADDRINUSE (another daemon is there), ENOTSOCK
 * (the path is something else, and left alone), ENAMETOOLONG, ENOMEM, or what the system said.
 * Context: control; `base` must outlive the API and be run by the same thread.
 */
struct api *api_create(struct event_base *base, const char *path, gid_t group, struct error *err);

/*
 * Add a module's table of n commands; ctx goes to its handlers. The table is borrowed until
 * api_destroy(). Returns 0; -EINVAL when the arguments of a command do not follow the grammar, or
 * a handler is NULL; -EEXIST when a command is there already; -ENOMEM. On an error nothing of the
 * table is added, and the log says what was wrong. Context: control.
 */
int api_add(struct api *api, const struct command *table, unsigned n, void *ctx);

/* What `show version` prints; the strings are borrowed. */
struct api_version {
	const char *sluice;
	const char *dpdk;
	uint64_t tsc_hz; /* ticks a second of the counter that tells all cycles */
};

/* Add the API's own commands. `version` must outlive the API. Returns as api_add(). */
int api_add_own(struct api *api, const struct api_version *version);

/* Close all connections, remove socket and lock file. NULL is allowed. Context: control, but not
 * from within a handler. */
void api_destroy(struct api *api);

#endif
