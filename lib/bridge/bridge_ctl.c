/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of bridges; bridges come, change and go. */
#include "bridge_ctl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sys/random.h>

#include "bridge_own.h"
#include "log.h"
#include "nexthop_ctl.h"
#include "rcu.h"

static void on_aged(void *ctx, const struct fdb_entry *e)
{
	entry_gone(ctx, e);
}

static void on_refreshed(void *ctx, const struct fdb_entry *e)
{
	struct bridge_table *t = ctx;
	struct bridge_entry out;

	if (e->flags || !t->listener.refreshed)
		return;
	entry_describe(t, e, &out);
	t->listener.refreshed(t->listener.ctx, &out);
}

struct bridge_table *bridge_table_create(struct router *r, uint32_t limit_fdb, int numa_node)
{
	struct bridge_table *t = calloc(1, sizeof(*t));
	const struct fdb_watch watch = {t, on_aged, on_refreshed};

	if (!t)
		return NULL;
	t->r = r;
	t->limit = limit_fdb;
	t->bell.fd = -1;
	t->fids = calloc(BRIDGE_FIDS, sizeof(*t->fids));
	t->fdb = fdb_create(r->rcu,
			    RTE_MIN(limit_fdb, FDB_ENTRIES_MAX - BRIDGE_OWN_ROOM) + BRIDGE_OWN_ROOM,
			    numa_node);
	if (!t->fids || !t->fdb) {
		bridge_table_destroy(t);
		errno = ENOMEM;
		return NULL;
	}
	fdb_set_watch(t->fdb, &watch);
	return t;
}

static void free_bridge(struct bridge *b)
{
	while (b->ports) {
		struct bridge_port *next = b->ports->next;

		free(b->ports);
		b->ports = next;
	}
	free(b->fwd);
	free(b->own);
	free(b->macs);
	free(b);
}

void bridge_table_destroy(struct bridge_table *t)
{
	if (!t)
		return;
	learn_stop(t);
	while (t->bridges) {
		struct bridge *next = t->bridges->next;

		free_bridge(t->bridges);
		t->bridges = next;
	}
	fdb_destroy(t->fdb);
	free(t->fids);
	free(t);
}

static int check_conf(const char *name, const struct bridge_conf *conf, struct error *err)
{
	if (conf->has_mac && !mac_is_unicast(&conf->mac))
		return error_set(err, -EINVAL, "bridge %s: not the MAC address of one interface",
				 name);
	if (conf->ageing_cs && (conf->ageing_cs < 100 || conf->ageing_cs > BRIDGE_AGEING_MAX_CS))
		return error_set(err, -EINVAL,
				 "bridge %s: ageing of %u.%02u s: expected 0 (never), or 1 to %u s",
				 name, conf->ageing_cs / 100, conf->ageing_cs % 100,
				 BRIDGE_AGEING_MAX_CS / 100);
	if (conf->tpid && conf->tpid != RTE_ETHER_TYPE_VLAN && conf->tpid != RTE_ETHER_TYPE_QINQ)
		return error_set(err, -EINVAL,
				 "bridge %s: protocol 0x%04x: expected 0x8100 or "
				 "0x88a8",
				 name, conf->tpid);
	return 0;
}

/* IEEE 802: locally administered, of one interface. */
static struct mac_addr random_mac(void)
{
	struct mac_addr mac;

	if (getrandom(&mac, sizeof(mac), GRND_NONBLOCK) != sizeof(mac))
		memset(&mac, 0x5a, sizeof(mac));
	mac.bytes[0] = (uint8_t)((mac.bytes[0] & ~1) | 2);
	return mac;
}

static void set_conf(struct bridge *b, const struct bridge_conf *conf)
{
	b->conf = *conf;
	if (!b->conf.tpid)
		b->conf.tpid = RTE_ETHER_TYPE_VLAN;
}

static struct iface *make_iface(struct bridge_table *t, const char *name,
				const struct bridge_conf *conf, struct error *err)
{
	struct mac_addr mac = conf->has_mac ? conf->mac : random_mac();
	struct iface *iface = iface_add(t->r->ifaces, name, IFACE_PORT_BRIDGE, &mac,
					conf->mtu ? conf->mtu : 1500, err);

	if (!iface)
		return NULL;
	iface->kind = IFACE_BRIDGE;
	t->r->ifaces->fwd[iface->id].kind = IFACE_BRIDGE;
	t->r->ifaces->fwd[iface->id].own_tap = conf->own_tap;
	return iface;
}

static struct bridge *no_bridge(struct bridge *b, struct bridge_fwd *fwd)
{
	free(fwd);
	free(b);
	return NULL;
}

struct bridge *bridge_add(struct bridge_table *t, const char *name, const struct bridge_conf *conf,
			  struct error *err)
{
	struct bridge **last = &t->bridges, *b;
	struct bridge_fwd *fwd;

	if (check_conf(name, conf, err))
		return NULL;
	b = calloc(1, sizeof(*b));
	fwd = snapshot_new(0, conf->vlan_aware);
	if (!b || !fwd) {
		error_set(err, -ENOMEM, "bridge %s: out of memory", name);
		return no_bridge(b, fwd);
	}
	set_conf(b, conf);
	if (fid_take(t, b, 0)) {
		error_set(err, -ENOSPC, "bridge %s: there are too many VLANs", name);
		return no_bridge(b, fwd);
	}
	b->iface = make_iface(t, name, conf, err);
	if (!b->iface) {
		t->fids[b->fids[0]] = (struct fid_owner){0};
		return no_bridge(b, fwd);
	}
	b->self = (struct bridge_port){
		.bridge = b, .iface = b->iface, .conf = BRIDGE_MEMBER_DEFAULT, .running = true};
	while (*last)
		last = &(*last)->next;
	*last = b;
	nexthop_iface_set_usable(t->r->nexthops, b->iface, false);
	own_sync(t, b);
	snapshot_publish(t, b, fwd);
	return b;
}

void bridge_del(struct bridge_table *t, struct bridge *b)
{
	struct bridge **at = &t->bridges;

	while (b->ports)
		bridge_member_del(t, b->ports->iface);
	while (*at != b)
		at = &(*at)->next;
	*at = b->next;
	snapshot_del(t, b);
	fids_release(t, b, true);
	free_bridge(b);
}

/* What is learned means another thing from now on. */
static bool learned(const struct bridge_entry *e, const void *arg)
{
	return !e->flags;
}

/* The first of those that have no room for the tag of a VLAN, after `after`; NULL. */
static const struct bridge_port *without_room(const struct bridge_table *t, const struct bridge *b,
					      const struct bridge_port *after)
{
	const struct bridge_port *port = after ? after->next : b->ports;

	while (port && bridge_has_room_for_tag(t, port->iface))
		port = port->next;
	return port;
}

/* Before it becomes VLAN-aware. What Linux has done cannot be refused. */
static int check_tags(const struct bridge_table *t, const struct bridge *b,
		      const struct bridge_conf *conf, struct error *err)
{
	const struct bridge_port *port = without_room(t, b, NULL);

	if (!port || conf->in_kernel)
		return 0;
	return error_set(err, -EINVAL,
			 "bridge %s cannot become VLAN-aware: its member %s has two tags, and no "
			 "room for that of a VLAN",
			 b->iface->name, port->iface->name);
}

static void say_without_room(const struct bridge_table *t, const struct bridge *b)
{
	for (const struct bridge_port *p = NULL; (p = without_room(t, b, p));)
		log_warn("bridge %s has become VLAN-aware: its member %s has two tags, and no room "
			 "for that of a VLAN: nothing is forwarded from and to it",
			 b->iface->name, p->iface->name);
}

int bridge_set(struct bridge_table *t, struct bridge *b, const struct bridge_conf *conf,
	       struct error *err)
{
	struct bridge_conf was = b->conf;
	struct bridge_fwd *fwd;
	bool aware = conf->vlan_aware && !was.vlan_aware, vlans;
	int ret = check_conf(b->iface->name, conf, err);

	if (!ret && aware)
		ret = check_tags(t, b, conf, err);
	if (ret)
		return ret;
	fwd = snapshot_new(b->n_ports, conf->vlan_aware);
	if (!fwd)
		return error_set(err, -ENOMEM, "out of memory");
	set_conf(b, conf);
	b->conf.own_tap = was.own_tap;
	vlans = was.vlan_aware != b->conf.vlan_aware || was.tpid != b->conf.tpid;
	ret = fids_take(t, b);
	if (ret)
		error_set(err, ret, "bridge %s: there are too many VLANs", b->iface->name);
	else if (aware && !conf->in_kernel) /* Linux has done it already */
		ret = own_check(t, b, err); /* by the FIDs */
	if (ret) {
		b->conf = was;
		free(fwd);
		fids_release(t, b, false);
		return ret;
	}
	fids_set_ageing(t, b);
	bridge_follow(t, b);
	own_sync(t, b);
	snapshot_publish(t, b, fwd);
	if (vlans)
		entries_flush(t, b, learned, NULL);
	if (aware) {
		/* Who takes out later what is in no VLAN cannot name it then. */
		fid_flush(t, b, 0);
		say_without_room(t, b);
	}
	fids_release(t, b, false);
	return 0;
}

const struct bridge_conf *bridge_conf(const struct bridge *b)
{
	return &b->conf;
}

struct bridge *bridge_by_name(const struct bridge_table *t, const char *name)
{
	struct bridge *b = t->bridges;

	while (b && strcmp(b->iface->name, name) != 0)
		b = b->next;
	return b;
}

struct bridge *bridge_by_iface(const struct bridge_table *t, const struct iface *iface)
{
	struct bridge *b = t->bridges;

	while (b && b->iface != iface)
		b = b->next;
	return b;
}

struct bridge *bridge_of_member(const struct bridge_table *t, const struct iface *iface)
{
	const struct bridge_port *port = bridge_port_of(t, iface);

	return port ? port->bridge : NULL;
}

struct bridge *bridge_next(const struct bridge_table *t, const struct bridge *after)
{
	return after ? after->next : t->bridges;
}

struct iface *bridge_iface(const struct bridge *b)
{
	return b->iface;
}

bool bridge_is_running(const struct bridge *b)
{
	return b->running;
}

void bridge_set_follow(struct bridge_table *t, void (*fn)(struct router *, const struct iface *))
{
	t->follow = fn;
}

void bridge_listen(struct bridge_table *t, const struct bridge_listener *listener)
{
	t->listener = listener ? *listener : (struct bridge_listener){0};
}
