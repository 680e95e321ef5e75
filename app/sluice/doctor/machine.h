/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The machine that is looked at: the tree of its files, the configuration, and what several checks
 * want to know of both.
 */
#ifndef SLUICE_DOCTOR_MACHINE_H
#define SLUICE_DOCTOR_MACHINE_H

#include "config.h"
#include "cpus.h"
#include "tree.h"

#define PCI_ADDR_LEN 16 /* "0000:05:00.0" */

struct machine {
	struct tree tree;
	bool live;         /* it is this machine, and may be asked by other ways than files */
	const char *setup; /* what the preparing script is called here */
	char config_path[4096];
	bool config_named; /* by the user; else it may be missing */
	bool has_config;   /* `cfg` is one that sluiced would take */
	int config_error;  /* -errno of reading it, and the sentence */
	struct error err;
	struct config cfg;   /* empty without one */
	const char *api;     /* path of the socket */
	cpu_set_t allowed;   /* CPUs that whoever asks was started with */
	cpu_set_t reachable; /* those that a process of theirs can have if it asks for them */
	cpu_set_t workers;   /* CPUs that forward, or would */
};

/* Begin; paths are borrowed. config and root: see doctor.h. */
void machine_open(struct machine *m, const char *config, const char *root);
void machine_close(struct machine *m);

/* Whether it is known that sluiced makes mirrors: the configuration says so, or there is none. */
bool machine_has_mirrors(const struct machine *m);

/* The address of a PCI device in full, "0000:05:00.0", from what stands before the first comma of
 * `device` ("05:00.0,arg=1"). False when that is no PCI address. */
bool machine_pci_addr(const char *device, char addr[PCI_ADDR_LEN]);

/* The configuration's port on the PCI device; NULL when there is none. */
const struct config_port *machine_port_of(const struct machine *m, const char *addr);

/* Is the port's device one of this driver ("net_tap": net_tap0, net_tap1 ...)? */
bool machine_is_driver(const struct config_port *port, const char *driver);

/* Has the configuration a port of this driver? */
bool machine_has_driver(const struct machine *m, const char *driver);

/* Is the IOMMU on? */
bool machine_has_iommu(const struct machine *m);

enum machine_socket {
	SOCKET_NONE,   /* no such file */
	SOCKET_HEARD,  /* somebody listens */
	SOCKET_STALE,  /* nobody does */
	SOCKET_HIDDEN, /* not for this user */
};

/* Who listens on a unix socket? path as a process of the machine would write it. */
enum machine_socket machine_socket(const struct machine *m, const char *path);

/* Add up of all processes: MiB of huge pages that they have mapped. *sluiced: how many processes
 * are called so. */
unsigned long machine_processes(const struct machine *m, unsigned *sluiced);

#endif
