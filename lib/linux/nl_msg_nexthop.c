/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <linux/nexthop.h>

#include "nl_parse.h"

/* Newer than Debian 12's headers. The kernel says with the flag that it has the upper half of a
 * weight in the byte behind it; older ones left that byte as they found it. */
#define OP_FLAGS            14u /* NHA_OP_FLAGS */
#define OP_FLAG_GRP_RESVD_0 (1u << 31)
#define WEIGHT_MAX          256u

static uint32_t member_weight(const struct nexthop_grp *grp, bool wide)
{
	return (wide ? (unsigned)grp->resvd1 << 8 : 0u) + grp->weight + 1;
}

/* Weights above 256 are made smaller with all others, so that their ratios stay. */
static void scale_weights(struct nl_nexthop *nexthop, uint32_t largest)
{
	if (largest <= WEIGHT_MAX)
		return;
	for (unsigned i = 0; i < nexthop->n_members; i++) {
		uint32_t weight = nexthop->members[i].weight * WEIGHT_MAX / largest;

		nexthop->members[i].weight = weight ? weight : 1;
	}
}

static int group_of(const struct nlattr *group, bool wide, struct nl_nexthop *nexthop)
{
	const struct nexthop_grp *grp = mnl_attr_get_payload(group);
	size_t len = mnl_attr_get_payload_len(group), n = len / sizeof(*grp);
	uint32_t largest = 0;

	if (!n || len % sizeof(*grp) || n > NL_HOPS_MAX)
		return -EINVAL;
	for (unsigned i = 0; i < n; i++) {
		uint32_t weight = member_weight(&grp[i], wide);

		if (!grp[i].id)
			return -EINVAL;
		nexthop->members[i] = (struct nl_nexthop_member){.id = grp[i].id, .weight = weight};
		if (weight > largest)
			largest = weight;
	}
	nexthop->n_members = n;
	nexthop->family = 0;
	scale_weights(nexthop, largest);
	return 0;
}

static int hop_of(const struct nlattr *const *tb, bool deleted, struct nl_nexthop *nexthop)
{
	struct nl_hop *hop = &nexthop->hop;

	if (nexthop->blackhole)
		return 0;
	hop->weight = 1;
	hop->dead = hop->linkdown = false;
	hop->encap = tb[NHA_ENCAP] || tb[NHA_ENCAP_TYPE];
	if (nl_ifindex(tb[NHA_OIF], &hop->ifindex) ||
	    (tb[NHA_GATEWAY] && nl_gateway(tb[NHA_GATEWAY], nexthop->family, hop)))
		return -EINVAL;
	/* One that goes may have lost its device already. */
	return hop->ifindex || nexthop->fdb || deleted ? 0 : -EINVAL;
}

int nl_parse_nexthop(const struct nlmsghdr *nlh, bool deleted, struct nl_nexthop *nexthop)
{
	static const uint8_t types[] = {
		[NHA_ID] = MNL_TYPE_U32,         [NHA_GROUP] = MNL_TYPE_BINARY,
		[NHA_GROUP_TYPE] = MNL_TYPE_U16, [NHA_BLACKHOLE] = MNL_TYPE_FLAG,
		[NHA_OIF] = MNL_TYPE_U32,        [NHA_GATEWAY] = MNL_TYPE_BINARY,
		[NHA_ENCAP_TYPE] = MNL_TYPE_U16, [NHA_ENCAP] = MNL_TYPE_BINARY,
		[NHA_FDB] = MNL_TYPE_FLAG,       [OP_FLAGS] = MNL_TYPE_U32,
	};
	const struct nhmsg *head = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *tb[sizeof(types)];

	if (nl_msg_attrs(nlh, sizeof(*head), types, tb, sizeof(types)))
		return -EINVAL;
	nexthop->id = nl_u32(tb[NHA_ID], 0);
	if (!nexthop->id)
		return -EINVAL;
	nexthop->family = nl_family(head->nh_family);
	nexthop->blackhole = tb[NHA_BLACKHOLE];
	nexthop->fdb = tb[NHA_FDB];
	nexthop->hop = (struct nl_hop){0};
	nexthop->n_members = 0;
	if (!tb[NHA_GROUP])
		return nexthop->family ? hop_of(tb, deleted, nexthop) : -ENOENT;
	if (tb[NHA_GROUP_TYPE] && mnl_attr_get_u16(tb[NHA_GROUP_TYPE]) > NEXTHOP_GRP_TYPE_RES)
		return -ENOENT;
	return group_of(tb[NHA_GROUP], nl_u32(tb[OP_FLAGS], 0) & OP_FLAG_GRP_RESVD_0, nexthop);
}
