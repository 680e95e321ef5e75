/* SPDX-License-Identifier: BSD-3-Clause */
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nl_socket.h"

#ifndef IFF_NO_CARRIER /* Linux 6.1; before, the bit has no meaning here */
#define IFF_NO_CARRIER 0x40
#endif

/* A TAP of this name, the one that is there or a new one. flags: beside the usual. The fd, or
 * -errno and err. */
static int attach(const char *name, short flags, struct error *err)
{
	struct ifreq ifr = {.ifr_flags = (short)(IFF_TAP | IFF_NO_PI | flags)};
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return error_set(err, -errno, "/dev/net/tun: %s", strerror(errno));
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (ioctl(fd, TUNSETIFF, &ifr)) {
		int code = -errno;

		close(fd);
		if (code == -EBUSY)
			return error_set(err, code, "TAP %s is held by another process", name);
		return error_set(err, code, "TAP %s: %s", name, strerror(-code));
	}
	return fd;
}

static int set_mac(int fd, const char *name, const struct mac_addr *mac, struct error *err)
{
	struct ifreq ifr = {.ifr_flags = 0};

	if (ioctl(fd, SIOCGIFHWADDR, &ifr))
		return error_set(err, -errno, "TAP %s: MAC address: %s", name, strerror(errno));
	if (!memcmp(ifr.ifr_hwaddr.sa_data, mac->bytes, sizeof(mac->bytes)))
		return 0;
	ifr.ifr_hwaddr.sa_family = ARPHRD_ETHER;
	memcpy(ifr.ifr_hwaddr.sa_data, mac->bytes, sizeof(mac->bytes));
	if (ioctl(fd, SIOCSIFHWADDR, &ifr))
		return error_set(err, -errno, "TAP %s: MAC address: %s", name, strerror(errno));
	return 0;
}

/* Of all TAPs of the owner, up to the name. */
static void alias_begin(const char *owner, char *alias)
{
	snprintf(alias, NL_ALIAS_LEN, TAP_ALIAS "%s ", owner);
}

bool tap_is_of_another(const struct nl_link *link, const char *owner)
{
	char begin[NL_ALIAS_LEN];

	alias_begin(owner, begin);
	return !strncmp(link->alias, TAP_ALIAS, strlen(TAP_ALIAS)) &&
	       strncmp(link->alias, begin, strlen(begin));
}

/* Call fn with each netdev of the namespace. 0, or -errno and err. */
static int each_link(nl_fn fn, void *ctx, struct error *err)
{
	struct nl_socket *s = nl_open(err);
	int ret;

	if (!s)
		return -errno;
	ret = nl_dump_all(s, NL_LINK, 0, fn, ctx, err);
	nl_close(s);
	return ret;
}

struct search {
	const char *name, *alias;
	struct nl_link ours;   /* index 0: there is none */
	struct nl_link in_way; /* of the name, and not ours */
};

static void consider(struct search *search, const struct nl_link *link)
{
	if (!strcmp(link->alias, search->alias))
		search->ours = *link;
	else if (!strcmp(link->name, search->name))
		search->in_way = *link;
}

static void on_candidate(void *ctx, const struct nl_msg *msg)
{
	consider(ctx, &msg->link);
}

struct tap_netdevs {
	struct nl_link *links;
	unsigned n;
	bool no_memory;
};

static void on_netdev(void *ctx, const struct nl_msg *msg)
{
	struct tap_netdevs *netdevs = ctx;
	struct nl_link *grown =
		reallocarray(netdevs->links, netdevs->n + 1, sizeof(*netdevs->links));

	netdevs->no_memory |= !grown;
	if (!grown)
		return;
	netdevs->links = grown;
	grown[netdevs->n++] = msg->link;
}

struct tap_netdevs *tap_netdevs_look(struct error *err)
{
	struct tap_netdevs *netdevs = calloc(1, sizeof(*netdevs));

	if (netdevs && !each_link(on_netdev, netdevs, err) && !netdevs->no_memory)
		return netdevs;
	if (!netdevs || netdevs->no_memory)
		error_set(err, -ENOMEM, "out of memory");
	tap_netdevs_free(netdevs);
	return NULL;
}

void tap_netdevs_free(struct tap_netdevs *netdevs)
{
	if (netdevs)
		free(netdevs->links);
	free(netdevs);
}

static int find(struct search *search, const struct tap_netdevs *netdevs, struct error *err)
{
	if (!netdevs)
		return each_link(on_candidate, search, err);
	for (unsigned i = 0; i < netdevs->n; i++)
		consider(search, &netdevs->links[i]);
	return 0;
}

static int refuse(const struct nl_link *link, const char *alias, struct error *err)
{
	if (strncmp(link->alias, TAP_ALIAS, strlen(TAP_ALIAS)))
		return error_set(err, -EEXIST, "netdev %s exists and is not a TAP of Sluice",
				 link->name);
	return error_set(err, -EEXIST,
			 "TAP %s exists and does not belong to this sluiced: its alias is "
			 "'%s', not '%s'",
			 link->name, link->alias, alias);
}

static int set_alias(int ifindex, const char *alias, struct error *err)
{
	const struct nl_link_change change = {.alias = alias};
	struct nl_socket *s = nl_open(err);
	int ret;

	if (!s)
		return -errno;
	ret = nl_link_set(s, ifindex, &change, err);
	nl_close(s);
	return ret;
}

static int prepare(struct tap *tap, const char *name, const char *alias, const struct mac_addr *mac,
		   struct error *err)
{
	int ret = set_mac(tap->fd, name, mac, err);

	if (ret)
		return ret;
	/* Whatever the one before had asked for: whole frames, with their checksums. */
	if (ioctl(tap->fd, TUNSETOFFLOAD, 0) || tap_set_carrier(tap, false))
		return error_set(err, -errno, "TAP %s: %s", name, strerror(errno));
	if (!tap->created)
		return 0;
	tap->ifindex = (int)if_nametoindex(name);
	if (!tap->ifindex)
		return error_set(err, -errno, "TAP %s: %s", name, strerror(errno));
	return set_alias(tap->ifindex, alias, err);
}

int tap_keep(const struct tap *tap, struct error *err)
{
	if (ioctl(tap->fd, TUNSETPERSIST, 1))
		return error_set(err, -errno, "TAP %s: %s", tap->name, strerror(errno));
	return 0;
}

void tap_forget(struct tap *tap)
{
	ioctl(tap->fd, TUNSETPERSIST, 0);
	tap_close(tap);
}

int tap_open(struct tap *tap, const char *name, const char *owner, const struct mac_addr *mac,
	     const struct tap_netdevs *netdevs, struct error *err)
{
	char alias[NL_ALIAS_LEN];
	struct search search = {.name = name, .alias = alias};
	int ret;

	*tap = (struct tap){.fd = -1};
	if (!*name || strlen(name) >= IFNAMSIZ || strchr(name, '%'))
		return error_set(err, -EINVAL, "'%s' is no name for a netdev", name);
	snprintf(alias, sizeof(alias), TAP_ALIAS "%s %s", owner, name);
	ret = find(&search, netdevs, err);
	if (!ret && !search.ours.index && search.in_way.index)
		ret = refuse(&search.in_way, alias, err);
	if (ret)
		return ret;
	tap->created = !search.ours.index;
	tap->ifindex = search.ours.index;
	snprintf(tap->name, sizeof(tap->name), "%s", tap->created ? name : search.ours.name);
	/* Exclusive: never one that came up between the look and this. */
	ret = attach(tap->name, IFF_NO_CARRIER | (tap->created ? (short)IFF_TUN_EXCL : 0), err);
	if (ret < 0)
		return ret;
	tap->fd = ret;
	ret = prepare(tap, tap->name, alias, mac, err);
	if (ret)
		tap_close(tap);
	return ret;
}

int tap_set_carrier(const struct tap *tap, bool on)
{
	int carrier = on;

	return ioctl(tap->fd, TUNSETCARRIER, &carrier) ? -errno : 0;
}

void tap_tell_carrier(const struct tap *tap)
{
	struct ethtool_value value = {.cmd = ETHTOOL_GLINK};
	struct ifreq req = {.ifr_data = (void *)&value};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(req.ifr_name, tap->name, sizeof(req.ifr_name));
	if (fd < 0)
		return;
	ioctl(fd, SIOCETHTOOL, &req);
	close(fd);
}

void tap_close(struct tap *tap)
{
	if (tap->fd >= 0)
		close(tap->fd);
	tap->fd = -1;
}

/* Of netdevs that are going to be deleted; nobody else's have it. */
#define PURGE_GROUP 0x51c1ce00
#define PURGE_BATCH 256 /* fds at a time */

struct found {
	int ifindex;
	char name[IFNAMSIZ];
};

struct purge {
	const char *begin; /* of the aliases */
	bool (*keep)(void *ctx, const char *name);
	void *ctx;
	struct found *found;
	unsigned n;
	bool no_memory;
	int ret; /* of the first that failed; err has its sentence */
	struct error *err;
};

static void on_link(void *ctx, const struct nl_msg *msg)
{
	const struct nl_link *link = &msg->link;
	const char *name = strrchr(link->alias, ' ');
	struct purge *p = ctx;
	struct found *grown;

	if (strncmp(link->alias, p->begin, strlen(p->begin)) || !name ||
	    (p->keep && p->keep(p->ctx, name + 1)))
		return;
	grown = reallocarray(p->found, p->n + 1, sizeof(*grown));
	p->no_memory |= !grown;
	if (!grown)
		return;
	p->found = grown;
	grown[p->n].ifindex = link->index;
	memcpy(grown[p->n++].name, link->name, sizeof(grown->name));
}

static void failed(struct purge *p, int ret, const struct error *why)
{
	if (!p->ret && p->err)
		*p->err = *why;
	if (!p->ret)
		p->ret = ret;
}

/* As its only holder: so one that a process holds cannot go by mistake. The fd, whose end is the
 * end of the netdev; -1: it stays. */
static int hold(struct purge *p, struct nl_socket *s, const struct found *found)
{
	const struct nl_link_change change = {.group = PURGE_GROUP};
	struct error why;
	int fd = attach(found->name, IFF_NO_CARRIER, &why);

	if (fd == -EINVAL) /* the alias is ours, and the netdev is no TAP */
		return -1;
	if (fd < 0) {
		failed(p, fd, &why);
		return -1;
	}
	if (ioctl(fd, TUNSETPERSIST, 0)) {
		failed(p, error_set(&why, -errno, "TAP %s: %s", found->name, strerror(errno)),
		       &why);
		close(fd);
		return -1;
	}
	/* Without, it goes when the fd is closed, which takes the kernel some 40 ms each. */
	nl_link_set(s, found->ifindex, &change, NULL);
	return fd;
}

/* How many have gone. */
static unsigned remove_taps(struct purge *p, struct nl_socket *s, const struct found *found,
			    unsigned n)
{
	int fds[PURGE_BATCH];
	unsigned held = 0;

	for (unsigned i = 0; i < n; i++) {
		int fd = hold(p, s, &found[i]);

		if (fd >= 0)
			fds[held++] = fd;
	}
	if (held)
		nl_link_del_group(s, PURGE_GROUP, NULL);
	for (unsigned i = 0; i < held; i++)
		close(fds[i]);
	return held;
}

int tap_purge(const char *owner, bool (*keep)(void *ctx, const char *name), void *ctx,
	      struct error *err)
{
	char begin[NL_ALIAS_LEN] = TAP_ALIAS;
	struct purge p = {.begin = begin, .keep = keep, .ctx = ctx, .err = err};
	struct nl_socket *s = nl_open(err);
	unsigned removed = 0;

	if (!s)
		return -errno;
	if (owner)
		alias_begin(owner, begin);
	p.ret = nl_dump_all(s, NL_LINK, 0, on_link, &p, err);
	if (!p.ret && p.no_memory)
		p.ret = error_set(err, -ENOMEM, "out of memory");
	/* One that is held does not keep the others. */
	for (unsigned i = 0; i < p.n; i += PURGE_BATCH)
		removed += remove_taps(&p, s, &p.found[i],
				       p.n - i < PURGE_BATCH ? p.n - i : PURGE_BATCH);
	nl_close(s);
	free(p.found);
	return p.ret ? p.ret : (int)removed;
}
