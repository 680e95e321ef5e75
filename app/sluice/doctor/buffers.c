/* SPDX-License-Identifier: BSD-3-Clause */
#include "buffers.h"

#include <string.h>

#include "mbufs.h"
#include "pci.h"

#define OTHER_MIB 2 /* rings of the workers, what DPDK keeps */
#define NODES_MAX 64

/* What a device has where the configuration says nothing. */
struct usual {
	const char *driver; /* of virtual devices */
	unsigned vendor;    /* of PCI devices */
	bool one_queue;     /* it may have no more */
	unsigned descriptors;
};

/* By the drivers' presets, and by what DPDK falls back to where a driver has no number. */
static const struct usual usuals[] = {
	{"net_null", 0, false, MBUFS_DESCRIPTORS},
	{"net_bonding", 0, true, MBUFS_DESCRIPTORS},
	{"net_tap", 0, false, 512},
	{"net_pcap", 0, true, 512},
	{"net_af_packet", 0, true, 512},
	{NULL, 0x1af4, true, 256},  /* virtio: the host has the number */
	{NULL, 0x15b3, false, 256}, /* mlx5: the driver has */
	{NULL, 0x1d0f, true, 256},  /* ena: the instance has */
	{NULL, 0x1ae0, true, 256},  /* gve: likewise */
};

static const struct usual other_pci = {NULL, 0, false, MBUFS_DESCRIPTORS};
static const struct usual other = {NULL, 0, true, 256};

static const struct usual *usual_of(const struct machine *m, const struct config_port *port)
{
	char addr[PCI_ADDR_LEN];
	bool pci = machine_pci_addr(port->device, addr);
	unsigned vendor = 0;

	if (pci)
		vendor = (unsigned)tree_number(&m->tree, 0, "sys/bus/pci/devices/%s/vendor", addr);
	for (unsigned i = 0; i < sizeof(usuals) / sizeof(*usuals); i++) {
		const struct usual *u = &usuals[i];

		if (pci ? u->vendor && u->vendor == vendor
			: u->driver && machine_is_driver(port, u->driver))
			return u;
	}
	return pci ? &other_pci : &other;
}

static size_t descriptors(uint16_t said, const struct usual *usual)
{
	return said && said != TUNING_DRIVERS_OWN ? said : usual->descriptors;
}

/* Each NUMA node with a NIC has a pool of its own. */
static unsigned count_pools(const struct machine *m)
{
	unsigned long long nodes = 0;
	char addr[PCI_ADDR_LEN];

	for (unsigned i = 0; i < m->cfg.n_ports; i++) {
		long node = -1;

		if (machine_pci_addr(m->cfg.ports[i].device, addr))
			node = tree_number(&m->tree, -1, "sys/bus/pci/devices/%s/numa_node", addr);
		if (node >= 0 && node < NODES_MAX)
			nodes |= 1ull << node;
	}
	return nodes ? (unsigned)__builtin_popcountll(nodes) : 1;
}

/* In all pools, of whole mbufs and of small ones: packets of each may wait in the transmit rings of
 * every port, there with two small ones. */
static void count_mbufs(const struct machine *m, size_t *whole, size_t *small)
{
	unsigned n_workers = m->cfg.n_workers ? m->cfg.n_workers : 1, pools = count_pools(m);
	size_t given = (size_t)pools * m->cfg.mbufs;

	*whole = pools * mbufs_of_lcores(n_workers, MBUFS_PUNTED);
	*small = pools * mbufs_of_lcores(n_workers, MBUFS_SMALL_PUNTED);
	for (unsigned i = 0; i < m->cfg.n_ports; i++) {
		const struct config_port *port = &m->cfg.ports[i];
		const struct usual *usual = usual_of(m, port);
		unsigned queues = usual->one_queue ? 1 : n_workers;
		size_t sent =
			(size_t)pools * queues * descriptors(port->tuning.tx_descriptors, usual);

		*small += 2 * sent;
		*whole += sent + (port->queues ? port->queues : queues) *
					 descriptors(port->tuning.rx_descriptors, usual);
	}
	if (given) {
		*whole = given;
		*small = given < *small ? given : *small;
	}
}

/* Behind each pool stands a ring of pointers. */
static size_t bytes_of(size_t n, size_t room)
{
	return n * (mbufs_bytes(room) + sizeof(void *));
}

unsigned long buffers_mib(const struct machine *m)
{
	size_t room = m->cfg.mbuf_size ? m->cfg.mbuf_size : MBUFS_ROOM, whole, small;

	if (m->has_config)
		count_mbufs(m, &whole, &small);
	else
		whole = small =
			mbufs_of_lcores(2, MBUFS_PUNTED) + (size_t)2 * 2 * 2 * MBUFS_DESCRIPTORS;
	return ((bytes_of(whole, room) + bytes_of(small, MBUFS_SMALL_ROOM)) >> 20) + OTHER_MIB;
}
