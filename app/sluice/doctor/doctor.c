/* SPDX-License-Identifier: BSD-3-Clause */
#include "doctor.h"

#include "checks.h"

static const struct {
	const char *name;
	void (*run)(const struct machine *machine, struct report *report);
} checks[] = {
	{"configuration", check_configuration},
	{"hugepages", check_hugepages},
	{"iommu", check_iommu},
	{"nics", check_nics},
	{"ports", check_virtual},
	{"lcores", check_lcores},
	{"irqs", check_irqs},
	{"modules", check_modules},
	{"privileges", check_privileges},
	{"sysctls", check_sysctls},
	{"leftovers", check_leftovers},
};

bool doctor(const char *config, const char *root, bool json)
{
	struct report report = {.lines = json_array()};
	struct machine machine;
	bool right;

	machine_open(&machine, config, root);
	for (unsigned i = 0; i < sizeof(checks) / sizeof(*checks); i++) {
		report.check = checks[i].name;
		checks[i].run(&machine, &report);
	}
	report_print(&report, json);
	right = !report.count[REPORT_FAIL];
	json_decref(report.lines);
	machine_close(&machine);
	return right;
}
