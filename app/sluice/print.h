/* SPDX-License-Identifier: BSD-3-Clause */
/* Results on stdout, in the format that their command names (command.h). */
#ifndef SLUICE_PRINT_H
#define SLUICE_PRINT_H

#include "command.h"

/* 0, or -EPROTO when the result has not the shape that the format is for. */
int print_result(enum command_format format, const json_t *result);

/* An array of objects. Columns stand in the order in which their keys first appear. */
int print_table(const json_t *rows);

/* The blocks of testpmd's `show port stats`. */
int print_stats(const json_t *ports);

/* The blocks that testpmd prints on `stop`. */
int print_fwd(const json_t *result);

#endif
