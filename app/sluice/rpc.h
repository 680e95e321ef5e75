/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A connection to the daemon: requests and answers. Blocks its caller, but never longer than the
 * connection's timeout for the next byte to come or go: then the sentence says that the daemon does
 * not answer.
 */
#ifndef SLUICE_RPC_H
#define SLUICE_RPC_H

#include <jansson.h>

#include "error.h"

struct rpc {
	const char *path; /* of the socket */
	int fd;           /* or -1 */
};

/* Connect to the socket (`path` is borrowed until rpc_close()); timeout_ms is above 0. 0, or -errno
 * with a sentence in err. */
int rpc_connect(struct rpc *rpc, const char *path, unsigned timeout_ms, struct error *err);

/* Close it, if it is connected. */
void rpc_close(struct rpc *rpc);

/* Ask by the words of a command with its arguments (borrowed; NULL for none), and wait for the
 * answer, however long it is. 0 with *result (a new reference); -EREMOTEIO when the daemon refuses
 * (err is its sentence, *result a new reference to what it did before, or NULL); another -errno
 * when it cannot be asked or understood, or is silent. */
int rpc_call(const struct rpc *rpc, const char *words, json_t *args, json_t **result,
	     struct error *err);

#endif
