/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The forwarding database of bridges: MAC address and filtering domain to interface.
 *
 * A key is one 64-bit word: the 48 bits of the MAC address above the 16 of the filtering id (IEEE
 * 802.1Q 8.8.8: the VLANs of one bridge that share what they learn have one FID; FIDs are unique
 * over all bridges). 0 is no key, as the MAC address 00:00:00:00:00:00 is nobody's.
 *
 * The control thread is the only writer: workers report what they have not seen before, it learns
 * and ages. Workers look up without locks while it does, as readers of the RCU given at creation:
 * what they find is the entry of the key they asked for, never another's, and an entry that stands
 * all the time is found all the time, also when the table grows meanwhile. How, and how fast:
 * fdb.c.
 */
#ifndef SLUICE_FDB_H
#define SLUICE_FDB_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>

#include "simd.h"

#define FDB_BULK_MAX    64 /* keys in one bulk lookup */
#define FDB_MISS        0  /* an interface id that no entry has */
#define FDB_ENTRIES_MAX (1u << 24)

struct fdb;
struct rcu;

enum fdb_flags {
	FDB_STATIC = 1, /* set by the operator: does not age, does not move by learning */
	FDB_STICKY = 2, /* does not move by learning */
};

struct fdb_entry {
	uint64_t key;
	uint16_t iface; /* 1 to 65535 */
	uint8_t flags;  /* enum fdb_flags */
	uint32_t age;   /* ticks since it was last seen as a source; of a static one: 0 */
};

struct fdb_stats {
	uint32_t entries;
	uint32_t max_entries;
	uint64_t updates;  /* additions, replacements and deletions that were made */
	uint64_t refused;  /* additions for which there was no room, or no memory */
	uint64_t aged;     /* entries that aging took out */
	uint32_t overflow; /* entries that do not stand in the line that their key hashes to */
	uint32_t deferred; /* places, lines and old tables that wait for their readers */
	uint64_t rebuilds; /* times that the table was replaced: by a larger one, or another hash */
	uint64_t bytes;    /* that the workers' part holds */
};

/* Context: any. */
static inline uint64_t fdb_key(const struct rte_ether_addr *mac, uint16_t fid)
{
	uint64_t key = 0;

	for (int i = 0; i < RTE_ETHER_ADDR_LEN; i++)
		key = key << 8 | mac->addr_bytes[i];
	return key << 16 | fid;
}

/* An empty table for up to max_entries entries (1 to FDB_ENTRIES_MAX), its memory on a NUMA node
 * (-1: any); it begins small and grows. The table must be destroyed before rcu. Context: control.
 * NULL and errno: EINVAL (max_entries, no such node, SLUICE_SIMD), ENOTSUP (SLUICE_SIMD: the CPU
 * has it not), ENOMEM. */
struct fdb *fdb_create(struct rcu *rcu, uint32_t max_entries, int numa_node);

/* No reader may look up any more; waits for what was retired. Context: control. NULL is allowed. */
void fdb_destroy(struct fdb *fdb);

/* Use these instructions from now on; at first what simd_choose() says. Context: control, before
 * workers look up. 0; -ENOTSUP: the CPU has them not. */
int fdb_set_simd(struct fdb *fdb, enum simd simd);

/* Add an entry of age 0, or replace what stands under the key. It may copy the whole table (see
 * fdb.c for how long that takes), and wait for readers. Context: control.
 * 0; -EINVAL: key or iface is 0; -ENOSPC: max_entries stand already; -ENOMEM. After an error
 * everything stands as before. */
int fdb_add(struct fdb *fdb, uint64_t key, uint16_t iface, uint8_t flags);

/* It waits for readers when the queue of the RCU is full. Context: control. 0; -ENOENT. */
int fdb_del(struct fdb *fdb, uint64_t key);

/* Context: control. False: no such entry, *entry is untouched. */
bool fdb_get(const struct fdb *fdb, uint64_t key, struct fdb_entry *entry);

/* Walk: the entries from *cursor (0: the first) on, at most max of them, into `entries`; how many
 * there were, and *cursor moves on; 0: the end. It may pause while the table changes: what stands
 * all the time is met (once, unless the table is replaced meanwhile, which begins the walk anew).
 * Context: control. */
unsigned fdb_walk(const struct fdb *fdb, uint64_t *cursor, struct fdb_entry *entries, unsigned max);

/* Where fdb_walk() goes on behind this entry, until the table changes. False: there is none.
 * Context: control. */
bool fdb_walk_after(const struct fdb *fdb, uint64_t key, uint64_t *cursor);

/* Entries of this FID that were last seen more than `ticks` ago are due from now on; 0 (at first):
 * never. Context: control. */
void fdb_set_max_age(struct fdb *fdb, uint16_t fid, uint32_t ticks);

/* Called by fdb_age() and fdb_tick() with what it takes out, and with what has been seen since it
 * was looked at last, about three times in its max_age (if it has one); these must not change the
 * table. Each may be NULL. Context: control. */
struct fdb_watch {
	void *ctx;
	void (*aged)(void *ctx, const struct fdb_entry *entry);
	void (*refreshed)(void *ctx, const struct fdb_entry *entry);
};
void fdb_set_watch(struct fdb *fdb, const struct fdb_watch *watch);

/* Aging goes by ticks of the caller's clock (a quarter of a second, say). From now on an entry that
 * is seen gets the new tick's stamp. Every so often (each sixteenth of the shortest max_age, or 32
 * ticks) all entries have to be looked at by fdb_age(); if that has not happened within 60 ticks,
 * this does it now, without a budget. Context: control. */
void fdb_tick(struct fdb *fdb);

/* Take out what is due, looking at no more than `budget` places, but at one line (go on with the
 * next call, in the next turn of the control thread). True: all places have been looked at that had
 * to be. Context: control. */
bool fdb_age(struct fdb *fdb, unsigned budget);

/* Context: control. */
void fdb_stats(const struct fdb *fdb, struct fdb_stats *stats);

/* iface[i] = the interface of key[i], or FDB_MISS, for n (0 to FDB_BULK_MAX) keys (0 is none, hence
 * a miss), all prefetched first, so that their cache misses overlap. Context: worker (or control).
 */
void fdb_lookup_bulk(const struct fdb *fdb, const uint64_t *key, uint16_t *iface, unsigned n);

/* Sources of a burst: key[i] was seen on iface[i]. Entries that say the same are marked as seen
 * now, but for static ones, which have no age; that writes only where the stamp is an older one, so
 * nearly always it reads. Bit i of the result: key[i] is unknown or is said to be on another
 * interface (and may move), so the control thread should hear of it. n: 0 to FDB_BULK_MAX.
 * Context: worker. */
uint64_t fdb_seen_bulk(struct fdb *fdb, const uint64_t *key, const uint16_t *iface, unsigned n);

#endif
