/* SPDX-License-Identifier: BSD-3-Clause */
/* Which VLANs members of bridges have, where the file leaves it out. */
#ifndef SLUICE_CONFIG_VLANS_H
#define SLUICE_CONFIG_VLANS_H

#include "config.h"

/* Fill in vlans and native of all members, before the checks. */
void vlans_give(struct config *cfg);

#endif
