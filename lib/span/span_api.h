/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SLUICE_SPAN_API_H
#define SLUICE_SPAN_API_H

struct api;
struct router;

/* Register the commands. 0 or -errno. Context: control thread. */
int span_api_add(struct api *api, struct router *r);

#endif
