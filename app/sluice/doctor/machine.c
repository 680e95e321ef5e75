/* SPDX-License-Identifier: BSD-3-Clause */
#include "machine.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define DEFAULT_API "/run/sluice/sluice.sock"
#define SETUP       "sluice-setup"

/* The installed script, which a user's PATH may well not lead to; else that of the sources. */
static const char *setup_name(void)
{
	char path[4096], *folder, *rest = path;
	const char *env = getenv("PATH");

	snprintf(path, sizeof(path), "%s:/usr/local/sbin:/usr/sbin", env ? env : "");
	while ((folder = strsep(&rest, ":"))) {
		char file[4096 + sizeof(SETUP) + 1];

		snprintf(file, sizeof(file), "%s/" SETUP, folder);
		if (*folder && !access(file, X_OK))
			return SETUP;
	}
	return "scripts/setup";
}

static void load_config(struct machine *m, const char *config)
{
	m->config_named = config;
	if (config)
		snprintf(m->config_path, sizeof(m->config_path), "%s", config);
	else
		snprintf(m->config_path, sizeof(m->config_path), "%s" CONFIG_PATH, m->tree.root);
	m->config_error = config_load(m->config_path, &m->cfg, &m->err);
	if (!m->config_error)
		m->config_error = config_fits(&m->cfg, m->config_path, PORTS_MAX, &m->err);
	m->has_config = !m->config_error;
	if (m->config_error)
		config_free(&m->cfg);
	m->api = m->has_config ? m->cfg.api : DEFAULT_API;
}

/* The line "Name:\tvalue" of a file like /proc/self/status. */
static const char *value_of(const char *text, const char *name)
{
	const char *found = text ? strstr(text, name) : NULL;

	return found ? found + strlen(name) : "";
}

/* The NUMA node of the first port that has one; -1: none has. */
static long first_port_node(const struct machine *m)
{
	char addr[PCI_ADDR_LEN];
	long node = -1;

	for (unsigned i = 0; i < m->cfg.n_ports && node < 0; i++)
		if (machine_pci_addr(m->cfg.ports[i].device, addr))
			node = tree_number(&m->tree, -1, "sys/bus/pci/devices/%s/numa_node", addr);
	return node;
}

static void choose_worker(struct machine *m)
{
	cpu_set_t isolated, near;
	long node = first_port_node(m);
	unsigned cpu;

	tree_cpus(&m->tree, &isolated, "sys/devices/system/cpu/isolated");
	CPU_AND(&isolated, &isolated, &m->reachable);
	CPU_ZERO(&near);
	if (node >= 0)
		tree_cpus(&m->tree, &near, "sys/devices/system/node/node%ld/cpulist", node);
	cpu = cpus_default_worker(&m->allowed, &isolated, &near);
	if (cpu < CPU_SETSIZE)
		CPU_SET(cpu, &m->workers);
}

/* Of a tree: those of the cpuset, if that is in it. */
static void find_reachable(struct machine *m)
{
	char path[PATH_MAX], *text;
	cpu_set_t cpuset;

	tree_cpus(&m->tree, &m->reachable, "sys/devices/system/cpu/online");
	if (m->live) {
		if (cpus_reachable(&m->reachable))
			m->reachable = m->allowed;
		return;
	}
	text = tree_text(&m->tree, "proc/self/cgroup");
	snprintf(path, sizeof(path), "%s", value_of(text, "0::/"));
	free(text);
	path[strcspn(path, "\n")] = '\0';
	tree_cpus(&m->tree, &cpuset, "sys/fs/cgroup/%s/cpuset.cpus.effective", path);
	if (CPU_COUNT(&cpuset))
		CPU_AND(&m->reachable, &m->reachable, &cpuset);
}

static void choose_workers(struct machine *m)
{
	char *status = tree_text(&m->tree, "proc/self/status");

	cpus_parse(value_of(status, "Cpus_allowed_list:\t"), &m->allowed);
	free(status);
	if (!CPU_COUNT(&m->allowed))
		tree_cpus(&m->tree, &m->allowed, "sys/devices/system/cpu/online");
	find_reachable(m);
	CPU_ZERO(&m->workers);
	for (unsigned i = 0; i < m->cfg.n_workers; i++)
		CPU_SET(m->cfg.workers[i].lcore, &m->workers);
	if (!m->cfg.n_workers)
		choose_worker(m);
}

void machine_open(struct machine *m, const char *config, const char *root)
{
	memset(m, 0, sizeof(*m));
	m->live = !root || !strcmp(root, "/") || !*root;
	m->tree.root = m->live ? "" : root;
	m->setup = setup_name();
	load_config(m, config);
	choose_workers(m);
}

void machine_close(struct machine *m)
{
	config_free(&m->cfg);
}

bool machine_has_mirrors(const struct machine *m)
{
	return !m->has_config || m->cfg.control == CONTROL_LINUX;
}

bool machine_pci_addr(const char *device, char addr[PCI_ADDR_LEN])
{
	unsigned domain = 0, bus, slot, function;
	int len = 0;

	if (sscanf(device, "%4x:%2x:%2x.%1x%n", &domain, &bus, &slot, &function, &len) != 4) {
		domain = 0;
		if (sscanf(device, "%2x:%2x.%1x%n", &bus, &slot, &function, &len) != 3)
			return false;
	}
	if (device[len] && device[len] != ',')
		return false;
	snprintf(addr, PCI_ADDR_LEN, "%04x:%02x:%02x.%x", domain & 0xffff, bus & 0xff, slot & 0xff,
		 function & 7);
	return true;
}

const struct config_port *machine_port_of(const struct machine *m, const char *addr)
{
	char of_port[PCI_ADDR_LEN];

	for (unsigned i = 0; i < m->cfg.n_ports; i++)
		if (machine_pci_addr(m->cfg.ports[i].device, of_port) && !strcmp(of_port, addr))
			return &m->cfg.ports[i];
	return NULL;
}

bool machine_is_driver(const struct config_port *port, const char *driver)
{
	size_t len = strlen(driver);

	return !strncmp(port->device, driver, len) &&
	       (!isalpha((unsigned char)port->device[len]) && port->device[len] != '_');
}

bool machine_has_driver(const struct machine *m, const char *driver)
{
	for (unsigned i = 0; i < m->cfg.n_ports; i++)
		if (machine_is_driver(&m->cfg.ports[i], driver))
			return true;
	return false;
}

bool machine_has_iommu(const struct machine *m)
{
	struct tree_names units, groups;
	bool on;

	tree_list(&m->tree, &units, "sys/class/iommu");
	tree_list(&m->tree, &groups, "sys/kernel/iommu_groups");
	on = units.n && groups.n;
	tree_names_free(&groups);
	tree_names_free(&units);
	return on;
}

static enum machine_socket ask_socket(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd, ret;

	if (strlen(path) >= sizeof(addr.sun_path))
		return SOCKET_STALE;
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ret = connect(fd, (struct sockaddr *)&addr, sizeof(addr)) ? errno : 0;
	close(fd);
	if (!ret || ret == EAGAIN) /* or its backlog is full */
		return SOCKET_HEARD;
	return ret == EACCES || ret == EPERM ? SOCKET_HIDDEN : SOCKET_STALE;
}

/* Of a tree, by the list of sockets: those that listen have the flag __SO_ACCEPTCON. */
static bool is_listed(const struct tree *tree, const char *path)
{
	char *text = tree_text(tree, "proc/net/unix"), *rest = text, *line;
	bool found = false;

	while (rest && (line = strsep(&rest, "\n"))) {
		char name[PATH_MAX];
		unsigned flags;

		if (sscanf(line, "%*s %*s %*s %x %*s %*s %*s %4095s", &flags, name) == 2)
			found |= (flags & 0x10000) && !strcmp(name, path);
	}
	free(text);
	return found;
}

enum machine_socket machine_socket(const struct machine *m, const char *path)
{
	char file[PATH_MAX];

	tree_path(&m->tree, file, "%s", path + (*path == '/'));
	if (access(file, F_OK))
		return errno == EACCES ? SOCKET_HIDDEN : SOCKET_NONE;
	if (m->live)
		return ask_socket(path);
	return is_listed(&m->tree, path) ? SOCKET_HEARD : SOCKET_STALE;
}

unsigned long machine_processes(const struct machine *m, unsigned *sluiced)
{
	struct tree_names pids;
	unsigned long kib = 0;

	*sluiced = 0;
	tree_list(&m->tree, &pids, "proc");
	for (unsigned i = 0; i < pids.n; i++) {
		char *status;

		if (!isdigit((unsigned char)*pids.name[i]))
			continue;
		status = tree_text(&m->tree, "proc/%s/status", pids.name[i]);
		kib += strtoul(value_of(status, "HugetlbPages:"), NULL, 10);
		*sluiced += !strncmp(value_of(status, "Name:\t"), "sluiced\n", 8);
		free(status);
	}
	tree_names_free(&pids);
	return kib / 1024;
}
