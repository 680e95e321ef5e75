/* SPDX-License-Identifier: BSD-3-Clause */
/* Mirrors of ports, and of the VLAN interfaces and bridges of the configuration: how they come, are
 * made anew, and go. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "linux_own.h"
#include "log.h"
#include "sysctl.h"

#define TICKS_SELDOM 25 /* about a second */

static struct linux_mirror *mirror_of(struct linux_ctl *l, const struct iface *iface)
{
	return &l->mirrors[iface->id];
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

	o->ret = tap_open(&o->m->tap, o->m->iface->name, o->l->cfg->api, &o->m->iface->mac,
			  o->l->netdevs, o->err);
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
	ret = linux_follow_bring_up(l, m, err);
	if (!ret)
		ret = tap_keep(&m->tap, err);
	if (ret) {
		tap_close(&m->tap);
		m->iface->mirror[0] = 0;
		return error_prefix(err, ret, "mirror %s", m->iface->name);
	}
	linux_follow_begin(l, m);
	sync_set_ifindex(l->sync, m->iface, m->tap.ifindex);
	linux_follow_usable(l, m);
	m->gone = false;
	m->seen = true; /* a dump that runs may have passed it already */
	return 0;
}

static int mirror_begin(struct linux_ctl *l, struct iface *iface, struct error *err)
{
	struct linux_mirror *m = mirror_of(l, iface);

	*m = (struct linux_mirror){.iface = iface, .tap.fd = -1};
	if (iface->kind == IFACE_PORT)
		m->port = port_by_id(l->r->ports, iface->port);
	__atomic_store_n(&l->r->ifaces->fwd[iface->id].own_tap, true, __ATOMIC_RELAXED);
	/* The link-local one too comes from the kernel. */
	while (iface->n_addrs)
		iface_addr_del(iface, &iface->addrs[0]);
	return mirror_make(l, m, err);
}

struct look {
	struct tap_netdevs *netdevs;
	struct error *err;
};

static void look(void *arg)
{
	struct look *looking = arg;

	looking->netdevs = tap_netdevs_look(looking->err);
}

int linux_mirrors_create(struct linux_ctl *l, struct error *err)
{
	struct look looking = {.err = err};
	int ret = 0;

	l->n = l->r->ifaces->max;
	l->mirrors = calloc(l->n, sizeof(*l->mirrors));
	if (!l->mirrors)
		return error_set(err, -ENOMEM, "out of memory");
	for (unsigned i = 0; i < l->n; i++)
		l->mirrors[i].tap.fd = -1;
	netns_call(&l->ns, look, &looking);
	if (!looking.netdevs)
		return -ENOMEM;
	l->netdevs = looking.netdevs;
	for (struct iface *iface = NULL; !ret && (iface = iface_next(l->r->ifaces, iface));)
		ret = mirror_begin(l, iface, err);
	l->netdevs = NULL;
	tap_netdevs_free(looking.netdevs);
	return ret;
}

void linux_mirrors_close(struct linux_ctl *l)
{
	for (unsigned i = 0; l->mirrors && i < l->n; i++)
		if (l->mirrors[i].tap.fd >= 0)
			tap_close(&l->mirrors[i].tap);
	free(l->mirrors);
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
	linux_follow_usable(l, m);
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

void linux_mirrors_poll(struct linux_ctl *l)
{
	bool seldom = l->ticks++ % TICKS_SELDOM == 0;

	for (unsigned i = 0; i < l->r->ifaces->n; i++) {
		struct linux_mirror *m = &l->mirrors[i];

		if (!m->iface)
			continue;
		if (m->tap.fd >= 0)
			linux_follow_iface(l, m, seldom);
		else if (m->gone || seldom)
			remake(l, m);
	}
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
	linux_follow_link(l, m, link);
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

int linux_iface_add(struct linux_ctl *l, struct iface *iface, struct error *err)
{
	int ret = mirror_begin(l, iface, err);

	if (ret)
		return ret;
	mirror_clear(l->set, iface->id);
	ret = mirror_set_fd(l->set, iface->id, mirror_of(l, iface)->tap.fd);
	if (ret)
		return error_set(err, ret, "mirror %s: %s", iface->name, strerror(-ret));
	linux_config_up(l, iface);
	linux_dump_want(l);
	return 0;
}

int linux_port_add(struct linux_ctl *l, struct iface *iface, struct error *err)
{
	int ret = linux_hold_netdev(l, port_by_id(l->r->ports, iface->port), err);

	if (!ret)
		ret = linux_fit_set(l, err);
	return ret ? ret : linux_iface_add(l, iface, err);
}

static void forget(struct linux_ctl *l, struct linux_mirror *m)
{
	struct iface *iface = m->iface;

	mirror_set_fd(l->set, iface->id, -1);
	sync_set_ifindex(l->sync, iface, 0);
	if (m->tap.fd >= 0)
		tap_forget(&m->tap);
	iface->carrier = false;
	iface->mirror[0] = 0;
	*m = (struct linux_mirror){.tap.fd = -1};
}

void linux_vlans_del(struct linux_ctl *l, const struct iface *port)
{
	for (unsigned i = 0; i < l->n; i++) {
		const struct iface *iface = l->mirrors[i].iface;

		if (iface && iface != port && iface_is_on(iface, port))
			forget(l, &l->mirrors[i]);
	}
	sync_take_away_on(l->sync, port);
}

void linux_port_del(struct linux_ctl *l, struct iface *iface)
{
	struct linux_mirror *m = mirror_of(l, iface);

	if (m->iface)
		forget(l, m);
	sync_settle_links(l->sync);
	linux_release_netdev(l, port_by_id(l->r->ports, iface->port));
	linux_dump_want(l);
}
