/* SPDX-License-Identifier: BSD-3-Clause */
/* The parts of the man pages that are made from tables. Each prints to stdout, whole lines of roff
 * unless it says that it is a part of one. */
#ifndef SLUICE_MAN_PAGES_H
#define SLUICE_MAN_PAGES_H

#include "cli_option.h"

void page_options(const struct cli_option *options);
void page_sluiced_options(void);
void page_sluice_options(void);
void page_commands(void);   /* of the client, with their arguments */
void page_keys(void);       /* of the configuration */
void page_punts(void);      /* what is punted, and its rates */
void page_privileges(void); /* capabilities */
void page_setup(void);      /* the usage of sluice-setup, line by line */

/* Parts of a line: the names of all capabilities, the path of the configuration, that of the
 * API's socket, the version. */
void page_capabilities(void);
void page_config_path(void);
void page_api_path(void);
void page_version(void);

#endif
