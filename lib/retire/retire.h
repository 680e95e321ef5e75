/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Interfaces that go while the workers forward: ports, VLANs and bridges. What they have in the
 * tables goes first; their id outlasts them until no packet on its way to or from the slow path and
 * no route has it any more. Nobody waits for that: retired_poll() looks now and then.
 *
 * Context of everything here: control thread.
 */
#ifndef SLUICE_RETIRE_H
#define SLUICE_RETIRE_H

#include "iface.h"
#include "router.h"

/* What is needed to take an interface out, to be had before anything is changed; free() where
 * retired_begin() does not take it. NULL: no memory. */
struct retired *retired_new(const struct router *r);

/* The interface is deleted: nobody sends by it any more, and nothing comes in by it. It is taken
 * out of the tables; its struct lives on until its id is free. */
void retired_begin(struct router *r, struct retired *retired, struct iface *iface);

/* Go on with all that are on their way; call it every some ms. */
void retired_poll(struct router *r);

/* Forget them, before the tables go. */
void retired_free_all(struct router *r);

#endif
