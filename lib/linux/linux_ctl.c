/* SPDX-License-Identifier: BSD-3-Clause */
#include "linux_ctl.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <rte_cycles.h>

#include "linux_own.h"
#include "log.h"
#include "rcu.h"
#include "sysctl.h"
#include "worker_ctl.h"

#define TICK_US        40000
#define RECEIVE_BUFFER (128u << 20)
#define SETTLE_US      5000
#define FRAME_OVERHEAD 22 /* Ethernet header, two tags (QinQ) */

/* Packets that the workers have punted for want of a neighbour. */
static uint64_t gleaned(const struct linux_ctl *l)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < l->r->workers->n; i++)
		n += stat_read(&l->r->workers->workers[i]->stats->punted[PUNT_glean_any]);
	return n;
}

/* The workers have taken all that the mirrors gave them. */
static bool is_injected(const struct linux_ctl *l)
{
	for (unsigned i = 0; i < l->r->workers->n; i++)
		if (!rte_ring_empty(l->r->workers->workers[i]->inject_ring))
			return false;
	return true;
}

/*
 * Packets for a neighbour that is being resolved take the way through the kernel, and more of them
 * are on it while the news comes here. They must not be overtaken by those that the workers will
 * send themselves. So it is waited until none is on the way, and none has come meanwhile; a flow
 * without a gap is not waited for. Once for a batch of messages.
 */
static void settle(void *ctx)
{
	struct linux_ctl *l = ctx;
	uint64_t end = rte_rdtsc() + rte_get_tsc_hz() * SETTLE_US / 1000000, before;

	if (!l->running || l->settled)
		return;
	l->settled = true;
	do {
		before = gleaned(l);
		mirror_flush(l->set, SETTLE_US);
		while (!is_injected(l) && rte_rdtsc() < end)
			rte_pause();
		/* What a worker has taken from its ring it has also sent after a turn. */
		rcu_synchronize(l->r->rcu);
	} while (gleaned(l) != before && rte_rdtsc() < end);
}

static void use(void *ctx, const struct iface *iface, const struct ip_addr *addr)
{
	struct linux_ctl *l = ctx;
	int ifindex = sync_ifindex(l->sync, iface);

	if (ifindex)
		nl_neighbour_use(l->requests, ifindex, addr, NULL);
}

static void create_isolation(void *ctx)
{
	struct linux_ctl *l = ctx;
	struct error err;

	l->isolation = isolation_create(&err);
	if (l->isolation)
		return;
	log_warn("%s: Linux will forward a second time what is punted to it from members of its "
		 "bridges",
		 err.msg);
	l->no_isolation = true;
}

static void isolate(void *ctx, int ifindex, bool on)
{
	struct linux_ctl *l = ctx;
	struct error err;

	if (!l->isolation && !l->no_isolation && on)
		netns_call(&l->ns, create_isolation, l);
	if (l->isolation && (on ? isolation_add(l->isolation, ifindex, &err)
				: isolation_del(l->isolation, ifindex, &err)))
		log_warn("%s", err.msg);
}

static const struct sync_calls calls = {
	.link = linux_mirror_link,
	.settle = settle,
	.use = use,
	.isolate = isolate,
	.fdb_leftover = linux_fdb_leftover,
	.fdb_is_echo = linux_fdb_is_echo,
	.fdb_put_back = linux_fdb_put_back,
};

static int open_sockets(struct linux_ctl *l, struct error *err)
{
	unsigned buffer =
		l->cfg->netlink_receive_buffer ? l->cfg->netlink_receive_buffer : RECEIVE_BUFFER;

	l->requests = nl_open(err);
	if (l->requests)
		l->dumps = nl_open(err);
	if (l->dumps)
		l->events = nl_listen(buffer, err);
	return l->events ? 0 : -errno;
}

struct opening {
	struct error *err;
	struct nl_socket *socket;
	int code;
};

static void open_inside(void *arg)
{
	struct opening *o = arg;

	o->socket = nl_open(o->err);
	o->code = errno;
}

struct nl_socket *linux_nl_open(struct linux_ctl *l, struct error *err)
{
	struct opening o = {.err = err};

	netns_call(&l->ns, open_inside, &o);
	errno = o.code;
	return o.socket;
}

/* The kernel sees each frame of an ethdev on af_packet too: it must not act on it. */
static bool is_shared(const struct rte_eth_dev_info *info)
{
	return !strcmp(info->driver_name, "net_af_packet");
}

static int hold(struct linux_ctl *l, const struct rte_eth_dev_info *info, struct error *err)
{
	char name[IF_NAMESIZE];

	if (!is_shared(info) || !if_indextoname(info->if_index, name))
		return 0;
	if (!l->ingress)
		l->ingress = ingress_create(err);
	return l->ingress ? ingress_hold(l->ingress, name, info->if_index, err) : -errno;
}

int linux_hold_netdev(struct linux_ctl *l, const struct port *port, struct error *err)
{
	int ret = hold(l, &port->info, err);

	for (unsigned i = 0; !ret && i < port->n_members; i++)
		ret = hold(l, &port->member_info[i], err);
	return ret ? error_prefix(err, ret, "port %s", port->conf.name) : 0;
}

static void release(struct linux_ctl *l, const struct port *port,
		    const struct rte_eth_dev_info *info)
{
	struct error err;

	if (is_shared(info) && ingress_release(l->ingress, info->if_index, &err))
		log_warn("port %s: %s", port->conf.name, err.msg);
}

void linux_release_netdev(struct linux_ctl *l, const struct port *port)
{
	if (!l->ingress)
		return;
	release(l, port, &port->info);
	for (unsigned i = 0; i < port->n_members; i++)
		release(l, port, &port->member_info[i]);
}

static int hold_netdevs(struct linux_ctl *l, struct error *err)
{
	int ret = 0;

	for (unsigned i = 0; !ret && i < l->r->ports->n; i++)
		ret = linux_hold_netdev(l, l->r->ports->ports[i], err);
	return ret;
}

static bool is_port(void *ctx, const char *name)
{
	const struct linux_ctl *l = ctx;

	return iface_by_name(l->r->ifaces, name);
}

/* Mirrors of ports that an earlier configuration had. */
static void remove_old_mirrors(struct linux_ctl *l)
{
	struct error err;
	int n;

	netns_enter(&l->ns);
	n = tap_purge(l->cfg->api, is_port, l, &err);
	netns_leave(&l->ns);
	if (n < 0)
		log_warn("%s", err.msg);
	else if (n)
		log_info("%d mirror(s) of ports that are no more: removed", n);
}

static int set_up(struct linux_ctl *l, struct error *err)
{
	int ret = netns_open(&l->ns, l->cfg->netns, err);

	if (ret)
		return ret;
	l->has_ns = true;
	ret = netns_stay(&l->ns, err);
	if (!ret)
		ret = hold_netdevs(l, err);
	if (ret)
		return ret;
	sysctl_namespace(&l->ns);
	netns_enter(&l->ns);
	ret = open_sockets(l, err);
	netns_leave(&l->ns);
	if (ret)
		return ret;
	l->sync = sync_create(l->r, &calls, l);
	if (!l->sync)
		return error_set(err, -ENOMEM, "out of memory");
	ret = linux_fdb_create(l, err);
	if (!ret)
		ret = linux_mirrors_create(l, err);
	if (ret)
		return ret;
	remove_old_mirrors(l);
	ret = linux_config_clean(l, err);
	if (!ret)
		ret = linux_config_put(l, err);
	return ret ? ret : linux_dump_all(l, err);
}

struct linux_ctl *linux_create(struct event_base *base, struct router *r, const struct config *cfg,
			       const char *path, struct error *err)
{
	struct linux_ctl *l = calloc(1, sizeof(*l));

	if (!l) {
		error_set(err, -ENOMEM, "out of memory");
		return NULL;
	}
	l->base = base;
	l->r = r;
	l->cfg = cfg;
	l->path = path;
	if (set_up(l, err)) {
		linux_destroy(l);
		return NULL;
	}
	return l;
}

static void on_tick(evutil_socket_t fd, short what, void *ctx)
{
	struct linux_ctl *l = ctx;

	linux_mirrors_poll(l);
	linux_config_retry(l);
	sync_go_on(l->sync);
	linux_dump_poll(l);
}

static void on_second(evutil_socket_t fd, short what, void *ctx)
{
	struct linux_ctl *l = ctx;

	l->settled = false;
	sync_keepalive(l->sync);
	if (sync_take_stale(l->sync))
		linux_dump_want(l);
}

static int start_timers(struct linux_ctl *l)
{
	const struct timeval tick = {.tv_usec = TICK_US}, second = {.tv_sec = 1};

	l->on_tick = event_new(l->base, -1, EV_PERSIST, on_tick, l);
	l->on_second = event_new(l->base, -1, EV_PERSIST, on_second, l);
	if (!l->on_tick || !l->on_second || event_add(l->on_tick, &tick) ||
	    event_add(l->on_second, &second))
		return -ENOMEM;
	return 0;
}

/* Frames as large as any port sends, in mbufs like those of the ports. */
static void frames_of(const struct linux_ctl *l, unsigned *max_frame, unsigned *room)
{
	*max_frame = *room = 0;
	for (unsigned i = 0; i < l->r->ports->n; i++) {
		const struct port *port = l->r->ports->ports[i];

		*max_frame = RTE_MAX(*max_frame, port->mtu_max + 0u + FRAME_OVERHEAD);
		*room = RTE_MAX(*room, rte_pktmbuf_data_room_size(port->pool) + 0u);
	}
}

static struct mirror_set *make_set(const struct linux_ctl *l, struct error *err)
{
	unsigned max_frame, room;

	frames_of(l, &max_frame, &room);
	return mirror_set_create(l->r->workers, l->n, max_frame, room,
				 l->r->workers->workers[0]->numa_node, err);
}

int linux_fit_set(struct linux_ctl *l, struct error *err)
{
	struct rte_mempool *old;
	unsigned max_frame, room;
	int ret;

	frames_of(l, &max_frame, &room);
	ret = mirror_set_fit(l->set, max_frame, room, &old, err);
	if (!ret && old && port_pool_retire(l->r->ports, old))
		log_err("out of memory: a pool of mbufs is lost");
	return ret;
}

int linux_start(struct linux_ctl *l, struct error *err)
{
	int ret;

	l->set = make_set(l, err);
	if (!l->set)
		return -ENOMEM;
	for (unsigned i = 0; i < l->n; i++) {
		const struct linux_mirror *m = &l->mirrors[i];

		ret = m->iface ? mirror_set_fd(l->set, m->iface->id, m->tap.fd) : 0;
		if (ret)
			return error_set(err, ret, "mirror %s: %s", m->iface->name, strerror(-ret));
	}
	if (linux_dump_start_events(l) || start_timers(l))
		return error_set(err, -ENOMEM, "out of memory");
	ret = mirror_start(l->set, err);
	l->running = !ret;
	return ret;
}

static void event_end(struct event **event)
{
	if (*event)
		event_free(*event);
	*event = NULL;
}

void linux_stop(struct linux_ctl *l)
{
	if (!l)
		return;
	event_end(&l->on_events);
	event_end(&l->on_more);
	event_end(&l->on_step);
	event_end(&l->on_tick);
	event_end(&l->on_second);
	linux_count_stop(l);
	if (l->running)
		mirror_stop(l->set);
	l->running = false;
	linux_fdb_destroy(l);
	sync_destroy(l->sync);
	l->sync = NULL;
}

void linux_destroy(struct linux_ctl *l)
{
	if (!l)
		return;
	linux_stop(l);
	if (l->set)
		mirror_set_destroy(l->set);
	linux_mirrors_close(l);
	nl_close(l->events);
	nl_close(l->dumps);
	nl_close(l->requests);
	isolation_destroy(l->isolation);
	ingress_destroy(l->ingress);
	if (l->has_ns)
		netns_close(&l->ns);
	free(l->waiting_routes);
	free(l);
}

void linux_counters(const struct linux_ctl *l, struct linux_counters *out)
{
	*out = l->counters;
}

void linux_counts(const struct linux_ctl *l, struct sync_count counts[SYNC_OBJECTS])
{
	sync_counts(l->sync, counts);
}

void linux_mirror_stats(const struct linux_ctl *l, const struct iface *iface,
			struct mirror_stats *out)
{
	mirror_stats(l->set, iface->id, out);
}

int linux_mirror_ifindex(const struct linux_ctl *l, const struct iface *iface)
{
	return sync_ifindex(l->sync, iface);
}
