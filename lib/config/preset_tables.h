/* SPDX-License-Identifier: BSD-3-Clause */
/* The keys of a preset. */
#ifndef SLUICE_CONFIG_PRESET_TABLES_H
#define SLUICE_CONFIG_PRESET_TABLES_H

#include "schema.h"

/* The whole file: a section of struct preset. */
extern const struct schema_key preset_root;
extern const char *const preset_bind_names[]; /* by enum preset_bind */

#endif
