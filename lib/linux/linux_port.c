/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Mirrors and their ports. The mirror follows the port in carrier and in the largest MTU; the port
 * follows the mirror in what an operator sets there: up or down, MTU, MAC address.
 */
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "linux_own.h"
#include "log.h"
#include "nexthop_ctl.h"
#include "port_link.h"
#include "port_mtu.h"
#include "sysctl.h"

#define TICKS_SELDOM 25 /* about a second */

static struct linux_mirror *mirror_of(struct linux_ctl *l, const struct iface *iface)
{
	return &l->mirrors[iface->id];
}

struct mtu_asked {
	unsigned ifindex;
	uint32_t mtu; /* 0: unknown */
};

static void ask_mtu(void *arg)
{
	struct mtu_asked *a = arg;
	struct ifreq req = {0};

	a->mtu = port_netdev_ioctl(a->ifindex, SIOCGIFMTU, &req) ? 0 : (uint32_t)req.ifr_mtu;
}

/* Up, and with the port's MTU; an operator may have chosen a smaller one in an earlier run. */
static int bring_up(struct linux_ctl *l, struct linux_mirror *m, struct error *err)
{
	struct nl_link_change change = {.up = m->tap.created ? 1 : 0};
	struct mtu_asked now = {.ifindex = (unsigned)m->tap.ifindex};

	netns_call(&l->ns, ask_mtu, &now);
	if (m->tap.created || m->port->conf.mtu || now.mtu > m->port->mtu)
		change.mtu = m->port->mtu;
	if (!change.up && (!change.mtu || change.mtu == now.mtu))
		return 0;
	return nl_link_set(l->requests, m->tap.ifindex, &change, err);
}

struct opening {
	struct linux_ctl *l;
	struct linux_mirror *m;
	struct error *err;
	int ret;
};

static void open_tap(void *arg)
{
	struct opening *o = arg;

	o->ret = tap_open(&o->m->tap, o->m->iface->name, o->l->cfg->api, &o->m->iface->mac, o->err);
}

static int mirror_make(struct linux_ctl *l, struct linux_mirror *m, struct error *err)
{
	struct opening o = {.l = l, .m = m, .err = err};
	int ret;

	netns_call(&l->ns, open_tap, &o);
	if (o.ret)
		return o.ret;
	memcpy(m->iface->mirror, m->tap.name, sizeof(m->iface->mirror));
	sysctl_mirror(&l->ns, m->iface->mirror);
	ret = bring_up(l, m, err);
	if (!ret)
		ret = tap_keep(&m->tap, err);
	if (ret) {
		tap_close(&m->tap);
		m->iface->mirror[0] = 0;
		return error_prefix(err, ret, "mirror %s", m->iface->name);
	}
	m->iface->carrier = port_link_up(m->port);
	tap_set_carrier(&m->tap, m->iface->carrier);
	sync_set_ifindex(l->sync, m->iface, m->tap.ifindex);
	nexthop_iface_set_usable(l->r->nexthops, m->iface, m->iface->carrier && m->iface->up);
	m->gone = false;
	m->seen = true; /* a dump that runs may have passed it already */
	return 0;
}

static int mirror_begin(struct linux_ctl *l, struct iface *iface, struct error *err)
{
	struct linux_mirror *m = mirror_of(l, iface);

	*m = (struct linux_mirror){
		.iface = iface, .port = port_by_id(l->r->ports, iface->port), .tap.fd = -1};
	/* The link-local one too comes from the kernel. */
	while (iface->n_addrs)
		iface_addr_del(iface, &iface->addrs[0]);
	return mirror_make(l, m, err);
}

int linux_mirrors_create(struct linux_ctl *l, struct error *err)
{
	int ret = 0;

	l->n = l->r->ifaces->max;
	l->mirrors = calloc(l->n, sizeof(*l->mirrors));
	if (!l->mirrors)
		return error_set(err, -ENOMEM, "out of memory");
	for (unsigned i = 0; i < l->n; i++)
		l->mirrors[i].tap.fd = -1;
	for (struct iface *iface = NULL; !ret && (iface = iface_next(l->r->ifaces, iface));)
		ret = mirror_begin(l, iface, err);
	return ret;
}

void linux_mirrors_close(struct linux_ctl *l)
{
	for (unsigned i = 0; l->mirrors && i < l->n; i++)
		if (l->mirrors[i].tap.fd >= 0)
			tap_close(&l->mirrors[i].tap);
	free(l->mirrors);
}

static void set_usable(struct linux_ctl *l, struct linux_mirror *m)
{
	nexthop_iface_set_usable(l->r->nexthops, m->iface,
				 m->iface->up && m->iface->carrier && m->tap.fd >= 0);
}

static void lost(struct linux_ctl *l, struct linux_mirror *m)
{
	log_warn("mirror %s has been deleted, or moved to another namespace: it is made anew",
		 m->iface->name);
	if (l->set) /* not before linux_start() */
		mirror_set_fd(l->set, m->iface->id, -1);
	tap_forget(&m->tap);
	m->iface->carrier = false;
	m->gone = true;
	m->iface->mirror[0] = 0;
	sync_set_ifindex(l->sync, m->iface, 0);
	set_usable(l, m);
	linux_dump_want(l);
}

static void remake(struct linux_ctl *l, struct linux_mirror *m)
{
	struct error err;
	int ret;

	ret = mirror_make(l, m, &err);
	if (ret) {
		/* Said once: it is tried again each second. */
		if (m->gone)
			log_err("%s", err.msg);
		m->gone = false;
		return;
	}
	mirror_set_fd(l->set, m->iface->id, m->tap.fd);
	linux_config_up(l, m->iface);
	linux_dump_want(l);
}

static void tell_carrier(void *arg)
{
	tap_tell_carrier(arg);
}

static void follow_port(struct linux_ctl *l, struct linux_mirror *m)
{
	bool carrier = port_link_up(m->port);

	if (carrier != m->iface->carrier) {
		if (!m->port->gone)
			log_info("port %s: link %s", m->iface->name, carrier ? "up" : "down");
		m->iface->carrier = carrier;
		set_usable(l, m);
		tap_set_carrier(&m->tap, carrier);
		netns_call(&l->ns, tell_carrier, &m->tap);
		linux_dump_want(l);
	}
}

/* The mirror keeps a smaller MTU that an operator gave it. */
static void follow_port_mtu(struct linux_ctl *l, struct linux_mirror *m)
{
	uint16_t before = m->port->mtu;
	struct nl_link_change change = {0};
	struct error err;

	if (!port_mtu_follow(m->port))
		return;
	log_info("port %s: MTU %u", m->iface->name, m->port->mtu);
	if (m->iface->mtu <= m->port->mtu && m->iface->mtu != before)
		return;
	change.mtu = m->port->mtu;
	if (nl_link_set(l->requests, m->tap.ifindex, &change, &err))
		log_warn("mirror %s: %s", m->iface->name, err.msg);
}

void linux_mirrors_poll(struct linux_ctl *l)
{
	bool seldom = l->ticks++ % TICKS_SELDOM == 0;

	for (unsigned i = 0; i < l->r->ifaces->n; i++) {
		struct linux_mirror *m = &l->mirrors[i];

		if (!m->iface)
			continue;
		if (m->tap.fd >= 0)
			follow_port(l, m);
		if (m->tap.fd >= 0 && seldom)
			follow_port_mtu(l, m);
		if (m->tap.fd < 0 && (m->gone || seldom))
			remake(l, m);
	}
}

static void follow_up(struct linux_ctl *l, struct linux_mirror *m, bool up)
{
	if (up == m->iface->up)
		return;
	if (l->running)
		log_info("%s is %s in Linux", m->iface->name, up ? "up" : "down");
	iface_set_up(l->r->ifaces, m->iface, up);
	set_usable(l, m);
	linux_dump_want(l); /* what goes with a link goes without a word */
	if (up && l->waiting_routes)
		linux_config_up(l, m->iface);
}

/* Adjacencies have the MTU and the MAC address in them. */
static void remake_adjacencies(struct linux_ctl *l, struct linux_mirror *m)
{
	struct error err;

	if (nexthop_iface_changed(l->r->nexthops, m->iface, &err))
		log_err("%s: some next hops keep the old MTU and MAC address: %s", m->iface->name,
			err.msg);
}

static void follow_mtu(struct linux_ctl *l, struct linux_mirror *m, uint32_t mtu)
{
	struct nl_link_change back = {.mtu = m->port->mtu};
	struct error err;

	if (!mtu || mtu == m->iface->mtu)
		return;
	if (mtu <= m->port->mtu) {
		iface_set_mtu(m->iface, (uint16_t)mtu);
		remake_adjacencies(l, m);
		return;
	}
	log_warn("%s: Linux wants an MTU of %u, the port has %u: set back (mtu: in the "
		 "configuration raises it)",
		 m->iface->name, mtu, m->port->mtu);
	if (nl_link_set(l->requests, m->tap.ifindex, &back, &err))
		log_warn("mirror %s: %s", m->iface->name, err.msg);
}

static void follow_mac(struct linux_ctl *l, struct linux_mirror *m, const struct mac_addr *mac)
{
	struct nl_link_change back = {.mac = &m->iface->mac};
	struct error err;

	if (!memcmp(mac, &m->iface->mac, sizeof(*mac)))
		return;
	if (port_set_mac(m->port, mac, &err)) {
		log_warn("%s; the mirror gets its old one back", err.msg);
		if (nl_link_set(l->requests, m->tap.ifindex, &back, &err))
			log_warn("mirror %s: %s", m->iface->name, err.msg);
		return;
	}
	iface_set_mac(l->r->ifaces, m->iface, mac);
	remake_adjacencies(l, m);
}

void linux_mirror_link(void *ctx, struct iface *iface, const struct nl_link *link, bool deleted)
{
	struct linux_ctl *l = ctx;
	struct linux_mirror *m = mirror_of(l, iface);

	if (deleted) {
		lost(l, m);
		return;
	}
	m->seen = true;
	memcpy(m->iface->mirror, link->name, sizeof(m->iface->mirror));
	if (link->has_mac)
		follow_mac(l, m, &link->mac);
	follow_mtu(l, m, link->mtu);
	follow_up(l, m, link->up);
	l->may_retry = true;
}

void linux_mirrors_unseen(struct linux_ctl *l)
{
	for (unsigned i = 0; i < l->n; i++)
		l->mirrors[i].seen = false;
}

void linux_mirrors_check(struct linux_ctl *l)
{
	for (unsigned i = 0; i < l->n; i++)
		if (!l->mirrors[i].seen && l->mirrors[i].tap.fd >= 0)
			lost(l, &l->mirrors[i]);
}

int linux_port_add(struct linux_ctl *l, struct iface *iface, struct error *err)
{
	struct linux_mirror *m = mirror_of(l, iface);
	int ret = linux_hold_netdev(l, port_by_id(l->r->ports, iface->port), err);

	if (!ret)
		ret = linux_fit_set(l, err);
	if (!ret)
		ret = mirror_begin(l, iface, err);
	if (!ret) {
		mirror_clear(l->set, iface->id);
		ret = mirror_set_fd(l->set, iface->id, m->tap.fd);
		if (ret)
			error_set(err, ret, "mirror %s: %s", iface->name, strerror(-ret));
	}
	if (ret)
		return ret;
	linux_config_up(l, iface);
	linux_dump_want(l);
	return 0;
}

void linux_port_del(struct linux_ctl *l, struct iface *iface)
{
	struct linux_mirror *m = mirror_of(l, iface);

	mirror_set_fd(l->set, iface->id, -1);
	sync_set_ifindex(l->sync, iface, 0);
	if (m->tap.fd >= 0)
		tap_forget(&m->tap);
	linux_release_netdev(l, port_by_id(l->r->ports, iface->port));
	iface->carrier = false;
	iface->mirror[0] = 0;
	*m = (struct linux_mirror){.tap.fd = -1};
	linux_dump_want(l);
}
