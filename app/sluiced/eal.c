/* SPDX-License-Identifier: BSD-3-Clause */
#include "eal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <rte_pci.h>

#include "cpus.h"
#include "hugepages.h"
#include "log.h"
#include "numa_place.h"

#define EAL_ARGS_MAX 128
/* Of `dpdk.memory: 0`. With huge pages, as many as are needed are taken, at the start; with fewer
 * than these, DPDK itself does not start, and this is what a router of some ports needs. Small
 * pages are reserved once, and cost nothing until they are used. */
#define FEW_MIB         8
#define USUAL_MIB       128
#define SMALL_PAGES_MIB 512

/* The PCI address in a device, if it begins with one. */
static bool device_pci_addr(const char *device, struct rte_pci_addr *addr)
{
	char name[32];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(device, ","), device);
	return !rte_pci_addr_parse(name, addr);
}

/* The NUMA node of a PCI device, before DPDK has seen any; -1: none in particular. */
static int device_node(const char *device)
{
	struct rte_pci_addr addr;
	char path[128];
	int node = -1;
	FILE *f;

	if (!device_pci_addr(device, &addr))
		return -1;
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/" PCI_PRI_FMT "/numa_node", addr.domain,
		 addr.bus, addr.devid, addr.function);
	f = fopen(path, "re");
	if (f && fscanf(f, "%d", &node) != 1)
		node = -1;
	if (f)
		fclose(f);
	return node;
}

/* That of a bond is its members', if they have one in common. */
static int port_node(const struct config_port *port)
{
	int node = device_node(port->n_members ? port->members[0] : port->device);

	for (unsigned i = 1; i < port->n_members; i++)
		if (device_node(port->members[i]) != node)
			return -1;
	return node;
}

static int first_port_node(const struct config *cfg)
{
	int node = -1;

	for (unsigned i = 0; i < cfg->n_ports && node < 0; i++)
		node = port_node(&cfg->ports[i]);
	return node;
}

/* Those that isolcpus= keeps everybody from who does not ask for them. */
static void isolated_cpus(cpu_set_t *set)
{
	FILE *f = fopen("/sys/devices/system/cpu/isolated", "re");
	char text[4096];

	CPU_ZERO(set);
	if (f && fgets(text, sizeof(text), f))
		cpus_parse(text, set);
	if (f)
		fclose(f);
	if (CPU_COUNT(set) && cpus_reachable(set))
		CPU_ZERO(set);
}

static unsigned default_worker(const cpu_set_t *allowed, int node)
{
	cpu_set_t isolated, near, mine = *allowed;

	isolated_cpus(&isolated);
	CPU_ZERO(&near);
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (cpu >= CONFIG_MAX_WORKERS) {
			CPU_CLR(cpu, &isolated);
			CPU_CLR(cpu, &mine);
		} else if (node >= 0 && numa_place_of_cpu(cpu) == node) {
			CPU_SET(cpu, &near);
		}
	}
	return cpus_default_worker(&mine, &isolated, &near);
}

/* The affinity that it was started with does not bind a worker: with isolcpus=, that of every
 * service is without the CPUs that it is to forward on. */
static int check_workers(const struct config *cfg, const cpu_set_t *allowed, struct error *err)
{
	cpu_set_t workers, reachable;
	int ret;

	CPU_ZERO(&workers);
	for (unsigned i = 0; i < cfg->n_workers; i++)
		CPU_SET(cfg->workers[i].lcore, &workers);
	reachable = workers;
	ret = cpus_reachable(&reachable);
	if (ret)
		return error_set(err, ret, "the CPUs of workers cannot be asked for: %s",
				 strerror(-ret));
	for (unsigned i = 0; i < cfg->n_workers; i++)
		if (!CPU_ISSET(cfg->workers[i].lcore, &reachable))
			return error_set(err, -EINVAL,
					 "workers: this process may not run on CPU %u (%d CPUs are "
					 "allowed, see taskset -p)",
					 cfg->workers[i].lcore, CPU_COUNT(allowed));
	return 0;
}

int eal_choose_workers(const struct config *cfg, unsigned *lcores, unsigned *n, struct error *err)
{
	cpu_set_t allowed;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return error_set(err, -errno, "the allowed CPUs are not known: %s",
				 strerror(errno));
	*n = cfg->n_workers;
	for (unsigned i = 0; i < *n; i++)
		lcores[i] = cfg->workers[i].lcore;
	if (*n)
		return check_workers(cfg, &allowed, err);
	lcores[0] = default_worker(&allowed, first_port_node(cfg));
	*n = 1;
	return 0;
}

static int check_hugepages(const struct config *cfg, struct error *err)
{
	unsigned long free = hugepages_free_mib();

	if (!cfg->hugepages || free >= RTE_MAX(cfg->memory_mib, FEW_MIB))
		return 0;
	return hugepages_refuse(cfg->memory_mib ? cfg->memory_mib : USUAL_MIB, err);
}

/* "1@1,4@4,0@(0,2,3)": each worker on its CPU, the main lcore on the CPUs that are left of those
 * that the process was started with. */
static int lcores_arg(char *buf, size_t size, const unsigned *lcores, unsigned n, unsigned *main_id)
{
	cpu_set_t left, workers, shared;
	size_t len = 0;
	bool first = true;

	CPU_ZERO(&workers);
	for (unsigned i = 0; i < n; i++) {
		CPU_SET(lcores[i], &workers);
		len += (size_t)snprintf(buf + len, size - len, "%u@%u,", lcores[i], lcores[i]);
	}
	for (*main_id = 0; CPU_ISSET(*main_id, &workers);)
		++*main_id;
	if (sched_getaffinity(0, sizeof(left), &left))
		return -errno;
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &workers) && CPU_COUNT(&left) > 1)
			CPU_CLR(cpu, &left);
	CPU_AND(&shared, &left, &workers);
	if (CPU_COUNT(&shared))
		log_warn("every CPU forwards: the control thread shares one with a worker");
	len += (size_t)snprintf(buf + len, size - len, "%u@(", *main_id);
	for (unsigned cpu = 0; cpu < CPU_SETSIZE && len < size; cpu++)
		if (CPU_ISSET(cpu, &left)) {
			len += (size_t)snprintf(buf + len, size - len, first ? "%u" : ",%u", cpu);
			first = false;
		}
	if (len + 2 > size)
		return -E2BIG;
	strcat(buf, ")");
	return 0;
}

static bool has_pci_port(const struct config *cfg)
{
	struct rte_pci_addr addr;

	for (unsigned i = 0; i < cfg->n_ports; i++) {
		const struct config_port *port = &cfg->ports[i];

		if (device_pci_addr(port->device, &addr))
			return true;
		for (unsigned j = 0; j < port->n_members; j++)
			if (device_pci_addr(port->members[j], &addr))
				return true;
	}
	return false;
}

/* EAL makes it even if it has nothing to put there, and before it knows whether it starts. */
static void remove_runtime_dir(const char *dir)
{
	if (*dir)
		rmdir(dir);
}

/* EAL prints its usage, a hundred lines, where it does not understand an argument. Nothing else
 * that it says goes to stdout. */
static int init_quietly(int argc, char **argv)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	int ret;

	fflush(stdout);
	if (null >= 0 && out >= 0)
		dup2(null, STDOUT_FILENO);
	ret = rte_eal_init(argc, argv) < 0 ? -rte_errno : 0;
	fflush(stdout);
	if (null >= 0 && out >= 0)
		dup2(out, STDOUT_FILENO);
	if (null >= 0)
		close(null);
	if (out >= 0)
		close(out);
	if (ret)
		remove_runtime_dir(rte_eal_get_runtime_dir());
	return ret;
}

int eal_start(const struct config *cfg, const unsigned *lcores, unsigned n, bool verbose,
	      struct error *err)
{
	char lcores_text[8192], main_text[16], memory[16];
	char *args[EAL_ARGS_MAX] = {0}, *argv[EAL_ARGS_MAX];
	unsigned main_id;
	int argc = 0, ret = check_hugepages(cfg, err);

	if (ret)
		return ret;
	ret = lcores_arg(lcores_text, sizeof(lcores_text), lcores, n, &main_id);
	if (ret)
		return error_set(err, ret, "too many lcores");
	snprintf(main_text, sizeof(main_text), "%u", main_id);
	snprintf(memory, sizeof(memory), "%u",
		 cfg->memory_mib || cfg->hugepages ? cfg->memory_mib : SMALL_PAGES_MIB);

	bool pci = has_pci_port(cfg);
	const char *fixed[] = {
		"sluiced",
		"--lcores",
		lcores_text,
		"--main-lcore",
		main_text,
		"-m",
		memory,
		/* No file is left behind, whatever ends the process. After a kill an empty
		 * directory is, which the next process takes and removes when it stops. */
		cfg->hugepages ? "--in-memory" : "--no-shconf",
		"--no-telemetry",
		"--file-prefix=sluice",
		/* Devices are probed one by one: those of the configuration, and of `port add`. */
		pci || !access("/sys/bus/pci/devices", F_OK) ? "--allow=0000:00:00.0" : "--no-pci",
		verbose ? "--log-level=lib.*:info" : "--log-level=lib.eal:error",
		/* Where no device needs them, no physical addresses: to know them takes a
		 * capability that the daemon does not keep. */
		pci ? NULL : "--iova-mode=va",
		cfg->hugepages ? NULL : "--no-huge",
	};

	for (unsigned i = 0; i < RTE_DIM(fixed); i++)
		if (fixed[i])
			args[argc++] = strdup(fixed[i]);
	for (unsigned i = 0; i < cfg->n_eal_args && argc < EAL_ARGS_MAX - 1; i++)
		args[argc++] = strdup(cfg->eal_args[i]);
	memcpy(argv, args, sizeof(argv)); /* EAL reorders what it is given */
	ret = init_quietly(argc, argv);
	/* It keeps pointers into the arguments only until it returns. */
	while (argc--)
		free(args[argc]);
	if (ret)
		return error_set(err, ret, "DPDK does not start: %s (see dpdk.args; -v says more)",
				 rte_strerror(-ret));
	return 0;
}

void eal_stop(void)
{
	char dir[PATH_MAX];

	snprintf(dir, sizeof(dir), "%s", rte_eal_get_runtime_dir());
	rte_eal_cleanup();
	remove_runtime_dir(dir);
}
