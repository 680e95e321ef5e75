/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include "checks.h"
#include "pci.h"

#define DESCRIPTION_LEN 512

/* "up at 10000 Mbit/s", "down", "not known". */
static void describe_link(const struct machine *m, const char *netdev, char *buf, size_t size)
{
	long carrier = tree_number(&m->tree, -1, "sys/class/net/%s/carrier", netdev);
	long speed = tree_number(&m->tree, -1, "sys/class/net/%s/speed", netdev);

	if (carrier == 1 && speed > 0)
		snprintf(buf, size, "link up at %ld Mbit/s", speed);
	else
		snprintf(buf, size, "link %s",
			 carrier == 1 ? "up"
			 : carrier    ? "not known"
				      : "down");
}

/* "0000:05:00.0 (8086:1572), driver i40e, eth2 link up at 10000 Mbit/s, node 0" */
static void describe(const struct machine *m, const struct pci_nic *nic, char *buf)
{
	const struct config_port *port = machine_port_of(m, nic->addr);
	int len = snprintf(buf, DESCRIPTION_LEN, "%s (%04x:%04x)", nic->addr, nic->vendor,
			   nic->device);

	if (port)
		len += snprintf(buf + len, DESCRIPTION_LEN - (size_t)len, ", port %s", port->name);
	len += snprintf(buf + len, DESCRIPTION_LEN - (size_t)len, ", %s%s",
			*nic->driver ? "driver " : "no driver", nic->driver);
	for (unsigned i = 0; i < nic->n_netdevs && len < DESCRIPTION_LEN - 160; i++) {
		char state[64];

		describe_link(m, nic->netdev[i], state, sizeof(state));
		len += snprintf(buf + len, DESCRIPTION_LEN - (size_t)len, ", %s %s", nic->netdev[i],
				state);
	}
	if (nic->node >= 0)
		snprintf(buf + len, DESCRIPTION_LEN - (size_t)len, ", NUMA node %ld", nic->node);
}

/* One that must keep its driver. */
static void judge_kept(const struct machine *m, struct report *r, const struct pci_nic *nic,
		       const char *text)
{
	const struct config_port *port = machine_port_of(m, nic->addr);
	char command[COMMAND_LEN];

	snprintf(command, sizeof(command), "%s unbind %s", m->setup, nic->addr);
	if (pci_is_given(nic))
		report_line(
			r, port ? REPORT_FAIL : REPORT_WARN,
			"DPDK drives this kind (mlx4, mlx5) through its kernel driver, and finds "
			"nothing without it.",
			command, "%s", text);
	else if (!*nic->driver)
		report_line(r, port ? REPORT_FAIL : REPORT_WARN,
			    "DPDK drives this kind (mlx4, mlx5) through its kernel driver, which "
			    "is not "
			    "loaded.",
			    "modprobe mlx5_core && modprobe mlx5_ib", "%s", text);
	else
		report_line(r, REPORT_OK,
			    "It must not be bound: DPDK drives this kind (mlx4, mlx5) through its "
			    "kernel driver.",
			    NULL, "%s", text);
}

/* One that a driver for programs has. */
static void judge_given(const struct machine *m, struct report *r, const struct pci_nic *nic,
			const char *text)
{
	const struct config_port *port = machine_port_of(m, nic->addr);

	if (!pci_is_vfio(nic) || nic->noiommu)
		report_line(r, REPORT_WARN,
			    "It is bound for DPDK without an IOMMU: a wrong address would "
			    "overwrite any "
			    "memory.",
			    NULL, "%s", text);
	else
		report_line(r, REPORT_OK,
			    port || !m->has_config ? "It is bound for DPDK."
						   : "It is bound for DPDK, and no port of the "
						     "configuration.",
			    NULL, "%s", text);
}

/* One that the kernel drives, or nobody. */
static void judge_held(const struct machine *m, struct report *r, const struct pci_nic *nic,
		       const char *text)
{
	const struct config_port *port = machine_port_of(m, nic->addr);
	char carried[128], command[COMMAND_LEN];

	pci_carries(m, nic, carried, sizeof(carried));
	snprintf(command, sizeof(command), "%s bind %s", m->setup, nic->addr);
	if (*carried)
		report_line(r, port ? REPORT_FAIL : REPORT_OK,
			    port ? "Linux cannot spare this NIC: give another to the port."
				 : "It must not be taken: Linux cannot spare it.",
			    NULL, "%s, carries %s", text, carried);
	else if (port)
		report_line(r, REPORT_FAIL,
			    *nic->driver
				    ? "DPDK cannot drive a NIC that the kernel has."
				    : "DPDK reaches a NIC by vfio-pci (or uio_pci_generic) only.",
			    command, "%s", text);
	else
		report_line(r, REPORT_OK, "It can be given to DPDK.", command, "%s", text);
}

static bool node_has_worker(const struct machine *m, const struct config_port *port, long node)
{
	cpu_set_t cpus;

	tree_cpus(&m->tree, &cpus, "sys/devices/system/node/node%ld/cpulist", node);
	for (unsigned i = 0; i < port->n_workers; i++)
		if (CPU_ISSET(port->workers[i], &cpus))
			return true;
	CPU_AND(&cpus, &cpus, &m->workers);
	return !port->n_workers && CPU_COUNT(&cpus);
}

static void check_node(const struct machine *m, struct report *r, const struct pci_nic *nic)
{
	const struct config_port *port = machine_port_of(m, nic->addr);
	char text[CPUS_LEN];

	if (port && nic->node >= 0 && !node_has_worker(m, port, nic->node))
		report_line(
			r, REPORT_WARN,
			"Each packet crosses the link between the nodes: give the port a worker on "
			"its own node.",
			NULL, "port %s is on NUMA node %ld, its workers (of CPU %s) are not",
			port->name, nic->node, cpus_print(&m->workers, text));
}

static bool is_known(const struct pci_nics *nics, const char *addr)
{
	for (unsigned i = 0; i < nics->n; i++)
		if (!strcmp(nics->nic[i].addr, addr))
			return true;
	return false;
}

/* PCI ports of the configuration that are not there. Returns how many PCI ports it has. */
static unsigned check_missing(const struct machine *m, struct report *r,
			      const struct pci_nics *nics)
{
	unsigned n = 0;

	for (unsigned i = 0; i < m->cfg.n_ports; i++) {
		const struct config_port *port = &m->cfg.ports[i];
		char addr[PCI_ADDR_LEN];

		if (!machine_pci_addr(port->device, addr))
			continue;
		n++;
		if (!is_known(nics, addr))
			report_line(r, REPORT_FAIL, "The machine has no NIC at this PCI address.",
				    "lspci -D | grep -i -e ethernet -e network",
				    "port %s: no NIC %s", port->name, addr);
	}
	return n;
}

void check_nics(const struct machine *m, struct report *r)
{
	struct pci_nics nics;
	unsigned usable = 0, ports;

	pci_nics_read(m, &nics);
	for (unsigned i = 0; i < nics.n; i++) {
		const struct pci_nic *nic = &nics.nic[i];
		char text[DESCRIPTION_LEN];

		describe(m, nic, text);
		usable += pci_is_given(nic) != pci_keeps_driver(nic);
		if (pci_keeps_driver(nic))
			judge_kept(m, r, nic, text);
		else if (pci_is_given(nic))
			judge_given(m, r, nic, text);
		else
			judge_held(m, r, nic, text);
		check_node(m, r, nic);
	}
	ports = check_missing(m, r, &nics);
	if (!m->has_config && !usable)
		report_line(r, REPORT_WARN,
			    "Until a NIC is bound for DPDK, ports can only be on netdevs "
			    "(af_packet) or "
			    "TAPs.",
			    NULL, "%s",
			    nics.n ? "no NIC is ready for DPDK" : "there is no PCI NIC");
	else if (!nics.n && !ports)
		report_line(r, REPORT_OK, "The configuration asks for none.", NULL,
			    "there is no PCI NIC");
	pci_nics_free(&nics);
}
