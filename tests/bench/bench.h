/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the benchmarks of the tables have in common: time, medians, the CPU they run on, memory in
 * huge pages for both sides. Failures that leave nothing to measure end the program with a message.
 *
 * Context: the main thread, unless said otherwise.
 */
#ifndef SLUICE_BENCH_H
#define SLUICE_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_BURST_MAX  64
#define BENCH_ROUNDS     9
#define BENCH_ROUNDS_MAX 99

/* A stretch of work of the calling thread. Seconds are those in which it had a CPU
 * (CLOCK_THREAD_CPUTIME_ID), so others who want the core do not count; what they do to the caches
 * remains. */
struct bench_clock {
	double cpu, wall;
};

struct bench_share {
	unsigned samples;
	unsigned disturbed; /* had less than nine tenths of a core; only those over 1 ms are judged
			     */
};

extern struct bench_share bench_share;

/* Message to stderr, exit status 1. */
__attribute__((format(printf, 1, 2), noreturn)) void bench_die(const char *format, ...);

/* Start DPDK without ports, allow it AVX-512, and pin the calling thread. A SLUICE_SIMD that cannot
 * be honoured ends the program. */
void bench_start(const char *program);

/* The exit status: 1 too if not all that was printed has gone out. */
int bench_status(bool right);

/* Make DPDK's heap, once; DPDK clears all of it at once. */
void bench_heap(size_t bytes);

/* The NUMA node, as rte_*_create() take it, of DPDK's heap of huge pages. */
int bench_socket(void);

/* Bytes of that heap in use. */
uint64_t bench_heap_used(void);

/* How the memory of DPDK's tables is backed, in words, as far as it is in use by now. */
const char *bench_pages(char *buf, size_t size);

/* Where a second thread goes: another CPU than the measuring thread's. False: there is none. */
bool bench_pin_second(void);
bool bench_has_second(void);

/* Zeroed memory in huge pages, aligned to one, until the program ends. */
void *bench_alloc(size_t bytes);

struct bench_clock bench_begin(void);
/* CPU seconds since bench_begin(). */
double bench_end(const struct bench_clock *begin);
/* Seconds of wall time since bench_begin(), which are not counted in bench_share: for what other
 * threads have done meanwhile. */
double bench_wall(const struct bench_clock *begin);

/* Sorts the values. n: 1 or more. */
double bench_median(double *values, unsigned n);

/* Print how the program is used, and end it: because somebody asked, or as getopt_long() has met
 * what it does not know. */
__attribute__((noreturn)) void bench_usage(const char *usage, bool wanted);

/* After the last option nothing may follow: that ends the program as well. Returns the rounds that
 * were asked for, or, where that is 0, how many there are then. */
unsigned bench_options_end(int argc, char **argv, const char *usage, unsigned rounds, bool quick);

/* An option's number from min to max, or usage error. */
unsigned long bench_number(const char *option, const char *text, unsigned long min,
			   unsigned long max);

#endif
