/* SPDX-License-Identifier: BSD-3-Clause */
#include "hugepages.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>

#include <rte_eal.h>

#define HUGEPAGES "/sys/kernel/mm/hugepages"
/* What is asked for comes on top of what stands, in blocks with a head, page by page. */
#define SLACK_MIB 16

static unsigned long read_number(const char *dir, const char *file)
{
	unsigned long value = 0;
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), HUGEPAGES "/%s/%s", dir, file);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (fscanf(f, "%lu", &value) != 1)
		value = 0;
	fclose(f);
	return value;
}

unsigned long hugepages_free_mib(void)
{
	DIR *dir = opendir(HUGEPAGES);
	struct dirent *entry;
	unsigned long mib = 0, kib;

	while (dir && (entry = readdir(dir)))
		if (sscanf(entry->d_name, "hugepages-%lukB", &kib) == 1)
			mib += read_number(entry->d_name, "free_hugepages") * kib / 1024;
	if (dir)
		closedir(dir);
	return mib;
}

/* The size of the pages that /proc/sys/vm/nr_hugepages counts, in KiB; 0: not known. */
static unsigned long default_kib(void)
{
	FILE *f = fopen("/proc/meminfo", "re");
	unsigned long kib = 0;
	char line[128];

	while (f && !kib && fgets(line, sizeof(line), f))
		if (sscanf(line, "Hugepagesize: %lu kB", &kib) != 1)
			kib = 0;
	if (f)
		fclose(f);
	return kib;
}

int hugepages_refuse(unsigned long mib, struct error *err)
{
	unsigned long free = hugepages_free_mib(), kib = default_kib();
	unsigned long missing = mib > free ? mib - free : 0;
	char dir[64], advice[128] = "this kernel has none";

	if (kib) {
		/* Those that others hold count in nr_hugepages too. */
		snprintf(dir, sizeof(dir), "hugepages-%lukB", kib);
		snprintf(advice, sizeof(advice), "echo %lu > /proc/sys/vm/nr_hugepages",
			 read_number(dir, "nr_hugepages") + (missing * 1024 + kib - 1) / kib);
	}
	return error_set(err, -ENOMEM,
			 "%lu MiB of huge pages are needed, %lu MiB are free: %s (or "
			 "dpdk.hugepages: false, for tests)",
			 mib, free, advice);
}

int hugepages_refuse_for(const char *what, size_t bytes, struct error *err)
{
	unsigned long mib = (unsigned long)(bytes >> 20) + 1;

	if (!rte_eal_has_hugepages())
		return error_set(err, -ENOMEM, "no memory for %s (%lu MiB): raise dpdk.memory",
				 what, mib);
	if (hugepages_free_mib() >= mib + SLACK_MIB)
		return error_set(err, -ENOMEM,
				 "no memory for %s (%lu MiB): the huge pages that are free are on "
				 "another NUMA node, or dpdk.args keep them back",
				 what, mib);
	hugepages_refuse(mib + SLACK_MIB, err);
	return error_prefix(err, -ENOMEM, "no memory for %s", what);
}
