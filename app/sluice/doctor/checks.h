/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The checks of `sluice doctor`, one file each. A check looks at the machine and adds one line or
 * more to the report. Fail means that sluiced with this configuration (or with any, when there is
 * none) cannot run; warn, that it runs, but slower, or at some risk.
 */
#ifndef SLUICE_DOCTOR_CHECKS_H
#define SLUICE_DOCTOR_CHECKS_H

#include "machine.h"
#include "report.h"

/* What `sluiced --check` says. */
void check_configuration(const struct machine *m, struct report *r);
/* Huge pages: of each size and NUMA node, and how many are free. */
void check_hugepages(const struct machine *m, struct report *r);
/* Whether it is on, and groups that VFIO cannot take as a whole. */
void check_iommu(const struct machine *m, struct report *r);
/* PCI NICs: their driver, link, NUMA node, and who uses them. */
void check_nics(const struct machine *m, struct report *r);
/* The configuration's ports that are not PCI NICs. */
void check_virtual(const struct machine *m, struct report *r);
/* CPUs that forward: allowed, isolated, governor, SMT siblings. */
void check_lcores(const struct machine *m, struct report *r);
/* Interrupts that these CPUs serve. */
void check_irqs(const struct machine *m, struct report *r);
/* Kernel modules. */
void check_modules(const struct machine *m, struct report *r);
/* Capabilities and limits of whoever asks. */
void check_privileges(const struct machine *m, struct report *r);
/* Forwarding and rp_filter in the namespace of the mirrors. */
void check_sysctls(const struct machine *m, struct report *r);
/* What a sluiced that was killed has left. */
void check_leftovers(const struct machine *m, struct report *r);

#endif
