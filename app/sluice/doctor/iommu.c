/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checks.h"
#include "pci.h"

/* How the IOMMU of such a machine is switched on. */
static const char *how(const struct machine *m, const char *cpuinfo, const char *cmdline)
{
	if (strstr(cmdline, "intel_iommu=off") || strstr(cmdline, "amd_iommu=off") ||
	    strstr(cmdline, " iommu=off"))
		return "take intel_iommu=off, amd_iommu=off or iommu=off out of the kernel's "
		       "command line "
		       "(/etc/default/grub, then update-grub), and boot";
	if (strstr(cpuinfo, " hypervisor"))
		return "give the virtual machine an IOMMU (QEMU: -device intel-iommu, or "
		       "virtio-iommu), "
		       "or do without: see bind --no-iommu and --uio of the setup script";
	if (tree_exists(&m->tree, "sys/firmware/acpi/tables/DMAR"))
		return "add intel_iommu=on iommu=pt to the kernel's command line "
		       "(/etc/default/grub, "
		       "then update-grub), and boot";
	if (strstr(cpuinfo, "GenuineIntel"))
		return "switch VT-d on in the firmware's setup, and add intel_iommu=on iommu=pt to "
		       "the "
		       "kernel's command line";
	if (strstr(cpuinfo, "AuthenticAMD"))
		return "switch the IOMMU (AMD-Vi) on in the firmware's setup; Linux then uses it";
	return "switch the IOMMU (SMMU) on in the firmware's setup";
}

/* What the ports of the configuration want of the IOMMU that is not there. */
static void judge_off(const struct machine *m, struct report *r, const struct pci_nics *nics,
		      const char *command)
{
	char unsafe[8];
	bool forced, dead = false;

	tree_read(&m->tree, unsafe, sizeof(unsafe),
		  "sys/module/vfio/parameters/enable_unsafe_noiommu_mode");
	forced = *unsafe == 'Y' || *unsafe == '1';
	for (unsigned i = 0; i < nics->n; i++)
		dead |= !forced && pci_is_vfio(&nics->nic[i]) && !nics->nic[i].noiommu &&
			machine_port_of(m, nics->nic[i].addr);
	if (dead)
		report_line(r, REPORT_FAIL, "VFIO gives no NIC to a program without an IOMMU.",
			    command, "off, and a port's NIC is bound to vfio-pci");
	else if (pci_is_wanted(m, nics) || (!m->has_config && nics->n))
		report_line(r, REPORT_WARN,
			    "Without it a NIC that a program drives may write to all memory, and "
			    "it can "
			    "be bound only by VFIO's no-IOMMU mode or by UIO.",
			    command, "off%s", forced ? "; VFIO's no-IOMMU mode is on" : "");
	else
		report_line(r, REPORT_OK, "Only PCI NICs that are bound for DPDK need it.", NULL,
			    "off, and not needed");
}

/* "ADDRESS (DRIVER) ..." without the drivers, behind what stands in buf. */
static void add_addresses(char *buf, size_t size, const char *others)
{
	char copy[512], *rest = copy, *word;

	snprintf(copy, sizeof(copy), "%s", others);
	while ((word = strsep(&rest, " "))) {
		size_t len = strlen(buf);

		if (*word != '(')
			snprintf(buf + len, size - len, " %s", word);
	}
}

static void check_group(const struct machine *m, struct report *r, const struct pci_nic *nic)
{
	const struct config_port *port = machine_port_of(m, nic->addr);
	char others[512], command[COMMAND_LEN];

	if (pci_keeps_driver(nic) || (!port && !pci_is_vfio(nic)))
		return;
	pci_group_others(m, nic, others, sizeof(others));
	if (!*others)
		return;
	snprintf(command, sizeof(command), "%s bind %s", m->setup, nic->addr);
	add_addresses(command, sizeof(command), others);
	report_line(r, port ? REPORT_FAIL : REPORT_WARN,
		    "VFIO gives a program a whole group or nothing: these devices cannot be told "
		    "apart.",
		    command, "group %s of %s has others that Linux drives: %s", nic->group,
		    nic->addr, others);
}

void check_iommu(const struct machine *m, struct report *r)
{
	struct tree_names units, groups;
	struct pci_nics nics;

	tree_list(&m->tree, &units, "sys/class/iommu");
	tree_list(&m->tree, &groups, "sys/kernel/iommu_groups");
	pci_nics_read(m, &nics);
	if (machine_has_iommu(m)) {
		report_line(r, REPORT_OK,
			    "VFIO can hold a NIC to the memory that sluiced gives it.", NULL,
			    "on: %s%s, %u groups", units.name[0], units.n > 1 ? " ..." : "",
			    groups.n);
		for (unsigned i = 0; i < nics.n; i++)
			check_group(m, r, &nics.nic[i]);
	} else {
		char *cpuinfo = tree_text(&m->tree, "proc/cpuinfo");
		char *cmdline = tree_text(&m->tree, "proc/cmdline");

		judge_off(m, r, &nics, how(m, cpuinfo ? cpuinfo : "", cmdline ? cmdline : ""));
		free(cmdline);
		free(cpuinfo);
	}
	pci_nics_free(&nics);
	tree_names_free(&groups);
	tree_names_free(&units);
}
