/* SPDX-License-Identifier: BSD-3-Clause */
/* Netdevs of a network namespace. */
#ifndef SLUICE_DOCTOR_LINKS_H
#define SLUICE_DOCTOR_LINKS_H

#include "machine.h"

struct link {
	char name[16];
	char alias[256];
};

struct links {
	struct link *link;
	unsigned n;
};

/* Those of a namespace, named as in the configuration ("": the own one); of a tree, only its own
 * can be read (any other: -ENOTSUP). 0 or -errno and err; to be freed after success. */
int links_read(const struct machine *m, const char *netns, struct links *links, struct error *err);
void links_free(struct links *links);

/* Is there one of this name? */
bool links_have(const struct links *links, const char *name);

#endif
