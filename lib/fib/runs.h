/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The arena of a word trie: runs of 2 to 32 words of 64 bits, each the compressed children of one
 * word, named by the index of their first.
 *
 * A run is never changed in size. What is not read any more goes to a list of free runs of its
 * size class, at once if no reader ever saw it, else after a grace period. Classes are rounded
 * (four to the octave), so that a free run fits more often: with exact sizes a table under churn
 * leaves ever more runs of lengths that nobody wants again.
 *
 * Still, what a table leaves behind when it shrinks, or changes for a year, is memory in pieces.
 * So the arena has two spaces, of which one is in use. Now and then runs_turn() has new runs come
 * from the other; the owner moves all runs over, one by one, while readers read (compact.c); then
 * the old space goes back to the kernel whole.
 *
 *    index 0   | word 0 ...     | space 0           | space 1           |
 *              | the background | end ->            |                   |
 *
 * Index 0 is never handed out: the word there is the owner's. When a class is out and there is no
 * new memory, a free run of a larger class is cut up; and the last RUNS_RESERVE words are only for
 * withdrawals, which need new runs as well, before they can give old ones back.
 *
 * Context: control thread. Workers read the words, which never move.
 */
#ifndef SLUICE_RUNS_H
#define SLUICE_RUNS_H

#include <stdbool.h>
#include <stdint.h>

#include "rcu.h"
#include "region.h"

#define RUNS_LEN_MIN   2
#define RUNS_LEN_MAX   32
#define RUNS_CLASSES   15
#define RUNS_RESERVE   2048            /* words */
#define RUNS_WORDS_MAX (INT32_MAX / 2) /* of a space */

struct runs {
	uint64_t *words;
	struct region region;   /* of all */
	struct region space[2]; /* parts of it */
	struct rcu *rcu;
	unsigned now;                /* the space that new runs come from */
	bool withdrawing;            /* the owner's: the reserve may be used */
	bool turning;                /* the other space has still runs, or waits to be emptied */
	uint64_t limit;              /* words a space may have; at most RUNS_WORDS_MAX */
	uint64_t end;                /* words of this space handed out so far */
	uint32_t free[RUNS_CLASSES]; /* lists through the first word; 0: empty */
	uint64_t words_used; /* of the runs handed out, rounding and retired ones included */
	uint32_t count;      /* runs handed out, retired ones included */
	uint32_t retired;    /* of them: those that wait for their readers */
};

/* An arena of up to max_words words (cut at RUNS_WORDS_MAX) on a NUMA node (-1: any); word 0 is 0.
 * 0; -EINVAL: no such node; -ENOMEM. */
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

/* From now on new runs come from the other space, which has room for all there are. 0; -EBUSY: the
 * last turn has not ended; -ENOMEM: not now. */
int runs_turn(struct runs *runs);

/* Whether a run stands in the space that is being left. */
bool runs_is_old(const struct runs *runs, uint32_t base);

/* All runs of the old space are retired: after a grace period it is emptied, and the turn ends. */
void runs_turned(struct runs *runs);

/* Bytes of all runs, with the holes between them, and of a space that is being left. (The kernel
 * may have given up to 2 MiB more, for those to come.) */
uint64_t runs_bytes(const struct runs *runs);

#endif
