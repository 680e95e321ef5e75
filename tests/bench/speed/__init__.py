# SPDX-License-Identifier: BSD-3-Clause
"""The measurement behind scripts/bench, one module a concern:

frames   frames with right checksums, and the pcap files that ports read them from
cases    what is forwarded: routes and traffic of each case
machine  what the machine must have: root, programs, CPUs, huge pages
sample   packets by CPU time of the threads that forward
sluice   a sluiced under measurement
testpmd  DPDK's testpmd beside it, the ceiling
rounds   a case: its files, and all samples
report   figures of the rounds, as text or JSON
"""
