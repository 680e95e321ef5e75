/* SPDX-License-Identifier: BSD-3-Clause */
/* The keys of the configuration file. */
#ifndef SLUICE_CONFIG_TABLES_H
#define SLUICE_CONFIG_TABLES_H

#include "schema.h"

/* The whole file: a section of struct config. */
extern const struct schema_key tables_root;

#endif
