/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The slow path of `control: none`: takes what the workers punted from their rings, lets the
 * responder answer what it can, and gives the answers to a worker to send. What has no answer is
 * dropped as no_control. Context of everything here: control thread.
 */
#ifndef SLUICE_SLOWPATH_CTL_H
#define SLUICE_SLOWPATH_CTL_H

#include "error.h"

struct event_base;
struct router;
struct slowpath;

/* Runs by a timer of the event loop. NULL and err. */
struct slowpath *slowpath_create(struct event_base *base, struct router *r, struct error *err);
/* NULL is allowed. */
void slowpath_destroy(struct slowpath *s);

#endif
