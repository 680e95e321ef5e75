/* SPDX-License-Identifier: BSD-3-Clause */
/* What is asked of a bridge that Linux has made is refused, with the command of bridge(8) that does
 * it. args: those of `fdb add`, `fdb del`, `fdb flush`. -EOPNOTSUPP and err. Context: control
 * thread. */
#ifndef SLUICE_BRIDGE_REFUSE_H
#define SLUICE_BRIDGE_REFUSE_H

#include <jansson.h>

#include "bridge_ctl.h"

int bridge_refuse_add(const struct router *r, const json_t *args, struct error *err);
/* -ENOENT: there is nothing to delete; -EINVAL: it cannot be. */
int bridge_refuse_del(const struct router *r, struct bridge *b, const json_t *args,
		      struct error *err);
int bridge_refuse_flush(const struct router *r, const json_t *args, struct error *err);

#endif
