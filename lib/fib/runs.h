/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The arena of a word trie: runs of 2 to 32 words of 64 bits, each the compressed children of one
 * word, named by the index of their first.
 *
 * A run is never changed in size. What is not read any more goes to a list of free runs of its
 * size class, at once if no reader ever saw it, else after a grace period. Classes are rounded
 * (four to the octave), so that a free run fits more often: with exact sizes a table under churn
 * leaves ever more runs of lengths that nobody wants again. Index 0 is never handed out.
 *
 * Context: control thread. Workers read the words, which never move.
 */
#ifndef SLUICE_RUNS_H
#define SLUICE_RUNS_H

#include <stdint.h>

#include "rcu.h"
#include "region.h"

#define RUNS_LEN_MIN 2
#define RUNS_LEN_MAX 32
#define RUNS_CLASSES 15

struct runs {
	uint64_t *words;
	struct region region;
	struct rcu *rcu;
	uint64_t limit;              /* words the arena may have; at most 2^32 */
	uint64_t end;                /* words from here on were never handed out */
	uint32_t free[RUNS_CLASSES]; /* lists through the first word; 0: empty */
	uint64_t words_used; /* of the runs handed out, rounding and retired ones included */
	uint32_t count;      /* runs handed out, retired ones included */
};

/* An arena of up to max_words words on a NUMA node (-1: any). 0; -EINVAL: no such node, or over
 * 2^32 words; -ENOMEM. */
int runs_init(struct runs *runs, struct rcu *rcu, uint64_t max_words, int numa_node);

/* Gives all memory back: no reader may look any more, and nothing may be retired still
 * (rcu_synchronize() first). A zeroed arena is allowed. */
void runs_fini(struct runs *runs);

/* A run of len words (2 to 32), contents undefined. Its base, or 0 when memory is out even after
 * waiting for what was retired. */
uint32_t runs_alloc(struct runs *runs, unsigned len);

/* Free a run of len words that no reader has ever seen. */
void runs_free(struct runs *runs, uint32_t base, unsigned len);

/* Free a run after a grace period. Call it when no word points to the run any more. */
void runs_retire(struct runs *runs, uint32_t base, unsigned len);

#endif
