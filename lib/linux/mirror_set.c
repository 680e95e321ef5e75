/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <rte_ethdev.h>
#include <rte_lcore.h>

#include "hugepages.h"
#include "mirror_private.h"

#define POOL_CACHE   32   /* of each worker, which frees; the thread itself has none */
#define POOL_SLACK   512  /* what is neither in a ring nor in a cache: bursts, the stock */
#define TX_RING_SIZE 1024 /* of a port that does not say */
#define COUNTERS     (sizeof(struct mirror_stats) / sizeof(uint64_t))

/* What the thread injects for one port goes through one worker, so into one of its transmit
 * rings. */
static unsigned count_mbufs(const struct worker_set *workers)
{
	unsigned n = POOL_SLACK + workers->n * (INJECT_RING_SIZE + POOL_CACHE * 3 / 2);
	uint16_t port;

	RTE_ETH_FOREACH_DEV (port) {
		struct rte_eth_txq_info info;

		n += rte_eth_tx_queue_info_get(port, 0, &info) ? TX_RING_SIZE : info.nb_desc;
	}
	return n;
}

/*
 * Workers free into this pool what they have sent, while the thread takes from it. In the default
 * ring of a pool, a thread that the scheduler stops in the midst of a put or get makes all others
 * wait that do the same; a worker must not wait for a thread that shares its CPU with others. In a
 * ring of the kind "relaxed tail sync" the others go on.
 */
static struct rte_mempool *make_pool(struct mirror_set *set, unsigned n, unsigned mbuf_size,
				     struct error *err)
{
	char name[RTE_MEMPOOL_NAMESIZE];
	struct rte_mempool *pool;

	snprintf(name, sizeof(name), set->n_pools ? "mirror+%u" : "mirror", set->n_pools);
	set->n_pools++;
	pool = rte_pktmbuf_pool_create_by_ops(name, n, POOL_CACHE, 0, (uint16_t)mbuf_size,
					      set->numa_node, "ring_mt_rts");
	if (!pool)
		hugepages_refuse_for("the mirrors' mbufs", (size_t)n * mbuf_size, err);
	return pool;
}

static int make_fds(struct mirror_set *set, struct error *err)
{
	struct epoll_event wake = {.events = EPOLLIN, .data.u32 = MIRROR_WAKE};
	struct epoll_event bell = {.events = EPOLLIN, .data.u32 = MIRROR_BELL};

	set->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	set->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (set->epoll_fd < 0 || set->wake_fd < 0 || doorbell_open(&set->bell) ||
	    epoll_ctl(set->epoll_fd, EPOLL_CTL_ADD, set->wake_fd, &wake) ||
	    epoll_ctl(set->epoll_fd, EPOLL_CTL_ADD, set->bell.fd, &bell))
		return error_set(err, -errno, "mirrors: %s", strerror(errno));
	return 0;
}

static void init_sync(struct mirror_set *set)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&set->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&set->changed, &attr);
	pthread_condattr_destroy(&attr);
}

void mirror_clear(struct mirror_set *set, uint16_t iface)
{
	const uint64_t *from = (const uint64_t *)&set->taps[iface].stats;
	uint64_t *to = (uint64_t *)&set->taps[iface].cleared;

	for (size_t i = 0; i < COUNTERS; i++)
		to[i] = stat_read(&from[i]);
}

/* `clear stats`: from here on the counters begin at zero. */
static void on_clear(void *ctx)
{
	struct mirror_set *set = ctx;

	for (unsigned i = 0; i < set->n_used; i++)
		mirror_clear(set, (uint16_t)i);
}

static void wake(struct mirror_set *set)
{
	/* It can only fail when it is awake already, 2^64 times. */
	eventfd_write(set->wake_fd, 1);
}

/* Wait until the thread stands still between two turns. */
static void hold(struct mirror_set *set)
{
	if (!set->running)
		return;
	pthread_mutex_lock(&set->lock);
	__atomic_store_n(&set->hold, true, __ATOMIC_RELAXED);
	wake(set);
	while (!set->standing)
		pthread_cond_wait(&set->changed, &set->lock);
	pthread_mutex_unlock(&set->lock);
}

/* ... and let it go on. It does not stand still for the next hold() because it still does. */
static void release(struct mirror_set *set)
{
	if (!set->running)
		return;
	pthread_mutex_lock(&set->lock);
	__atomic_store_n(&set->hold, false, __ATOMIC_RELAXED);
	set->standing = false;
	pthread_cond_broadcast(&set->changed);
	pthread_mutex_unlock(&set->lock);
}

int mirror_set_fit(struct mirror_set *set, unsigned max_frame, unsigned mbuf_size,
		   struct rte_mempool **old, struct error *err)
{
	unsigned n = count_mbufs(set->workers);
	struct rte_mempool *pool;
	unsigned room, segs;

	if (!mbuf_size)
		mbuf_size = RTE_MBUF_DEFAULT_BUF_SIZE;
	if (old)
		*old = NULL;
	if (set->pool && n <= set->pool->size && max_frame <= set->max_frame &&
	    mbuf_size <= set->seg_room + RTE_PKTMBUF_HEADROOM)
		return 0;
	room = mbuf_size - RTE_PKTMBUF_HEADROOM;
	segs = mbuf_size > RTE_PKTMBUF_HEADROOM ? max_frame / room + 1 : UINT32_MAX;
	if (segs > MIRROR_SEGS_MAX)
		return error_set(err, -EINVAL, "mirrors: frames of %u bytes in mbufs of %u",
				 max_frame, mbuf_size);
	pool = make_pool(set, n, mbuf_size, err);
	if (!pool)
		return -ENOMEM;
	hold(set);
	rte_pktmbuf_free_bulk(set->stock, set->n_stock);
	set->n_stock = 0;
	if (old)
		*old = set->pool;
	set->pool = pool;
	set->max_frame = max_frame;
	set->seg_room = room;
	set->frame_segs = segs;
	release(set);
	return 0;
}

struct mirror_set *mirror_set_create(struct worker_set *workers, unsigned n_ifaces,
				     unsigned max_frame, unsigned mbuf_size, int numa_node,
				     struct error *err)
{
	struct mirror_set *set = calloc(1, sizeof(*set));

	if (!set)
		goto no_memory;
	set->workers = workers;
	set->stats = workers->mirror;
	set->n_ifaces = n_ifaces;
	set->epoll_fd = set->wake_fd = set->bell.fd = -1;
	init_sync(set);
	set->taps = calloc(n_ifaces, sizeof(*set->taps));
	set->events = calloc(n_ifaces + 2u, sizeof(*set->events));
	set->ring_due = calloc(workers->n, sizeof(*set->ring_due));
	if (!set->taps || !set->events || !set->ring_due)
		goto no_memory;
	for (unsigned i = 0; i < n_ifaces; i++)
		set->taps[i].fd = -1;
	set->numa_node = numa_node;
	if (mirror_set_fit(set, max_frame, mbuf_size, NULL, err) || make_fds(set, err))
		goto fail;
	workers->on_clear = on_clear;
	workers->on_clear_ctx = set;
	worker_set_punt_bell(workers, &set->bell);
	return set;
no_memory:
	error_set(err, -ENOMEM, "out of memory");
fail:
	mirror_set_destroy(set);
	return NULL;
}

void mirror_set_destroy(struct mirror_set *set)
{
	if (!set)
		return;
	rte_pktmbuf_free_bulk(set->stock, set->n_stock);
	rte_mempool_free(set->pool);
	if (set->epoll_fd >= 0)
		close(set->epoll_fd);
	if (set->wake_fd >= 0)
		close(set->wake_fd);
	doorbell_close(&set->bell);
	pthread_cond_destroy(&set->changed);
	pthread_mutex_destroy(&set->lock);
	free(set->ring_due);
	free(set->events);
	free(set->taps);
	free(set);
}

int mirror_set_fd(struct mirror_set *set, uint16_t iface, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = iface};
	struct mirror_tap *tap;
	int ret = 0;

	if (iface >= set->n_ifaces)
		return -EINVAL;
	tap = &set->taps[iface];
	hold(set);
	set->n_used = RTE_MAX(set->n_used, iface + 1u);
	if (tap->fd >= 0)
		mirror_tap_gone(set, tap);
	if (fd >= 0 && epoll_ctl(set->epoll_fd, EPOLL_CTL_ADD, fd, &event))
		ret = -errno;
	else
		tap->fd = fd;
	release(set);
	return ret;
}

int mirror_start(struct mirror_set *set, struct error *err)
{
	int ret;

	set->stop = set->started = false;
	ret = rte_ctrl_thread_create(&set->thread, "mirror", NULL, mirror_main, set);
	if (ret)
		return error_set(err, ret, "the mirror thread does not start: %s", strerror(-ret));
	set->running = true;
	/* It has the priority that it takes: the right to it may go now. */
	pthread_mutex_lock(&set->lock);
	while (!set->started)
		pthread_cond_wait(&set->changed, &set->lock);
	pthread_mutex_unlock(&set->lock);
	return 0;
}

void mirror_stop(struct mirror_set *set)
{
	if (!set || !set->running)
		return;
	__atomic_store_n(&set->stop, true, __ATOMIC_RELEASE);
	wake(set);
	pthread_join(set->thread, NULL);
	set->running = false;
}

void mirror_flush(struct mirror_set *set, unsigned timeout_us)
{
	struct timespec until;
	uint64_t target;

	if (!set->running)
		return;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += timeout_us / 1000000;
	until.tv_nsec += timeout_us % 1000000 * 1000l;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&set->lock);
	target = set->flush_wanted + 1;
	__atomic_store_n(&set->flush_wanted, target, __ATOMIC_RELEASE);
	wake(set);
	while (set->flush_done < target)
		if (pthread_cond_timedwait(&set->changed, &set->lock, &until))
			break;
	pthread_mutex_unlock(&set->lock);
}

void mirror_stats(const struct mirror_set *set, uint16_t iface, struct mirror_stats *out)
{
	const uint64_t *now = (const uint64_t *)&set->taps[iface].stats;
	const uint64_t *cleared = (const uint64_t *)&set->taps[iface].cleared;
	uint64_t *to = (uint64_t *)out;

	for (size_t i = 0; i < COUNTERS; i++)
		to[i] = stat_read(&now[i]) - cleared[i];
}
