/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checks.h"
#include "pci.h"

/* Who needs a module. */
enum need {
	NEED_TUN,   /* mirrors, TAP ports */
	NEED_VFIO,  /* ports on PCI NICs that VFIO has, or will have where there is an IOMMU */
	NEED_IOMMU, /* the same, but for VFIO's no-IOMMU mode */
	NEED_UIO,   /* ports on PCI NICs that UIO has */
};

static const struct module {
	const char *name;
	const char *there; /* only with it: loaded, or built in */
	const char *what;
	enum need need;
} modules[] = {
	{"tun", "sys/class/misc/tun", "Mirrors and TAP ports are made by it.", NEED_TUN},
	{"vfio-pci", "sys/bus/pci/drivers/vfio-pci",
	 "It gives PCI NICs to programs; binding one loads it.", NEED_VFIO},
	{"vfio_iommu_type1", "sys/module/vfio_iommu_type1",
	 "By it VFIO uses the IOMMU; binding a NIC loads it.", NEED_IOMMU},
	{"uio_pci_generic", "sys/bus/pci/drivers/uio_pci_generic",
	 "It gives PCI NICs to programs where there is no IOMMU; binding one loads it.", NEED_UIO},
};

enum state { LOADED, BUILTIN, AVAILABLE, ABSENT };

static const char *const states[] = {
	[LOADED] = "loaded",
	[BUILTIN] = "built into the kernel",
	[AVAILABLE] = "not loaded",
	[ABSENT] = "not there",
};

/* Does a file of /lib/modules name it? As "kernel/drivers/net/tun.ko", maybe compressed. */
static bool is_listed(const struct machine *m, const char *file, const char *name)
{
	char release[128], word[64], *text;
	bool found;

	tree_read(&m->tree, release, sizeof(release), "proc/sys/kernel/osrelease");
	text = tree_text(&m->tree, "lib/modules/%s/%s", release, file);
	snprintf(word, sizeof(word), "/%s.ko", name);
	found = text && strstr(text, word);
	free(text);
	return found;
}

/* As /proc/modules writes names, with underscores. */
static bool is_loaded(const struct machine *m, const char *name)
{
	char *text = tree_text(&m->tree, "proc/modules"), word[64];
	size_t len = strlen(name);
	bool found;

	snprintf(word, sizeof(word), "%s ", name);
	for (char *p = word; *p; p++)
		*p = *p == '-' ? '_' : *p;
	found = text && (!strncmp(text, word, len + 1));
	for (const char *p = text; p && !found && (p = strchr(p, '\n')); p++)
		found = !strncmp(p + 1, word, len + 1);
	free(text);
	return found;
}

static enum state state_of(const struct machine *m, const struct module *module)
{
	if (is_loaded(m, module->name))
		return LOADED;
	if (tree_exists(&m->tree, "%s", module->there) ||
	    is_listed(m, "modules.builtin", module->name))
		return BUILTIN;
	return is_listed(m, "modules.dep", module->name) ? AVAILABLE : ABSENT;
}

static bool nic_needs(const struct pci_nic *nic, bool iommu, enum need need)
{
	if (need == NEED_UIO)
		return pci_is_given(nic) && !pci_is_vfio(nic);
	if (pci_is_given(nic))
		return pci_is_vfio(nic) && (need == NEED_VFIO || !nic->noiommu);
	return iommu; /* how it will be bound */
}

/* Is it needed by a port of the configuration whose NIC is, or will be, bound so? */
static bool port_needs(const struct machine *m, enum need need)
{
	bool needed = false, iommu = machine_has_iommu(m);
	struct pci_nics nics;

	pci_nics_read(m, &nics);
	for (unsigned i = 0; i < nics.n; i++) {
		const struct pci_nic *nic = &nics.nic[i];

		if (machine_port_of(m, nic->addr) && !pci_keeps_driver(nic))
			needed |= nic_needs(nic, iommu, need);
	}
	pci_nics_free(&nics);
	return needed;
}

static bool is_needed(const struct machine *m, enum need need)
{
	if (need == NEED_TUN)
		return machine_has_mirrors(m) || machine_has_driver(m, "net_tap");
	return port_needs(m, need);
}

static void check_module(const struct machine *m, struct report *r, const struct module *module)
{
	enum state state = state_of(m, module);
	bool needed = is_needed(m, module->need);
	enum report_status status = REPORT_OK;
	char command[COMMAND_LEN];

	snprintf(command, sizeof(command), "modprobe %s", module->name);
	if (needed && state == ABSENT)
		status = REPORT_FAIL;
	else if (needed && state == AVAILABLE)
		status = REPORT_WARN;
	report_line(r, status, module->what, state == AVAILABLE ? command : NULL, "%s: %s%s",
		    module->name, states[state],
		    needed || state <= BUILTIN ? "" : ", and not needed");
}

void check_modules(const struct machine *m, struct report *r)
{
	for (unsigned i = 0; i < sizeof(modules) / sizeof(*modules); i++)
		check_module(m, r, &modules[i]);
}
