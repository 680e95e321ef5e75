/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_vect.h>

#include "region.h"
#include "simd.h"

#define HUGE_PAGE       ((size_t)2 << 20)
#define HEAP            "bench"
#define JUDGED_S        0.001
#define DISTURBED_BELOW 0.9

struct bench_share bench_share;

static cpu_set_t allowed;
static int measuring_cpu;
static struct region heap;
static bool heap_is_hugetlb;

void bench_die(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

/* The last CPU: the first takes most interrupts. */
static int last_allowed(void)
{
	int last = 0;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		bench_die("the allowed CPUs are not known: %s", strerror(errno));
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &allowed))
			last = cpu;
	return last;
}

static void pin(const cpu_set_t *set)
{
	if (sched_setaffinity(0, sizeof(*set), set))
		bench_die("a thread cannot be pinned: %s", strerror(errno));
}

bool bench_has_second(void)
{
	return CPU_COUNT(&allowed) > 1;
}

bool bench_pin_second(void)
{
	cpu_set_t others = allowed;

	CPU_CLR(measuring_cpu, &others);
	if (!CPU_COUNT(&others))
		return false;
	pin(&others);
	return true;
}

/* DPDK's own memory without hugetlbfs is shared memory, for which transparent huge pages are mostly
 * switched off. So it gets a heap of memory mapped here, as our tables have it: from the pool of
 * huge pages if that has enough, otherwise with the same advice to the kernel. */
void bench_heap(size_t bytes)
{
	size_t size = RTE_ALIGN_CEIL(bytes, HUGE_PAGE), pages = size / HUGE_PAGE;
	rte_iova_t *iova = calloc(pages, sizeof(*iova));
	void *pool = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);

	heap_is_hugetlb = pool != MAP_FAILED;
	if (heap_is_hugetlb)
		heap = (struct region){.base = pool, .size = size, .in_use = size};
	else if (!region_create(&heap, size, -1))
		bench_die("no %zu bytes of memory: %s", size, strerror(errno));
	/* No device reads it: any numbers do, in a row. */
	for (size_t i = 0; iova && i < pages; i++)
		iova[i] = (uintptr_t)heap.base + i * HUGE_PAGE;
	if (!iova || rte_malloc_heap_create(HEAP) ||
	    rte_malloc_heap_memory_add(HEAP, heap.base, size, iova, (unsigned)pages, HUGE_PAGE))
		bench_die("no heap for DPDK: %s", rte_strerror(rte_errno));
	free(iova);
}

int bench_socket(void)
{
	return rte_malloc_heap_get_socket(HEAP);
}

uint64_t bench_heap_used(void)
{
	struct rte_malloc_socket_stats stats;

	if (rte_malloc_get_socket_stats(bench_socket(), &stats))
		bench_die("DPDK's heap has no statistics");
	return stats.heap_allocsz_bytes;
}

void bench_start(const char *program)
{
	char name[64], lcore[32];
	char *argv[] = {name,
			(char[]){"--no-huge"},
			(char[]){"--no-pci"},
			(char[]){"--no-telemetry"},
			(char[]){"--no-shconf"},
			(char[]){"-m"},
			(char[]){"64"},
			(char[]){"--log-level=lib.*:error"},
			(char[]){"--lcores"},
			lcore,
			NULL};
	cpu_set_t own;
	struct error err;
	enum simd simd;

	if (simd_choose(&simd, &err))
		bench_die("%s", err.msg);
	measuring_cpu = last_allowed();
	snprintf(name, sizeof(name), "%s", program);
	snprintf(lcore, sizeof(lcore), "0@%d", measuring_cpu);
	if (rte_eal_init(RTE_DIM(argv) - 1, argv) < 0)
		bench_die("DPDK does not start: %s", rte_strerror(rte_errno));
	rte_vect_set_max_simd_bitwidth(RTE_VECT_SIMD_512);
	CPU_ZERO(&own);
	CPU_SET(measuring_cpu, &own);
	pin(&own);
}

int bench_status(bool right)
{
	if (fflush(stdout) || ferror(stdout))
		bench_die("what was measured could not be written: %s", strerror(errno));
	return right ? 0 : 1;
}

/* KiB of a field of /proc/self/smaps, over all mappings inside the heap. */
static unsigned long heap_kib(const char *field)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	uintptr_t base = (uintptr_t)heap.base, first, end;
	size_t len = strlen(field);
	unsigned long sum = 0, kib;
	bool inside = false;
	char line[256];

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx ", &first, &end) == 2)
			inside = first >= base && end <= base + heap.size;
		else if (inside && !strncmp(line, field, len) &&
			 sscanf(line + len, ": %lu kB", &kib) == 1)
			sum += kib;
	}
	if (f)
		fclose(f);
	return sum;
}

const char *bench_pages(char *buf, size_t size)
{
	unsigned long in_use = heap_kib("Rss");

	if (heap_is_hugetlb)
		snprintf(buf, size, "huge pages of the kernel's pool");
	else
		snprintf(buf, size, "transparent huge pages for %lu of %lu MiB in use",
			 heap_kib("AnonHugePages") / 1024, in_use / 1024);
	return buf;
}

void *bench_alloc(size_t bytes)
{
	struct region region;
	void *mem = region_create(&region, bytes, -1);

	if (!mem)
		bench_die("no %zu bytes of memory: %s", bytes, strerror(errno));
	return mem;
}

static double seconds(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

struct bench_clock bench_begin(void)
{
	struct bench_clock now;

	now.wall = seconds(CLOCK_MONOTONIC);
	now.cpu = seconds(CLOCK_THREAD_CPUTIME_ID);
	return now;
}

double bench_end(const struct bench_clock *begin)
{
	double cpu = seconds(CLOCK_THREAD_CPUTIME_ID) - begin->cpu;
	double wall = seconds(CLOCK_MONOTONIC) - begin->wall;

	if (wall > JUDGED_S) {
		bench_share.samples++;
		bench_share.disturbed += cpu < DISTURBED_BELOW * wall;
	}
	return cpu;
}

double bench_wall(const struct bench_clock *begin)
{
	return seconds(CLOCK_MONOTONIC) - begin->wall;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double bench_median(double *values, unsigned n)
{
	qsort(values, n, sizeof(*values), compare);
	return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

void bench_usage(const char *usage, bool wanted)
{
	fputs(usage, wanted ? stdout : stderr);
	exit(wanted ? 0 : 2);
}

unsigned bench_options_end(int argc, char **argv, const char *usage, unsigned rounds, bool quick)
{
	if (optind < argc) {
		fprintf(stderr, "found '%s', expected options only\n%s", argv[optind], usage);
		exit(2);
	}
	if (rounds)
		return rounds;
	return quick ? 1 : BENCH_ROUNDS;
}

unsigned long bench_number(const char *option, const char *text, unsigned long min,
			   unsigned long max)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || errno || value < min || value > max) {
		fprintf(stderr, "%s: found '%s', expected a number from %lu to %lu\n", option, text,
			min, max);
		exit(2);
	}
	return value;
}
