/* SPDX-License-Identifier: BSD-3-Clause */
#include "apply.h"

#include "iface.h"
#include "span_ctl.h"

int apply_mirrors(const struct config *cfg, const char *path, struct router *r, struct error *err)
{
	static const enum span_direction directions[] = {
		[CONFIG_RX] = SPAN_RX, [CONFIG_TX] = SPAN_TX, [CONFIG_BOTH] = SPAN_BOTH};

	for (unsigned i = 0; i < cfg->n_mirrors; i++) {
		const struct config_mirror *m = &cfg->mirrors[i];

		for (unsigned j = 0; j < m->n_from; j++) {
			const struct span_conf conf = {
				.from = iface_by_name(r->ifaces, m->from[j]),
				.to = iface_by_name(r->ifaces, m->to),
				.direction = directions[m->direction],
				.sample = m->sample,
			};
			int ret = span_add(r->span, &conf, err);

			if (ret)
				return error_prefix(err, ret, "%s:%d", path, m->line);
		}
	}
	return 0;
}
