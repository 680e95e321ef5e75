/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The listening socket and the right to it.
 *
 * Who holds the flock on PATH.lock may remove and bind PATH. The kernel drops the lock with its
 * holder, however that died, so a lock file alone says nothing, and a socket file that refuses
 * connections is stale. One that was killed dies for some tenths of a second: whoever comes then
 * waits for the lock, 5 s at most. Context: control.
 */
#ifndef SLUICE_API_SOCKET_H
#define SLUICE_API_SOCKET_H

#include <sys/types.h>
#include <sys/un.h>

#include "error.h"

struct api_socket {
	struct sockaddr_un addr;
	char lock_path[sizeof(((struct sockaddr_un *)0)->sun_path) + sizeof(".lock")];
	int fd;
	int lock_fd;
};

/* Lock, bind and listen (non-blocking, close-on-exec). group: as api_create(). 0 or -errno as
 * api_create(). On an error nothing of what was there has changed. */
int api_socket_open(struct api_socket *sock, const char *path, gid_t group, struct error *err);

/* Remove both files. Closing `fd` is left to whoever has taken it over. */
void api_socket_close(struct api_socket *sock);

#endif
