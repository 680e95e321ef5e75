/* SPDX-License-Identifier: BSD-3-Clause */
/* PCI NICs as sysfs tells of them. */
#ifndef SLUICE_DOCTOR_PCI_H
#define SLUICE_DOCTOR_PCI_H

#include "machine.h"

#define PCI_NAME_LEN 64
#define PCI_NETDEVS  8

struct pci_nic {
	char addr[PCI_ADDR_LEN];
	unsigned vendor, device;
	char driver[PCI_NAME_LEN];              /* that it is bound to; "" for none */
	char netdev[PCI_NETDEVS][PCI_NAME_LEN]; /* the kernel's, in this network namespace */
	unsigned n_netdevs;
	long node;                /* NUMA; -1: there is only one, or it is not said */
	char group[PCI_NAME_LEN]; /* of the IOMMU; "" for none */
	bool noiommu;             /* the group is one of VFIO's own, without an IOMMU */
};

struct pci_nics {
	struct pci_nic *nic;
	unsigned n;
};

/* All network controllers, by address; to be freed. */
void pci_nics_read(const struct machine *m, struct pci_nics *nics);
void pci_nics_free(struct pci_nics *nics);

/* Is it bound to a driver that gives it to programs like DPDK? */
bool pci_is_given(const struct pci_nic *nic);

/* The same by VFIO. */
bool pci_is_vfio(const struct pci_nic *nic);

/* Does its PMD work through the kernel's driver, which it must keep (mlx4, mlx5)? */
bool pci_keeps_driver(const struct pci_nic *nic);

/* Do the configuration's ports have one that VFIO or UIO has to drive? */
bool pci_is_wanted(const struct machine *m, const struct pci_nics *nics);

/* Write the devices of the NIC's IOMMU group into buf that are neither bridges nor bound to VFIO
 * nor without a driver: VFIO does not take the group because of them. "0000:05:00.1 (ixgbe) ...";
 * "" when there is none. */
void pci_group_others(const struct machine *m, const struct pci_nic *nic, char *buf, size_t size);

/* Why Linux cannot spare the NIC: "the default route", "the SSH session from 192.0.2.7"; "" when
 * nothing is known against it. What is on top of its netdevs (bridge, bond, VLAN) counts. */
void pci_carries(const struct machine *m, const struct pci_nic *nic, char *buf, size_t size);

#endif
