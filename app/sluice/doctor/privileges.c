/* SPDX-License-Identifier: BSD-3-Clause */
#include <grp.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checks.h"
#include "pci.h"

#define BUFFERS_MIB 128 /* to be locked for VFIO, if the configuration does not say */
#define OTHER_FILES 256 /* beside one for each huge page */

/* What ports there are, so far as they ask for privileges. */
struct needs {
	bool vfio;
	const char *unsafe; /* a way without an IOMMU; NULL: there is none */
};

static struct needs needs_of(const struct machine *m)
{
	struct needs needs = {.vfio = false};
	struct pci_nics nics;

	pci_nics_read(m, &nics);
	for (unsigned i = 0; i < nics.n; i++) {
		const struct pci_nic *nic = &nics.nic[i];
		bool uio = pci_is_given(nic) && !pci_is_vfio(nic);

		if (!machine_port_of(m, nic->addr))
			continue;
		if (uio)
			needs.unsafe = "UIO";
		else if (nic->noiommu)
			needs.unsafe = "VFIO without an IOMMU";
		/* Without an IOMMU nothing is pinned for the NIC. */
		needs.vfio |= !uio && !nic->noiommu && !pci_keeps_driver(nic);
	}
	pci_nics_free(&nics);
	return needs;
}

/* Why the capability is needed; NULL when it is not. */
static const char *why(const struct machine *m, const struct needs *needs, int bit)
{
	switch (bit) {
	case CAP_NET_ADMIN:
		return machine_has_mirrors(m) || machine_has_driver(m, "net_tap") ||
				       machine_has_driver(m, "net_af_xdp")
			       ? "mirrors, routes"
			       : NULL;
	case CAP_NET_RAW:
		return machine_has_driver(m, "net_af_packet") || machine_has_driver(m, "net_af_xdp")
			       ? "af_packet"
			       : NULL;
	case CAP_SYS_ADMIN:
		return machine_has_mirrors(m) && m->has_config && *m->cfg.netns ? "netns"
										: needs->unsafe;
	case CAP_SYS_RAWIO:
		return needs->unsafe;
	default:
		return NULL;
	}
}

static void check_capabilities(const struct machine *m, struct report *r, const struct needs *needs,
			       unsigned long long effective)
{
	static const struct {
		int bit;
		const char *name;
	} caps[] = {
		{CAP_NET_ADMIN, "CAP_NET_ADMIN"},
		{CAP_NET_RAW, "CAP_NET_RAW"},
		{CAP_SYS_ADMIN, "CAP_SYS_ADMIN"},
		{CAP_SYS_RAWIO, "CAP_SYS_RAWIO"},
	};
	char missing[256] = "", there[256] = "";

	for (unsigned i = 0; i < sizeof(caps) / sizeof(*caps); i++) {
		const char *reason = why(m, needs, caps[i].bit);
		char *list = effective >> caps[i].bit & 1 ? there : missing;
		size_t len = strlen(list);

		if (reason)
			snprintf(list + len, sizeof(there) - len, "%s%s (%s)", len ? ", " : "",
				 caps[i].name, reason);
	}
	if (*missing)
		report_line(
			r, REPORT_FAIL,
			"Judged is whoever runs this command: sluiced has to be started with them.",
			"sudo sluice doctor", "missing: %s", missing);
	else
		report_line(r, REPORT_OK, "Whoever runs this command may start sluiced.", NULL,
			    "%s", *there ? there : "no capability is needed");
}

/* The limit of a line of /proc/PID/limits, soft or hard; -1: unlimited; -2: not known. */
static long limit_of(const char *limits, const char *name, bool hard)
{
	const char *found = limits ? strstr(limits, name) : NULL;
	char soft_text[32], hard_text[32];

	if (!found || sscanf(found + strlen(name), " %31s %31s", soft_text, hard_text) != 2)
		return -2;
	if (!strcmp(hard ? hard_text : soft_text, "unlimited"))
		return -1;
	return strtol(hard ? hard_text : soft_text, NULL, 10);
}

/* VFIO pins the memory for the NIC, which counts as locked. */
static void check_memlock(const struct machine *m, struct report *r, const struct needs *needs,
			  const char *limits, bool ipc_lock)
{
	long bytes = limit_of(limits, "Max locked memory", false);
	long need_mib = m->cfg.memory_mib > BUFFERS_MIB ? (long)m->cfg.memory_mib : BUFFERS_MIB;

	if (bytes < 0 || ipc_lock || bytes >> 20 >= need_mib)
		report_line(r, REPORT_OK, "VFIO can lock the buffers' memory.", NULL, "memlock: %s",
			    bytes == -1 ? "unlimited"
			    : ipc_lock  ? "CAP_IPC_LOCK goes beyond the limit"
			    : bytes < 0 ? "not known"
					: "enough");
	else if (needs->vfio)
		report_line(r, REPORT_FAIL, "VFIO locks the memory of the buffers.",
			    "ulimit -l unlimited", "memlock: %ld KiB, %ld MiB are needed",
			    bytes >> 10, need_mib);
	else
		report_line(r, m->has_config ? REPORT_OK : REPORT_WARN,
			    "VFIO would lock the memory of the buffers; other ports need no such "
			    "limit.",
			    m->has_config ? NULL : "ulimit -l unlimited", "memlock: %ld KiB",
			    bytes >> 10);
}

/* DPDK opens one file a huge page. It raises the soft limit by itself. */
static void check_nofile(const struct machine *m, struct report *r, const char *limits)
{
	long files = limit_of(limits, "Max open files", true), pages;

	pages = tree_number(&m->tree, 0, "proc/sys/vm/nr_hugepages");
	if (files < 0 || files >= pages + OTHER_FILES)
		report_line(r, REPORT_OK, "DPDK opens one file for each huge page.", NULL,
			    "nofile: %s",
			    files == -1 ? "unlimited"
			    : files < 0 ? "not known"
					: "enough");
	else
		report_line(r, REPORT_WARN,
			    "DPDK opens one file for each huge page: it cannot take all of them.",
			    "ulimit -Hn 65536", "nofile: %ld, for %ld huge pages", files, pages);
}

/* Is there a group of this name? What a tree without a list of groups has is not known. */
static bool has_group(const struct machine *m, const char *name)
{
	char *text, *rest, *line;
	size_t len = strlen(name);
	bool found;

	if (m->live)
		return getgrnam(name);
	text = tree_text(&m->tree, "etc/group");
	found = !text;
	for (rest = text; !found && rest && (line = strsep(&rest, "\n"));)
		found = !strncmp(line, name, len) && line[len] == ':';
	free(text);
	return found;
}

/* Without the group, nobody but root may ask; and one that the configuration names must be there.
 */
static void check_group(const struct machine *m, struct report *r)
{
	const char *name = m->cfg.api_group ? m->cfg.api_group : CONFIG_API_GROUP;
	char command[COMMAND_LEN];

	if (!name[strspn(name, "0123456789")] || has_group(m, name))
		return;
	snprintf(command, sizeof(command), "groupadd --system %.100s", name);
	report_line(r, m->cfg.api_group ? REPORT_FAIL : REPORT_WARN,
		    m->cfg.api_group
			    ? "sluiced gives its socket to this group."
			    : "Only root may use the client: whoever is in the group could.",
		    command, "there is no group %s", name);
}

void check_privileges(const struct machine *m, struct report *r)
{
	char *status = tree_text(&m->tree, "proc/self/status");
	char *limits = tree_text(&m->tree, "proc/self/limits");
	const char *line = status ? strstr(status, "CapEff:") : NULL;
	struct needs needs = needs_of(m);

	if (line) {
		unsigned long long effective = strtoull(line + strlen("CapEff:"), NULL, 16);

		check_capabilities(m, r, &needs, effective);
		check_memlock(m, r, &needs, limits, effective >> CAP_IPC_LOCK & 1);
		check_nofile(m, r, limits);
	} else {
		report_line(r, REPORT_OK, "A copy of files does not tell who will start sluiced.",
			    NULL, "capabilities and limits: not known");
	}
	check_group(m, r);
	free(limits);
	free(status);
}
