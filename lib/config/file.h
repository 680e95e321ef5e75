/* SPDX-License-Identifier: BSD-3-Clause */
/* Opening what is to be read as YAML. Context: any thread except workers. */
#ifndef SLUICE_CONFIG_FILE_H
#define SLUICE_CONFIG_FILE_H

#include <stdio.h>

#include "error.h"

/* Open a regular file for reading, without waiting for somebody to write into a FIFO. The caller
 * closes it. NULL: *ret is -errno and err has a sentence. */
FILE *file_open_regular(const char *path, int *ret, struct error *err);

#endif
