/* SPDX-License-Identifier: BSD-3-Clause */
#include "lookup.h"

#include <stdio.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_common.h>
#include <rte_prefetch.h>

#include "fdb.h"

/* Addresses of a burst in the form of the method, and its answers. */
struct burst_room {
	uint64_t nh[BENCH_BURST_MAX + 1];
	uint64_t key[BENCH_BURST_MAX];
	uint32_t dst4[BENCH_BURST_MAX];
	uint8_t dst6[BENCH_BURST_MAX][16];
	uint8_t *pointer[BENCH_BURST_MAX];
} __rte_cache_aligned;

/* Where answers are compared instead of timed. */
struct check {
	const uint32_t *expect;
	uint32_t *learn; /* not NULL: what comes is expected from now on */
	size_t wrong, first_wrong;
	uint32_t found; /* at first_wrong */
};

static struct burst_room room;

static void settle(const struct method *m, struct check *check, size_t at, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		uint32_t nh = m->answer(room.nh, i);

		if (check->learn) {
			check->learn[at + i] = nh;
		} else if (nh != check->expect[at + i] && !check->wrong++) {
			check->first_wrong = at + i;
			check->found = nh;
		}
	}
}

/* Look up a burst and have the answers in memory, as a router has before it goes on. */
static __rte_always_inline void run(const struct method *m, void *dst, size_t at, unsigned n,
				    struct check *check)
{
	m->lookup(m->table, dst, room.nh, n);
	__asm__ volatile("" : : "r"(room.nh) : "memory");
	if (check)
		settle(m, check, at, n);
}

/* The addresses lie ready in arrays; where a method takes pointers, it makes them. */
static __rte_always_inline void pure(const struct method *m, enum form form, const struct trace *t,
				     unsigned burst, struct check *check)
{
	for (size_t at = 0; at < t->n; at += burst) {
		if (form == FORM_POINTERS6) {
			for (unsigned i = 0; i < burst; i++)
				room.pointer[i] = t->net + (at + i) * 16;
			run(m, room.pointer, at, burst, check);
		} else if (form == FORM_ARRAY6) {
			run(m, t->net + at * 16, at, burst, check);
		} else if (form == FORM_KEY) {
			run(m, t->net + at * 8, at, burst, check);
		} else {
			run(m, form == FORM_HOST4 ? (void *)&t->host[at] : t->net + at * 4, at,
			    burst, check);
		}
	}
}

/* The addresses come out of packets: all of a burst are prefetched, then each is read. */
static __rte_always_inline void touch(const struct method *m, enum form form,
				      const struct packets *p, size_t trace_at, unsigned burst,
				      struct check *check)
{
	for (size_t at = 0; at < p->n; at += burst) {
		uint8_t *const *packet = p->packet + at;
		void *dst = room.dst4;

		for (unsigned i = 0; i < burst; i++)
			rte_prefetch0(packet[i]);
		if (form == FORM_POINTERS6) {
			for (unsigned i = 0; i < burst; i++)
				room.pointer[i] = packet[i] + PACKET_DST6;
			dst = room.pointer;
		} else if (form == FORM_ARRAY6) {
			for (unsigned i = 0; i < burst; i++)
				memcpy(room.dst6[i], packet[i] + PACKET_DST6, 16);
			dst = room.dst6;
		} else if (form == FORM_KEY) {
			for (unsigned i = 0; i < burst; i++)
				room.key[i] = fdb_key((void *)(packet[i] + PACKET_MAC), TRACE_FID);
			dst = room.key;
		} else {
			for (unsigned i = 0; i < burst; i++) {
				memcpy(&room.dst4[i], packet[i] + PACKET_DST4, 4);
				if (form == FORM_HOST4)
					room.dst4[i] = rte_be_to_cpu_32(room.dst4[i]);
			}
		}
		run(m, dst, trace_at + at, burst, check);
	}
}

/* The loops once for each form, so that they have no branches on it. */
static void pure_pass(const struct method *m, const struct trace *t, unsigned burst,
		      struct check *check)
{
	switch (m->form) {
	case FORM_NET4:
		pure(m, FORM_NET4, t, burst, check);
		break;
	case FORM_HOST4:
		pure(m, FORM_HOST4, t, burst, check);
		break;
	case FORM_ARRAY6:
		pure(m, FORM_ARRAY6, t, burst, check);
		break;
	case FORM_POINTERS6:
		pure(m, FORM_POINTERS6, t, burst, check);
		break;
	case FORM_KEY:
		pure(m, FORM_KEY, t, burst, check);
		break;
	}
}

static void touch_batch(const struct method *m, const struct packets *p, size_t at, unsigned burst,
			struct check *check)
{
	switch (m->form) {
	case FORM_NET4:
		touch(m, FORM_NET4, p, at, burst, check);
		break;
	case FORM_HOST4:
		touch(m, FORM_HOST4, p, at, burst, check);
		break;
	case FORM_ARRAY6:
		touch(m, FORM_ARRAY6, p, at, burst, check);
		break;
	case FORM_POINTERS6:
		touch(m, FORM_POINTERS6, p, at, burst, check);
		break;
	case FORM_KEY:
		touch(m, FORM_KEY, p, at, burst, check);
		break;
	}
}

/* CPU seconds for all addresses of the trace. */
static double pass(const struct method *m, const struct trace *t, const struct packets *p,
		   const struct lookup_case *c, struct check *check)
{
	struct bench_clock begin = bench_begin();
	double s = 0;

	if (!c->touch) {
		pure_pass(m, t, c->burst, check);
		return bench_end(&begin);
	}
	for (size_t at = 0; at < t->n; at += p->n) {
		packets_fill(p, t, at);
		begin = bench_begin();
		touch_batch(m, p, at, c->burst, check);
		s += bench_end(&begin);
	}
	return s;
}

struct lookup_case lookup_case(unsigned i)
{
	return (struct lookup_case){.trace = (enum trace_kind)(i / (LOOKUP_BURSTS * 2)),
				    .burst = i / 2 % LOOKUP_BURSTS ? 64 : 32,
				    .touch = i % 2};
}

static void nothing(void *table, void *dst, void *nh, unsigned n)
{
	__asm__ volatile("" : : "r"(dst) : "memory");
}

/* A method that comes at place i in the order of columns, or NULL: not to be measured. */
static const struct method *column(const struct lookup_results *r, unsigned i, bool touching)
{
	if (i == r->methods.n)
		return touching ? &r->alone : NULL;
	return *r->methods.m[i].missing ? NULL : &r->methods.m[i];
}

static bool check_method(struct method *m, struct trace *t, const struct packets *p, bool learn)
{
	for (unsigned i = 0; i < LOOKUP_CASES; i++) {
		struct lookup_case c = lookup_case(i);
		struct check check = {.expect = t->expect, .learn = learn ? t->expect : NULL};

		if (c.trace != t->kind || !t->n)
			continue;
		pass(m, t, p, &c, &check);
		learn = false;
		if (check.wrong) {
			fprintf(stderr,
				"%s, %s, burst %u, touch %d: %zu of %zu answers are not those of "
				"the first method; address %zu: found %u, expected %u\n",
				m->name, trace_name(t->kind), c.burst, c.touch, check.wrong, t->n,
				check.first_wrong, check.found, t->expect[check.first_wrong]);
			return false;
		}
	}
	return true;
}

bool lookup_check(struct lookup_results *r, struct trace traces[TRACE_KINDS],
		  const struct packets *packets)
{
	bool learn = true, right = true;

	r->alone = (struct method){.name = "packet-touch-alone", .lookup = nothing};
	/* As the first, but pointers alone would touch nothing. */
	r->alone.form = r->methods.m[0].form;
	if (r->alone.form == FORM_POINTERS6)
		r->alone.form = FORM_ARRAY6;
	for (unsigned i = 0; i < r->methods.n; i++) {
		struct method *m = &r->methods.m[i];

		if (!*m->missing && m->select && m->select(m))
			method_missing(m, "this CPU or this build has it not");
		if (*m->missing)
			continue;
		for (unsigned k = 0; k < TRACE_KINDS; k++)
			right &= check_method(m, &traces[k], packets, learn);
		learn = false;
	}
	return right;
}

void lookup_measure(struct lookup_results *r, struct trace traces[TRACE_KINDS],
		    const struct packets *packets, unsigned rounds)
{
	static double mlps[LOOKUP_CASES][LOOKUP_COLUMNS][BENCH_ROUNDS_MAX];
	unsigned n = r->methods.n + 1;

	for (unsigned round = 0; round < rounds; round++)
		for (unsigned i = 0; i < LOOKUP_CASES * n; i++) {
			struct lookup_case c = lookup_case(i / n);
			/* Each round begins with another, so that nobody always follows the same */
			unsigned k = (i % n + round) % n;
			const struct method *m = column(r, k, c.touch);
			const struct trace *t = &traces[c.trace];

			if (!m || !t->n)
				continue;
			if (m->select)
				m->select(m);
			/* Once untimed: what the one before has left in the caches goes. */
			pass(m, t, packets, &c, NULL);
			mlps[i / n][k][round] = (double)t->n / pass(m, t, packets, &c, NULL) / 1e6;
		}
	for (unsigned i = 0; i < LOOKUP_CASES * n; i++)
		r->mlps[i / n][i % n] = bench_median(mlps[i / n][i % n], rounds);
}

void lookup_print_json(const struct lookup_results *r, const char *table, const char *more)
{
	for (unsigned k = 0; k < r->methods.n; k++)
		if (*r->methods.m[k].missing)
			printf("{\"table\":\"%s\",%s\"method\":\"%s\",\"missing\":\"%s\"}\n", table,
			       more, r->methods.m[k].name, r->methods.m[k].missing);
	for (unsigned i = 0; i < LOOKUP_CASES; i++) {
		struct lookup_case c = lookup_case(i);

		for (unsigned k = 0; k <= r->methods.n; k++) {
			const struct method *m = column(r, k, c.touch);

			if (m && r->mlps[i][k] > 0)
				printf("{\"table\":\"%s\",%s\"method\":\"%s\",\"trace\":\"%s\","
				       "\"burst\":%u,\"touch\":%s,\"mlps\":%.1f,\"bytes\":%llu}\n",
				       table, more, m->name, trace_name(c.trace), c.burst,
				       c.touch ? "true" : "false", r->mlps[i][k],
				       (unsigned long long)m->bytes);
		}
	}
}

static bool is_ours(const struct method *m)
{
	return !strncmp(m->name, "sluice-", 7);
}

/* The fastest method of DPDK in a case, or -1. */
static int best_rival(const struct lookup_results *r, unsigned i)
{
	int best = -1;

	for (unsigned k = 0; k < r->methods.n; k++)
		if (!is_ours(&r->methods.m[k]) && !*r->methods.m[k].missing &&
		    (best < 0 || r->mlps[i][k] > r->mlps[i][best]))
			best = (int)k;
	return best;
}

static void print_case(const struct lookup_results *r, const char *table, unsigned i)
{
	struct lookup_case c = lookup_case(i);
	int best = best_rival(r, i);

	printf("\n%s, %s destinations, bursts of %u, %s\n", table, trace_name(c.trace), c.burst,
	       c.touch ? "one packet line touched per lookup" : "pure lookup");
	printf("  %-20s %8s %9s %10s\n", "method", "Mlps", "x best", "MiB");
	for (unsigned k = 0; k <= r->methods.n; k++) {
		const struct method *m = column(r, k, c.touch);

		if (!m)
			continue;
		printf("  %-20s %8.1f ", m->name, r->mlps[i][k]);
		if (best >= 0)
			printf("%9.2f ", r->mlps[i][k] / r->mlps[i][best]);
		else
			printf("%9s ", "-");
		if (m->bytes)
			printf("%10.1f", (double)m->bytes / (1 << 20));
		puts((int)k == best ? " <- DPDK's best" : "");
	}
}

void lookup_print_text(const struct lookup_results *r, const char *table)
{
	for (unsigned i = 0; i < LOOKUP_CASES; i++)
		if (r->mlps[i][0] > 0)
			print_case(r, table, i);
	puts("");
	for (unsigned k = 0; k < r->methods.n; k++)
		if (*r->methods.m[k].missing)
			printf("%s: %s is not measured: %s\n", table, r->methods.m[k].name,
			       r->methods.m[k].missing);
}

double lookup_ratio(const struct lookup_results *r, struct lookup_case want, const char *ours,
		    const char **rival)
{
	for (unsigned i = 0; i < LOOKUP_CASES; i++) {
		struct lookup_case c = lookup_case(i);
		int best = best_rival(r, i);

		if (c.trace != want.trace || c.burst != want.burst || c.touch != want.touch)
			continue;
		for (unsigned k = 0; k < r->methods.n && best >= 0; k++)
			if (!strcmp(r->methods.m[k].name, ours)) {
				*rival = r->methods.m[best].name;
				return r->mlps[i][k] / r->mlps[i][best];
			}
	}
	return 0;
}
