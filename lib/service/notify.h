/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a service manager is told: sd_notify(3). A message is one datagram of "NAME=value" lines to
 * the socket that $NOTIFY_SOCKET names. This protocol is stable and documented; libsystemd would
 * bring four compression and crypto libraries into the daemon for one sendto().
 *
 * Nothing here waits: a manager that does not read cannot hold up the caller. Context: control
 * thread.
 */
#ifndef SLUICE_NOTIFY_H
#define SLUICE_NOTIFY_H

#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "error.h"

struct notify {
	int fd; /* -1: nobody wants to know */
	struct sockaddr_un to;
	socklen_t to_len;
	uint64_t watchdog_us; /* "WATCHDOG=1" has to come at least this often; 0: need not */
};

/*
 * Who is to be told, and how often, by $NOTIFY_SOCKET (a path, or '@' and an abstract name),
 * $WATCHDOG_USEC and $WATCHDOG_PID (sd_watchdog_enabled(3)). Takes the variables out of the
 * environment: no child is to speak for the daemon. Without them nobody is told, which is no error.
 * 0; or -EINVAL and err: a variable is not understood, and what it asks for is left out; or -errno.
 */
int notify_open(struct notify *notify, struct error *err);
/* What notify_open() has filled, or {.fd = -1}. */
void notify_close(struct notify *notify);

/* Send the text (printf format): lines of NAME=value, cut at 1023 bytes. 0, also when nobody wants
 * to know; or -errno: -EAGAIN when the manager's socket is full, try again. */
int notify_send(const struct notify *notify, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
