/* SPDX-License-Identifier: BSD-3-Clause */
#include "pci.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLASS_NETWORK   0x02 /* the class' first byte */
#define CLASS_BRIDGE    0x06
#define VENDOR_MELLANOX 0x15b3

static long class_of(const struct machine *m, const char *addr)
{
	return tree_number(&m->tree, 0, "sys/bus/pci/devices/%s/class", addr) >> 16;
}

static void add_netdevs(const struct machine *m, struct pci_nic *nic, const char *folder)
{
	struct tree_names names;

	tree_list(&m->tree, &names, "sys/bus/pci/devices/%s%s/net", nic->addr, folder);
	for (unsigned i = 0; i < names.n && nic->n_netdevs < PCI_NETDEVS; i++)
		snprintf(nic->netdev[nic->n_netdevs++], PCI_NAME_LEN, "%.63s", names.name[i]);
	tree_names_free(&names);
}

/* Those of a virtio NIC are one folder deeper, below its virtio device. */
static void read_netdevs(const struct machine *m, struct pci_nic *nic)
{
	struct tree_names names;

	add_netdevs(m, nic, "");
	tree_list(&m->tree, &names, "sys/bus/pci/devices/%s", nic->addr);
	for (unsigned i = 0; i < names.n; i++) {
		char folder[TREE_NAME_LEN + 1];

		snprintf(folder, sizeof(folder), "/%s", names.name[i]);
		if (!strncmp(names.name[i], "virtio", 6))
			add_netdevs(m, nic, folder);
	}
	tree_names_free(&names);
}

static void read_nic(const struct machine *m, struct pci_nic *nic, const char *addr)
{
	const struct tree *t = &m->tree;
	char kind[PCI_NAME_LEN];

	*nic = (struct pci_nic){.n_netdevs = 0};
	snprintf(nic->addr, sizeof(nic->addr), "%.15s", addr);
	nic->vendor = (unsigned)tree_number(t, 0, "sys/bus/pci/devices/%s/vendor", addr);
	nic->device = (unsigned)tree_number(t, 0, "sys/bus/pci/devices/%s/device", addr);
	nic->node = tree_number(t, -1, "sys/bus/pci/devices/%s/numa_node", addr);
	tree_link(t, nic->driver, sizeof(nic->driver), "sys/bus/pci/devices/%s/driver", addr);
	tree_link(t, nic->group, sizeof(nic->group), "sys/bus/pci/devices/%s/iommu_group", addr);
	if (*nic->group)
		tree_read(t, kind, sizeof(kind), "sys/kernel/iommu_groups/%s/name", nic->group);
	nic->noiommu = *nic->group && !strcmp(kind, "vfio-noiommu");
	read_netdevs(m, nic);
}

void pci_nics_read(const struct machine *m, struct pci_nics *nics)
{
	struct tree_names names;

	*nics = (struct pci_nics){.n = 0};
	tree_list(&m->tree, &names, "sys/bus/pci/devices");
	nics->nic = names.n ? calloc(names.n, sizeof(*nics->nic)) : NULL;
	for (unsigned i = 0; nics->nic && i < names.n; i++)
		if (class_of(m, names.name[i]) == CLASS_NETWORK)
			read_nic(m, &nics->nic[nics->n++], names.name[i]);
	tree_names_free(&names);
}

void pci_nics_free(struct pci_nics *nics)
{
	free(nics->nic);
	*nics = (struct pci_nics){.n = 0};
}

bool pci_is_vfio(const struct pci_nic *nic)
{
	return !strcmp(nic->driver, "vfio-pci");
}

bool pci_is_given(const struct pci_nic *nic)
{
	return pci_is_vfio(nic) || !strcmp(nic->driver, "uio_pci_generic") ||
	       !strcmp(nic->driver, "igb_uio");
}

bool pci_keeps_driver(const struct pci_nic *nic)
{
	return nic->vendor == VENDOR_MELLANOX;
}

bool pci_is_wanted(const struct machine *m, const struct pci_nics *nics)
{
	for (unsigned i = 0; i < nics->n; i++)
		if (!pci_keeps_driver(&nics->nic[i]) && machine_port_of(m, nics->nic[i].addr))
			return true;
	return false;
}

void pci_group_others(const struct machine *m, const struct pci_nic *nic, char *buf, size_t size)
{
	struct tree_names names;
	size_t len = 0;

	*buf = '\0';
	if (!*nic->group || nic->noiommu)
		return;
	tree_list(&m->tree, &names, "sys/kernel/iommu_groups/%s/devices", nic->group);
	for (unsigned i = 0; i < names.n && len < size; i++) {
		const char *addr = names.name[i];
		char driver[PCI_NAME_LEN];

		tree_link(&m->tree, driver, sizeof(driver), "sys/bus/pci/devices/%s/driver", addr);
		/* A port of a bridge makes no DMA of its own. */
		if (!strcmp(addr, nic->addr) || !*driver || !strcmp(driver, "vfio-pci") ||
		    !strcmp(driver, "pci-stub") || class_of(m, addr) == CLASS_BRIDGE)
			continue;
		len += (size_t)snprintf(buf + len, size - len, "%s%s (%s)", len ? " " : "", addr,
					driver);
	}
	tree_names_free(&names);
}
