/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What Sluice learns in a bridge of the kernel's is told to it, as entries that were learned
 * outside of it (NTF_EXT_LEARNED): `bridge fdb show` has them, and what the kernel sends by itself
 * finds its port. The kernel does not age these: they are said again while they are in use, and
 * deleted.
 *
 * A queue of changes in their order, many of them in one message to the kernel, without an answer
 * for each. A turn takes a bounded time, so that learning 100,000 addresses a second delays the
 * kernel's table and nothing else. A queue that is full is thrown away: then all entries are told
 * anew, and a dump finds those that the kernel has too many.
 *
 * The kernel tells of each deletion, also of Sluice's own; what has been learned again meanwhile is
 * not to be taken for deleted by an operator.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <event2/event.h>

#include "bridge_ctl.h"
#include "linux_own.h"
#include "log.h"
#include "sync_own.h"

#define QUEUE     65536 /* a power of two */
#define BATCH     64
#define TURN_NS   1000000 /* of work, at least a batch */
#define REST_US   4000
#define FAILED_US 1000000 /* until it is tried again */

static_assert(BATCH <= NL_FDB_CHANGES, "a batch is one message");

/* Deleted in the kernel, which has not said so yet. */
struct linux_fdb_sent {
	struct linux_fdb_key {
		int ifindex;
		uint16_t vid;
		struct mac_addr mac;
	} key;
	bool left_out;
	UT_hash_handle hh;
};

struct linux_fdb {
	struct linux_ctl *l;
	struct nl_socket *socket;
	struct event *on_turn;
	struct bridge_listener listener;
	bool walking; /* all entries are to be told */
	uint64_t cursor;
	unsigned head, n; /* of the queue */
	bool failed;      /* the last time, which has been said */
	struct linux_fdb_sent *sent;
	struct nl_fdb_change queue[QUEUE];
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void turn_soon(struct linux_fdb *f)
{
	const struct timeval rest = {.tv_sec = f->failed ? FAILED_US / 1000000 : 0,
				     .tv_usec = f->failed ? 0 : REST_US};

	if (f->on_turn && !event_pending(f->on_turn, EV_TIMEOUT, NULL))
		event_add(f->on_turn, &rest);
}

static void tell_all(struct linux_fdb *f)
{
	f->walking = true;
	f->cursor = 0;
	f->head = f->n = 0;
	linux_dump_want(f->l);
}

static void add(struct linux_fdb *f, const struct nl_fdb_change *change)
{
	if (f->n == QUEUE)
		tell_all(f);
	f->queue[(f->head + f->n++) % QUEUE] = *change;
	turn_soon(f);
}

/* False: the kernel has no such bridge, or the interface is no member of it there. */
static bool change_of(const struct linux_fdb *f, const struct bridge_entry *entry,
		      const struct iface *iface, bool del, struct nl_fdb_change *change)
{
	*change = (struct nl_fdb_change){.ifindex = sync_ifindex(f->l->sync, iface),
					 .vid = entry->vid,
					 .del = del,
					 .mac = entry->mac};
	return change->ifindex && sync_bridge_ifindex(f->l->sync, iface) &&
	       sync_bridge_ifindex(f->l->sync, iface) ==
		       sync_ifindex(f->l->sync, bridge_iface(entry->bridge));
}

static void tell(struct linux_fdb *f, const struct bridge_entry *entry, bool del)
{
	struct nl_fdb_change change;

	if (change_of(f, entry, entry->iface, del, &change))
		add(f, &change);
}

static void on_learned(void *ctx, const struct bridge_entry *entry)
{
	tell(ctx, entry, false);
}

/* The kernel moves its entry, as there is one for each address. */
static void on_moved(void *ctx, const struct bridge_entry *entry, struct iface *from)
{
	tell(ctx, entry, false);
}

static void on_forgotten(void *ctx, const struct bridge_entry *entry)
{
	struct linux_fdb *f = ctx;
	struct bridge_entry now;

	/* An operator has set it: the entry of the kernel is his. */
	if (bridge_fdb_get(f->l->r->bridges, entry->bridge, &entry->mac, entry->vid, &now) &&
	    now.iface == entry->iface && now.flags)
		return;
	tell(f, entry, true);
}

static void on_changed(void *ctx, struct bridge *b)
{
	struct linux_fdb *f = ctx;

	linux_follow_bridge(f->l, bridge_iface(b));
}

/* Into changes, at most BATCH. */
static unsigned walk(struct linux_fdb *f, struct nl_fdb_change *changes)
{
	struct bridge_entry entries[BATCH];
	unsigned n = 0, n_entries;

	f->walking =
		bridge_fdb_walk(f->l->r->bridges, NULL, &f->cursor, entries, BATCH, &n_entries);
	for (unsigned i = 0; i < n_entries; i++)
		if (!entries[i].flags &&
		    change_of(f, &entries[i], entries[i].iface, false, &changes[n]))
			n++;
	return n;
}

/* It has been learned there again. */
static bool stands(const struct linux_fdb *f, const struct nl_fdb_change *change)
{
	const struct iface *iface = sync_iface(f->l->sync, change->ifindex);
	struct bridge *b = iface ? bridge_of_member(f->l->r->bridges, iface) : NULL;
	struct bridge_entry now;

	return b && bridge_fdb_get(f->l->r->bridges, b, &change->mac, change->vid, &now) &&
	       now.iface == iface;
}

static unsigned take(struct linux_fdb *f, struct nl_fdb_change *changes)
{
	unsigned n = 0;

	for (; n < BATCH && f->n; f->n--) {
		const struct nl_fdb_change *change = &f->queue[f->head++ % QUEUE];

		if (!change->del || !stands(f, change))
			changes[n++] = *change;
	}
	return n;
}

static struct linux_fdb_sent *find(const struct linux_fdb *f, int ifindex, uint16_t vid,
				   const struct mac_addr *mac, struct linux_fdb_key *key)
{
	struct linux_fdb_sent *sent;

	memset(key, 0, sizeof(*key));
	key->ifindex = ifindex;
	key->vid = vid;
	key->mac = *mac;
	HASH_FIND(hh, f->sent, key, sizeof(*key), sent);
	return sent;
}

/* Without memory its echo deletes what is learned again, and that is learned once more. */
static void remember(struct linux_fdb *f, const struct nl_fdb_change *change)
{
	struct linux_fdb_key key;
	struct linux_fdb_sent *sent;

	if (!change->del || find(f, change->ifindex, change->vid, &change->mac, &key))
		return;
	sent = calloc(1, sizeof(*sent));
	if (!sent)
		return;
	sent->key = key;
	HASH_ADD(hh, f->sent, key, sizeof(sent->key), sent);
	if (sent->left_out)
		free(sent);
}

bool linux_fdb_is_echo(void *ctx, const struct nl_fdb *fdb)
{
	struct linux_ctl *l = ctx;
	struct linux_fdb_key key;
	struct linux_fdb_sent *sent = find(l->fdb, fdb->ifindex, fdb->vid, &fdb->mac, &key);

	if (!sent)
		return false;
	HASH_DEL(l->fdb->sent, sent);
	free(sent);
	return true;
}

/* Those that are left the kernel has refused: it did not have them. */
void linux_fdb_heard(struct linux_ctl *l)
{
	struct linux_fdb_sent *sent, *next;

	HASH_ITER (hh, l->fdb->sent, sent, next) {
		HASH_DEL(l->fdb->sent, sent);
		free(sent);
	}
}

/* 0 or -errno and err. */
static int send_changes(struct linux_fdb *f, const struct nl_fdb_change *changes, unsigned n,
			struct error *err)
{
	int ret;

	for (unsigned i = 0; i < n; i++)
		remember(f, &changes[i]);
	ret = n ? nl_fdb_change(f->socket, changes, n, err) : 0;
	return RTE_MIN(ret, 0); /* what it has refused, it does not have */
}

static void on_turn(evutil_socket_t fd, short what, void *ctx)
{
	struct linux_fdb *f = ctx;
	struct nl_fdb_change changes[BATCH];
	uint64_t begin = now_ns();
	struct error err;

	while (f->walking || f->n) {
		unsigned n = f->walking ? walk(f, changes) : take(f, changes);
		int ret = send_changes(f, changes, n, &err);

		if (ret && !f->failed)
			log_err("%s; all entries are told again", err.msg);
		f->failed = ret;
		if (ret) {
			tell_all(f);
			break;
		}
		if (now_ns() - begin > TURN_NS)
			break;
	}
	if (f->walking || f->n)
		turn_soon(f);
}

void linux_fdb_leftover(void *ctx, const struct nl_fdb *fdb)
{
	struct linux_ctl *l = ctx;
	const struct nl_fdb_change change = {
		.ifindex = fdb->ifindex, .vid = fdb->vid, .del = true, .mac = fdb->mac};

	add(l->fdb, &change);
}

int linux_fdb_create(struct linux_ctl *l, struct error *err)
{
	struct linux_fdb *f = calloc(1, sizeof(*f));

	if (!f)
		return error_set(err, -ENOMEM, "out of memory");
	l->fdb = f;
	f->l = l;
	f->socket = linux_nl_open(l, err);
	if (!f->socket)
		return -errno;
	f->on_turn = evtimer_new(l->base, on_turn, f);
	if (!f->on_turn)
		return error_set(err, -ENOMEM, "out of memory");
	f->listener = (struct bridge_listener){
		.ctx = f,
		.learned = on_learned,
		.moved = on_moved,
		.forgotten = on_forgotten,
		.refreshed = on_learned,
		.changed = on_changed,
	};
	bridge_listen(l->r->bridges, &f->listener);
	return 0;
}

void linux_fdb_destroy(struct linux_ctl *l)
{
	struct linux_fdb *f = l->fdb;

	if (!f)
		return;
	bridge_listen(l->r->bridges, NULL);
	if (f->on_turn)
		event_free(f->on_turn);
	nl_close(f->socket);
	linux_fdb_heard(l);
	free(f);
	l->fdb = NULL;
}
