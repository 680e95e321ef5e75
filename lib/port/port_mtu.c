/* SPDX-License-Identifier: BSD-3-Clause */
#include "port_mtu.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "port_link.h"

/* Where packet(7) begins the IP packet in a slot of the ring: TPACKET_ALIGN(TPACKET2_HDRLEN + 16);
 * 4 more for a VLAN tag that it puts back. */
#define AF_PACKET_OVERHEAD (80u + 4u)
#define AF_PACKET_FRAMESZ  2048u /* the PMD's default */

/* SIOCGIFMTU or SIOCSIFMTU of the netdev under a port. 0 or -errno. */
static int netdev_mtu(unsigned index, unsigned long request, int *mtu)
{
	struct ifreq req = {.ifr_mtu = *mtu};
	int ret = port_netdev_ioctl(index, request, &req);

	*mtu = req.ifr_mtu;
	return ret;
}

/* net_af_packet claims to take no frame beyond 1518 bytes, and ethdev believes it: a larger MTU is
 * set here. What its rings really hold is the argument framesz. */
static int set_af_packet(struct port *port, struct error *err)
{
	const char *arg = strstr(port->conf.device, ",framesz=");
	unsigned long framesz =
		arg ? strtoul(arg + strlen(",framesz="), NULL, 0) : AF_PACKET_FRAMESZ;
	int mtu = port->conf.mtu, ret;

	if (port->conf.mtu + AF_PACKET_OVERHEAD > framesz)
		return error_set(err, -EINVAL,
				 "port %s: an MTU of %u needs framesz=%u or more in the device's "
				 "arguments, not %lu",
				 port->conf.name, port->conf.mtu,
				 port->conf.mtu + AF_PACKET_OVERHEAD, framesz);
	ret = netdev_mtu(port->info.if_index, SIOCSIFMTU, &mtu);
	if (ret)
		return error_set(err, ret, "port %s: its network device refuses MTU %u: %s",
				 port->conf.name, port->conf.mtu, strerror(-ret));
	port->mtu = port->conf.mtu;
	return 0;
}

/* The largest MTU that ethdev lets pass: most PMDs bound the frame, and say nothing of the MTU. */
static uint32_t largest_mtu(const struct rte_eth_dev_info *info)
{
	uint32_t overhead = RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN;

	if (info->max_mtu != UINT16_MAX && info->max_rx_pktlen > info->max_mtu)
		return info->max_mtu;
	if (info->max_rx_pktlen <= overhead)
		return info->max_mtu;
	return RTE_MIN(info->max_rx_pktlen - overhead, (uint32_t)info->max_mtu);
}

static int mtu_set(struct port *port, struct error *err)
{
	uint16_t mtu = port->conf.mtu;
	int netdev = 0, ret;

	rte_eth_dev_get_mtu(port->id, &port->mtu);
	if (!mtu) {
		/* ethdev says 1500 without having asked: a netdev under the port may have less. */
		if (port->info.if_index && !netdev_mtu(port->info.if_index, SIOCGIFMTU, &netdev))
			port->mtu = (uint16_t)RTE_MIN(netdev, (int)port->mtu);
		return 0;
	}
	if (mtu > RTE_ETHER_MTU && !strcmp(port->info.driver_name, "net_af_packet"))
		return set_af_packet(port, err);
	ret = rte_eth_dev_set_mtu(port->id, mtu);
	if (ret == -EINVAL)
		return error_set(err, ret, "port %s: the device takes an MTU of %u to %u, not %u",
				 port->conf.name, port->info.min_mtu, largest_mtu(&port->info),
				 mtu);
	if (ret && ret != -ENOTSUP)
		return error_set(err, ret, "port %s: the device refuses MTU %u: %s",
				 port->conf.name, mtu, strerror(-ret));
	port->mtu = mtu;
	return 0;
}

int port_mtu_set(struct port *port, struct error *err)
{
	int ret = mtu_set(port, err);

	port->mtu_max = port->mtu;
	return ret;
}

bool port_mtu_follow(struct port *port)
{
	uint16_t before = port->mtu;
	int netdev = 0;

	if (!port->info.if_index || netdev_mtu(port->info.if_index, SIOCGIFMTU, &netdev))
		return false;
	port->mtu = (uint16_t)RTE_MIN(netdev, (int)port->mtu_max);
	return port->mtu != before;
}
