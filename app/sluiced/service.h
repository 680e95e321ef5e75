/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sluiced as a service: what the service manager is told (sd_notify(3)), and what the daemon gives
 * up when it has started.
 *
 *     STATUS=    what it does, for `systemctl status`
 *     READY=1    it forwards: the tables are as Linux or the configuration has them, and every
 *                worker has begun to turn
 *     WATCHDOG=1 the control thread runs, and so does every worker: half of the manager's time
 *                passes between two; a worker that hangs ends them, and the manager the daemon
 *     STOPPING=1 a signal asked it to stop
 *
 * Context: control thread.
 */
#ifndef SLUICED_SERVICE_H
#define SLUICED_SERVICE_H

#include <sys/types.h>

#include "config.h"
#include "error.h"
#include "router.h"

struct event_base;
struct service;

/* Finds out who is to be told; before anything else starts. NULL: no memory. */
struct service *service_create(void);
/* NULL is allowed. */
void service_destroy(struct service *service);

/* The group of the API's socket by the configuration, or API_GROUP_OWN. 0; or -EINVAL and err: the
 * machine has no such group. */
int service_api_group(const struct config *cfg, const char *path, gid_t *group, struct error *err);

/* Everything stands: give up all privileges that are not needed any more, and tell the manager as
 * soon as the workers turn. 0 or -errno and err. */
int service_start(struct service *service, struct event_base *base, const struct router *r,
		  const struct config *cfg, struct error *err);

/* It could not start: ret and err say why. */
void service_failed(const struct service *service, int ret, const struct error *err);

void service_stopping(const struct service *service);

/* Undo service_start(), before the event loop and the workers go; also when that has not been. */
void service_stop(struct service *service);

#endif
