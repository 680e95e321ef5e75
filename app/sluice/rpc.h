/* SPDX-License-Identifier: BSD-3-Clause */
/* A connection to the daemon: requests and answers. Blocks its caller. */
#ifndef SLUICE_RPC_H
#define SLUICE_RPC_H

#include <jansson.h>

#include "error.h"

/* Connect to the socket, on which nothing will wait longer than timeout_ms (above 0) for the next
 * byte to come or go. The file descriptor, or -errno with a sentence in err. */
int rpc_connect(const char *path, unsigned timeout_ms, struct error *err);

/* Ask by the words of a command with its arguments (borrowed; NULL for none), and wait for the
 * answer, however long it is. 0 with *result (a new reference); -EREMOTEIO when the daemon refuses
 * (err is its sentence, *result a new reference to what it did before, or NULL), -EAGAIN when it is
 * silent; another -errno when it cannot be asked or understood. */
int rpc_call(int fd, const char *words, json_t *args, json_t **result, struct error *err);

#endif
