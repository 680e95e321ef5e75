/* SPDX-License-Identifier: BSD-3-Clause */
/* The functions of the nodes, by number and kind of CPU. Context: any thread. */
#ifndef SLUICE_NODES_H
#define SLUICE_NODES_H

#include "node.h"
#include "simd.h"

/* All nodes for the instructions, which this CPU must have. */
void nodes_choose(node_fn *nodes[NODE_MAX], enum simd simd);

#endif
