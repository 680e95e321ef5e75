/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What Sluice learns in a bridge of the kernel's is told to it, as entries that were learned
 * outside of it (NTF_EXT_LEARNED): `bridge fdb show` has them, and what the kernel sends by itself
 * finds its port. The kernel does not age these: they are said again while they are in use, and
 * deleted.
 *
 * A queue of addresses of which something has changed; what to tell of one is read from the tables
 * when it is told. Many are told in one message to the kernel, without an answer for each. A turn
 * takes a bounded time, so that learning 100,000 addresses a second delays the kernel's table and
 * nothing else. A queue that is full is thrown away: then all entries are told anew, and a dump
 * finds those that the kernel has too many.
 *
 * What an operator sets is not to be touched, nor what the kernel has learned at its own members.
 * So all of the kernel's news is read before anything is told. A command that comes between that
 * reading and the telling cannot be seen: the kernel adds such entries whatever the flags of the
 * request say (NLM_F_EXCL does not count for NTF_EXT_LEARNED), and deletes them whoever set them.
 * An entry of the operator's that was moved so is put back, as the news of both commands shows it,
 * one that was deleted so is not.
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

/* What to tell of: an address of a bridge of the kernel's. */
struct linux_fdb_about {
	struct sync_fdb_key key;
	int ifindex;   /* where the kernel has it, as far as is known */
	bool put_back; /* there, where an operator has set it */
};

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
	unsigned n_last;
	struct nl_fdb_change last[BATCH]; /* told last; the news of it has not been read yet */
	struct linux_fdb_about queue[QUEUE];
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

static void add(struct linux_fdb *f, const struct linux_fdb_about *about)
{
	if (f->n == QUEUE)
		tell_all(f);
	f->queue[(f->head + f->n++) % QUEUE] = *about;
	turn_soon(f);
}

/* False: the kernel has no such bridge, or the interface is no member of it there. */
static bool about_entry(const struct linux_fdb *f, const struct bridge_entry *entry,
			struct linux_fdb_about *about)
{
	const struct sync *sync = f->l->sync;

	memset(about, 0, sizeof(*about));
	about->key.bridge = sync_bridge_ifindex(sync, entry->iface);
	about->key.vid = entry->vid;
	about->key.mac = entry->mac;
	about->ifindex = sync_ifindex(sync, entry->iface);
	return about->ifindex && about->key.bridge &&
	       about->key.bridge == sync_ifindex(sync, bridge_iface(entry->bridge));
}

/* Learned, refreshed, or forgotten. */
static void on_entry(void *ctx, const struct bridge_entry *entry)
{
	struct linux_fdb_about about;

	if (about_entry(ctx, entry, &about))
		add(ctx, &about);
}

/* The kernel moves its entry, as there is one for each address: unless it is forgotten before that,
 * where it stood. */
static void on_moved(void *ctx, const struct bridge_entry *entry, struct iface *from)
{
	struct bridge_entry was = *entry;

	was.iface = from;
	on_entry(ctx, &was);
	on_entry(ctx, entry);
}

static void on_changed(void *ctx, struct bridge *b)
{
	struct linux_fdb *f = ctx;

	linux_follow_bridge(f->l, bridge_iface(b));
}

/* By what the tables say now. False: there is nothing to tell. */
static bool judge(const struct linux_fdb *f, const struct linux_fdb_about *about,
		  struct nl_fdb_change *change)
{
	const struct sync_fdb_key *key = &about->key;
	struct bridge *b = sync_fdb_bridge(f->l->sync, key->bridge);
	const struct sync_fdb *said = sync_fdb_find(f->l->sync, key);
	struct linux_fdb_about now = *about;
	struct bridge_entry stands;
	bool have = b && bridge_fdb_get(f->l->r->bridges, b, &key->mac, key->vid, &stands);
	bool learned = have && !stands.flags && stands.iface != bridge_iface(b);

	/* Of the router itself: at a member there is none any more. */
	if (have && stands.iface == bridge_iface(b) && stands.flags & FDB_STATIC)
		have = false;
	if (about->put_back ? !said || !said->flags || said->ifindex != about->ifindex
			    : said && (!said->foreign || !learned))
		return false; /* an operator's, or where the kernel has learned it */
	if (!about->put_back && have && (!learned || !about_entry(f, &stands, &now)))
		return false;
	*change = (struct nl_fdb_change){.ifindex = now.ifindex,
					 .vid = key->vid,
					 .del = !about->put_back && !have,
					 .mac = key->mac};
	return true;
}

/* Into changes, at most BATCH. */
static unsigned walk(struct linux_fdb *f, struct nl_fdb_change *changes)
{
	struct bridge_entry entries[BATCH];
	struct linux_fdb_about about;
	unsigned n = 0, n_entries;

	f->walking =
		bridge_fdb_walk(f->l->r->bridges, NULL, &f->cursor, entries, BATCH, &n_entries);
	for (unsigned i = 0; i < n_entries; i++)
		if (about_entry(f, &entries[i], &about) && judge(f, &about, &changes[n]))
			n++;
	return n;
}

static unsigned take(struct linux_fdb *f, struct nl_fdb_change *changes)
{
	unsigned n = 0;

	for (; n < BATCH && f->n; f->n--)
		n += judge(f, &f->queue[f->head++ % QUEUE], &changes[n]);
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
	l->fdb->n_last = 0;
}

/* The news of both commands can only be the operator's own within the moment that it takes to be
 * read: twice, about an address that was learned or seen in that moment. */
bool linux_fdb_put_back(void *ctx, const struct nl_fdb *fdb, int ifindex)
{
	struct linux_fdb *f = ((struct linux_ctl *)ctx)->fdb;
	struct linux_fdb_about about = {.ifindex = ifindex, .put_back = true};

	sync_fdb_key(fdb, &about.key);
	for (unsigned i = 0; i < f->n_last; i++) {
		const struct nl_fdb_change *change = &f->last[i];

		if (change->del || change->ifindex != fdb->ifindex || change->vid != fdb->vid ||
		    memcmp(&change->mac, &fdb->mac, sizeof(fdb->mac)))
			continue;
		add(f, &about);
		return true;
	}
	return false;
}

/* 0 or -errno and err. */
static int send_changes(struct linux_fdb *f, const struct nl_fdb_change *changes, unsigned n,
			struct error *err)
{
	int ret;

	for (unsigned i = 0; i < n; i++)
		remember(f, &changes[i]);
	memcpy(f->last, changes, n * sizeof(*changes));
	f->n_last = n;
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
		unsigned n;
		int ret;

		if (!linux_dump_hear(f->l))
			break;
		n = f->walking ? walk(f, changes) : take(f, changes);
		ret = send_changes(f, changes, n, &err);
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
	struct linux_fdb_about about = {.ifindex = fdb->ifindex};

	sync_fdb_key(fdb, &about.key);
	add(l->fdb, &about);
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
		.learned = on_entry,
		.moved = on_moved,
		.forgotten = on_entry,
		.refreshed = on_entry,
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
