/* SPDX-License-Identifier: BSD-3-Clause */
#include "port_link.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_bus.h>
#include <rte_dev.h>

#include "port_bond.h"

int port_netdev_ioctl(unsigned index, unsigned long request, struct ifreq *req)
{
	char name[IF_NAMESIZE];
	int fd, ret = 0;

	if (!if_indextoname(index, name))
		return -errno;
	memcpy(req->ifr_name, name, sizeof(name));
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (ioctl(fd, request, req))
		ret = -errno;
	close(fd);
	return ret;
}

/* IFF_RUNNING alone may be a second late: the kernel tells of lost links once a second at most. */
int port_netdev_link(unsigned index, bool *up)
{
	struct ethtool_value value = {.cmd = ETHTOOL_GLINK};
	struct ifreq req = {.ifr_data = (void *)&value};
	int ret = index ? port_netdev_ioctl(index, SIOCETHTOOL, &req) : -ENODEV;

	*up = value.data;
	if (ret != -EOPNOTSUPP)
		return ret;
	ret = port_netdev_ioctl(index, SIOCGIFFLAGS, &req);
	*up = (req.ifr_flags & IFF_UP) && (req.ifr_flags & IFF_RUNNING);
	return ret;
}

bool port_link_up(const struct port *port)
{
	struct rte_eth_link link = {0};
	bool up;

	if (port->gone)
		return false;
	if (port->n_members)
		return port_bond_link_up(port);
	/* net_af_packet does not look; net_tap cannot, once its netdev has been moved. */
	if (port->info.if_index)
		return port_netdev_link(port->info.if_index, &up) || up;
	return !rte_eth_link_get_nowait(port->id, &link) && link.link_status;
}

int port_device_set_mac(const struct port *port, struct rte_ether_addr *mac)
{
	return port->n_members ? port_bond_set_mac(port, mac)
			       : rte_eth_dev_default_mac_addr_set(port->id, mac);
}

int port_set_mac(struct port *port, const struct mac_addr *mac, struct error *err)
{
	struct rte_ether_addr address;
	int ret;

	if (port->vanished) {
		port->mac = *mac;
		return 0;
	}
	memcpy(address.addr_bytes, mac->bytes, sizeof(mac->bytes));
	ret = port_device_set_mac(port, &address);
	if (ret == -ENOTSUP && !port->promiscuous) {
		ret = rte_eth_promiscuous_enable(port->id);
		port->promiscuous = !ret;
		if (ret == -ENOTSUP)
			ret = 0; /* it has no filter to open */
	} else if (ret == -ENOTSUP) {
		ret = 0;
	} else if (!ret) {
		port->mac_set = true;
	}
	if (ret)
		return error_set(err, ret, "port %s: the device refuses the MAC address: %s",
				 port->conf.name, strerror(-ret));
	port->mac = *mac;
	return 0;
}

#define FRAME_BITS                                                                    \
	(84 * 8) /* of 60 bytes, with checksum, preamble and gap: IEEE 802.3 clause 4 \
		  */

uint32_t port_fill_ns_at(uint32_t speed_capa, uint16_t n)
{
	static const struct {
		uint32_t capa;
		uint32_t mbps;
	} speeds[] = {
		{RTE_ETH_LINK_SPEED_200G, 200000}, {RTE_ETH_LINK_SPEED_100G, 100000},
		{RTE_ETH_LINK_SPEED_56G, 56000},   {RTE_ETH_LINK_SPEED_50G, 50000},
		{RTE_ETH_LINK_SPEED_40G, 40000},   {RTE_ETH_LINK_SPEED_25G, 25000},
		{RTE_ETH_LINK_SPEED_20G, 20000},   {RTE_ETH_LINK_SPEED_10G, 10000},
		{RTE_ETH_LINK_SPEED_5G, 5000},     {RTE_ETH_LINK_SPEED_2_5G, 2500},
		{RTE_ETH_LINK_SPEED_1G, 1000},     {RTE_ETH_LINK_SPEED_100M, 100},
		{RTE_ETH_LINK_SPEED_10M, 10},
	};

	for (unsigned i = 0; i < RTE_DIM(speeds); i++)
		if (speed_capa & speeds[i].capa)
			return (uint32_t)(n / 2 * UINT64_C(1000) * FRAME_BITS / speeds[i].mbps);
	return UINT32_MAX;
}

uint32_t port_fill_ns(const struct port *port)
{
	const struct rte_bus *bus = port->info.device ? rte_dev_bus(port->info.device) : NULL;

	if (!bus || !strcmp(rte_bus_name(bus), "vdev"))
		return UINT32_MAX;
	return port_fill_ns_at(port->info.speed_capa, port->n_rxd);
}
