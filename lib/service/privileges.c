/* SPDX-License-Identifier: BSD-3-Clause */
#include "privileges.h"

#include <dirent.h>
#include <errno.h>
#include <linux/capability.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

#define CAP(name) CAP_##name, "CAP_" #name

const struct privilege privileges[] = {
	{CAP(NET_ADMIN), PRIVILEGE_ALWAYS,
	 "mirrors (TAP netdevs), netlink, the network's sysctls, nftables at the ingress of "
	 "netdevs",
	 "changes in the kernel's tables, mirrors that are made anew, ports that are added"},
	{CAP(NET_RAW), PRIVILEGE_ALWAYS, "packet sockets of ports on netdevs",
	 "such ports that are added"},
	{CAP(IPC_LOCK), PRIVILEGE_ALWAYS, "memory that is pinned for devices (VFIO, XDP)",
	 "devices that are added"},
	{CAP(SYS_ADMIN), PRIVILEGE_PHYSICAL,
	 "entering the mirrors' network namespace, the physical addresses of memory, XDP programs",
	 "memory that ports added later need"},
	{CAP(SYS_RAWIO), PRIVILEGE_PHYSICAL,
	 "port I/O of legacy virtio devices, VFIO without an IOMMU", "devices that are added"},
	{CAP(BPF), PRIVILEGE_XDP, "XDP programs", "XDP ports that are added"},
	{CAP(SYS_NICE), 0, "the priority of the mirrors' thread, memory on a NUMA node", NULL},
	{CAP(CHOWN), 0, "the group of the API's socket", NULL},
	{CAP(SETPCAP), 0, "giving up the bounding set", NULL},
};

const unsigned n_privileges = sizeof(privileges) / sizeof(*privileges);

const char *privilege_when_text(enum privilege_when when)
{
	switch (when) {
	case PRIVILEGE_ALWAYS:
		return "always";
	case PRIVILEGE_PHYSICAL:
		return "with PCI devices and no IOMMU";
	case PRIVILEGE_XDP:
		return "with a port on net_af_xdp";
	}
	return "never";
}

uint64_t privileges_needed(unsigned when)
{
	uint64_t caps = 0;

	for (unsigned i = 0; i < n_privileges; i++)
		if (privileges[i].keep & when)
			caps |= UINT64_C(1) << privileges[i].cap;
	return caps;
}

/* capget(2) and capset(2) of the calling thread; glibc has no functions for them. */
static int get_caps(struct __user_cap_data_struct data[2])
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};

	return syscall(SYS_capget, &header, data) ? -errno : 0;
}

static int set_caps(const struct __user_cap_data_struct data[2])
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};

	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

uint64_t privileges_have(void)
{
	struct __user_cap_data_struct data[2] = {{0}};

	return get_caps(data) ? 0 : data[0].permitted | (uint64_t)data[1].permitted << 32;
}

/* The bounding set first: it takes CAP_SETPCAP. Async-signal-safe. */
static int drop_own(uint64_t keep)
{
	struct __user_cap_data_struct data[2] = {{0}};
	uint64_t left = privileges_have() & keep;

	for (int cap = 0; cap < 64; cap++)
		if (!(keep >> cap & 1) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) && errno == EINVAL)
			break; /* the kernel has no more */
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	for (int i = 0; i < 2; i++)
		data[i].permitted = data[i].effective = (uint32_t)(left >> 32 * i);
	return set_caps(data);
}

#define TASKS_MAX 4096
#define WAIT_S    5

struct keeper {
	pid_t tid;
	uint64_t caps;
};

/* For the signal handler, which has no argument. */
static struct {
	struct keeper keepers[TASKS_MAX];
	unsigned n_keepers;
	atomic_int asked; /* threads that were told to give up, and have not yet */
	sem_t done;
} drop;

/* What the thread may keep. Async-signal-safe. */
static uint64_t may_keep(pid_t tid)
{
	for (unsigned i = 0; i < drop.n_keepers; i++)
		if (drop.keepers[i].tid == tid)
			return drop.keepers[i].caps;
	return 0;
}

/* Anybody with the right to may send this signal: only what this process has sent to one of its
 * threads counts, and only as often as it was sent. */
static void on_signal(int signal, siginfo_t *info, void *context)
{
	int saved = errno;

	if (info->si_code == SI_TKILL && info->si_pid == getpid() && atomic_load(&drop.asked) > 0) {
		drop_own(may_keep(gettid())); /* what has become of it is looked at in the end */
		atomic_fetch_sub(&drop.asked, 1);
		sem_post(&drop.done);
	}
	errno = saved;
}

static void task_name(pid_t tid, char *buf, size_t size)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/comm", tid);
	file = fopen(path, "re");
	*buf = '\0';
	if (file && !fgets(buf, (int)size, file))
		*buf = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	if (file)
		fclose(file);
}

/* The permitted capabilities of a thread; none if it has ended. */
static uint64_t task_caps(pid_t tid)
{
	unsigned long long caps = 0;
	char path[64], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/status", tid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "CapPrm: %llx", &caps) == 1)
			break;
	if (file)
		fclose(file);
	return caps;
}

/* The other threads of the process, up to max. Returns how many, or -errno. */
static int other_tasks(pid_t *tids, int max)
{
	DIR *dir = opendir("/proc/self/task");
	const struct dirent *entry;
	int n = 0;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir)) && n < max) {
		pid_t tid = atoi(entry->d_name);

		if (tid > 0 && tid != gettid())
			tids[n++] = tid;
	}
	closedir(dir);
	return n;
}

static void wait_for(unsigned n)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += WAIT_S;
	while (n)
		if (!sem_timedwait(&drop.done, &end))
			n--;
		else if (errno != EINTR)
			return;
}

static void warn_of_leftovers(const pid_t *tids, int n)
{
	char name[32];

	for (int i = 0; i < n; i++) {
		task_name(tids[i], name, sizeof(name));
		if (task_caps(tids[i]) & ~may_keep(tids[i]))
			log_warn("thread %d (%s) does not give up its capabilities", tids[i], name);
	}
}

/* The calling thread is one as well: should the signal find it, it keeps what it may. */
static void find_keepers(const pid_t *tids, int n, uint64_t keep,
			 const struct privileges_keeper *also)
{
	char name[32];

	drop.keepers[drop.n_keepers++] = (struct keeper){gettid(), keep};
	for (int i = 0; i < n; i++) {
		task_name(tids[i], name, sizeof(name));
		for (const struct privileges_keeper *k = also; k->thread; k++)
			if (!strcmp(name, k->thread))
				drop.keepers[drop.n_keepers++] =
					(struct keeper){tids[i], keep & k->caps};
	}
}

/* Nobody makes threads meanwhile, so one look finds all. */
static int drop_others(uint64_t keep, const struct privileges_keeper *also, struct error *err)
{
	const struct sigaction action = {.sa_sigaction = on_signal,
					 .sa_flags = SA_RESTART | SA_SIGINFO};
	static pid_t tids[TASKS_MAX - 1];
	unsigned told = 0;
	int n = other_tasks(tids, TASKS_MAX - 1);

	if (n < 0)
		return error_set(err, n, "/proc/self/task: %s", strerror(-n));
	find_keepers(tids, n, keep, also);
	sem_init(&drop.done, 0, 0);
	sigaction(SIGRTMIN, &action, NULL);
	for (int i = 0; i < n; i++) {
		atomic_fetch_add(&drop.asked, 1);
		if (!tgkill(getpid(), tids[i], SIGRTMIN))
			told++;
		else /* it has ended */
			atomic_fetch_sub(&drop.asked, 1);
	}
	wait_for(told);
	/* The handler stays: it may come late, and without it the signal would end the process. */
	warn_of_leftovers(tids, n);
	return 0;
}

int privileges_drop(uint64_t keep, const struct privileges_keeper *also, struct error *err)
{
	int ret = drop_others(keep, also, err);

	if (!ret)
		ret = drop_own(keep);
	return ret ? error_set(err, ret, "capabilities cannot be given up: %s", strerror(-ret)) : 0;
}
