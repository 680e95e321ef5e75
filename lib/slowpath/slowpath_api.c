/* SPDX-License-Identifier: BSD-3-Clause */
/* What users ask of the slow path. Context: control thread. */
#include "slowpath_api.h"

#include <errno.h>

#include <rte_common.h>

#include "responder.h"
#include "router.h"
#include "slowpath_ctl.h"

#define COUNTER(member) offsetof(struct responder_stats, member)
#define ERROR(kind)     COUNTER(errors_sent[RESPONDER_ERROR_##kind])

static const struct {
	const char *name;
	size_t offset;
	const char *what;
} counters[] = {
	{"arp_reply", COUNTER(arp_replies), "ARP replies"},
	{"neighbour_advert", COUNTER(neighbour_adverts), "IPv6 neighbour advertisements"},
	{"echo_reply", COUNTER(echo_replies), "echo replies, both families"},
	{"error_ttl", ERROR(TTL), "ICMP: time exceeded"},
	{"error_too_big", ERROR(TOO_BIG), "ICMP: fragmentation needed, packet too big"},
	{"error_scope", ERROR(SCOPE), "ICMPv6: beyond the scope of the source address"},
	{"error_no_route", ERROR(NO_ROUTE), "ICMP: no route"},
	{"error_unreachable", ERROR(UNREACHABLE), "ICMP: route of type unreachable"},
	{"error_prohibit", ERROR(PROHIBIT), "ICMP: route of type prohibit"},
	{"error_host", ERROR(HOST), "ICMP: the next hop is not resolved"},
	{"error_protocol", ERROR(PROTOCOL), "ICMP: protocol or next header that nobody speaks"},
	{"error_port", ERROR(PORT), "ICMP: port that nobody listens on"},
	{"limited", COUNTER(errors_limited), "no answer: over the rate limit of ICMP errors"},
	{"unfragmented", COUNTER(unfragmented), "no answer: would have to be fragmented"},
	{"unanswered", COUNTER(unanswered), "no answer: nothing to say"},
};

_Static_assert(RTE_DIM(counters) == sizeof(struct responder_stats) / sizeof(uint64_t),
	       "every counter is shown");

static int cmd_show(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const struct router *r = ctx;
	struct responder_stats stats;

	if (r->linux_control)
		return error_set(err, -EOPNOTSUPP,
				 "Linux is in control here, its kernel answers: what it is handed "
				 "and what it sends is in 'show interfaces', what is followed in "
				 "'show sync'");
	slowpath_stats(r->slowpath, &stats);
	*result = json_array();
	for (unsigned i = 0; i < RTE_DIM(counters); i++) {
		const uint64_t *n = RTE_PTR_ADD(&stats, counters[i].offset);

		json_array_append_new(*result,
				      json_pack("{ss sI ss}", "answer", counters[i].name, "packets",
						(json_int_t)*n, "what", counters[i].what));
	}
	return 0;
}

static const struct command commands[] = {
#define COMMAND COMMAND_ENTRY
#include "slowpath_commands.def"
#undef COMMAND
};

int slowpath_api_add(struct api *api, struct router *r)
{
	return api_add(api, commands, RTE_DIM(commands), r);
}
