# SPDX-License-Identifier: BSD-3-Clause
"""The virtual machine: QEMU's command line, and whether KVM can be had.

NIC n is virtio-net-pci on a vhost-user socket of the host. In a machine of one node it is
0000:00:10.0, 0000:00:11.0 ... by its number. In one of several nodes each has a host bridge, and
NICs sit behind root ports of it: the first of node 0 is 0000:21:00.0, the second 0000:22:00.0, the
first of node 1 0000:41:00.0.
"""
import os
import pathlib
import subprocess

import kernel as kernels
from hosts import router_mac

TRIAL_S = 10
QEMU = "qemu-system-x86_64"
CMDLINE = "console=ttyS0 panic=-1"  # a panic ends QEMU, with -no-reboot


def memory_options(case):
    """Shared with the back ends of the NICs: a file in memory for each node."""
    options = ["-m", f"{sum(case.memory)}M"]
    for node, mib in enumerate(case.memory):
        options += ["-object", f"memory-backend-memfd,id=mem{node},share=on,size={mib}M",
                    "-numa", f"node,nodeid={node},memdev=mem{node}"]
        options += [word for cpu in case.cpus_of(node) for word in ("-numa", f"cpu,node-id={node},socket-id={cpu}")]
    return options


def bridge_options(case):
    """A host bridge for each node, with a root port for each NIC there. Only such a bridge tells
    its node; that of the machine itself has none."""
    options = []
    if len(case.memory) == 1:
        return options
    for node in range(len(case.memory)):
        options += ["-device", f"pxb-pcie,id=node{node},bus=pcie.0,addr=0x{0x18 + node:x},numa_node={node},"
                    f"bus_nr={0x20 + node * 0x20}"]
    for n, nic in enumerate(case.nics):
        options += ["-device", f"pcie-root-port,id=root{n},bus=node{nic.node},chassis={n + 1},slot={n}"]
    return options


def nic_options(case, n, socket):
    nic = case.nics[n]
    place = f"bus=pcie.0,addr=0x{0x10 + n:x}" if len(case.memory) == 1 else f"bus=root{n}"
    words = ["virtio-net-pci", f"netdev=n{n}", f"mac={router_mac(n)}", "romfile=", place]
    if case.iommu:
        words += ["disable-legacy=on", "iommu_platform=on"]
    if nic.queues > 1:  # an interrupt for each ring, one for control, one for changes
        words += ["mq=on", f"vectors={2 * nic.queues + 2}"]
    words += [nic.properties] if nic.properties else []
    return ["-chardev", f"socket,id=c{n},path={socket}",
            "-netdev", f"vhost-user,id=n{n},chardev=c{n},queues={nic.queues}",
            "-device", ",".join([*words, f"id=nic{n}"])]


def command(case, kernel, accel, folder, sockets):
    """Of a case; the console goes to the file `console`, the second serial port to the socket `talk`,
    the monitor to the socket `monitor`, all in the folder."""
    words = [QEMU, *accel, "-machine", "q35", "-smp", f"{case.cpus},sockets={case.cpus}",
             "-display", "none", "-nodefaults", "-no-reboot",
             "-kernel", str(kernel.image), "-initrd", str(folder / "initrd"),
             "-append", f"{CMDLINE} quiet {case.kernel}".rstrip(),
             "-serial", f"file:{folder / 'console'}",
             "-chardev", f"socket,id=talk,path={folder / 'talk'}", "-serial", "chardev:talk",
             "-chardev", f"socket,id=monitor,path={folder / 'monitor'}",
             "-mon", "chardev=monitor,mode=control"]
    words += memory_options(case)
    if case.iommu:  # before the NICs, which ask for it
        words += ["-device", "intel-iommu,intremap=off,caching-mode=on"]
    words += bridge_options(case)
    for n, socket in enumerate(sockets):
        words += nic_options(case, n, socket)
    return words + case.qemu


TCG = ["-accel", "tcg,thread=multi", "-cpu", "max"]
KVM = ["-accel", "kvm", "-cpu", "host"]


def boots_with_kvm(kernel):
    """Does it get as far as to miss a root file system? Some machines have a /dev/kvm that runs
    nothing but a few kernels made for it."""
    words = [QEMU, *KVM, "-machine", "q35", "-m", "256M", "-display", "none", "-nodefaults",
             "-no-reboot", "-kernel", str(kernel.image), "-append", CMDLINE, "-serial", "stdio"]
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False,
                              timeout=TRIAL_S)
    except subprocess.TimeoutExpired:
        return False
    return b"Unable to mount root" in done.stdout


def acceleration(kernel):
    """Options of QEMU. SLUICE_VM_ACCEL: tcg, kvm, or auto, which tries KVM once for each boot of
    this machine and each kernel."""
    wish = os.environ.get("SLUICE_VM_ACCEL", "auto")
    if wish not in ("auto", "kvm", "tcg"):
        raise SystemExit(f"vm-test: SLUICE_VM_ACCEL: found '{wish}', expected auto, kvm or tcg")
    if wish != "auto":
        return KVM if wish == "kvm" else TCG
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return TCG
    boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    verdict = kernels.cache() / "kvm"
    known = verdict.read_text(encoding="ascii").split() if verdict.exists() else []
    if known[:2] != [boot, kernel.name]:
        known = [boot, kernel.name, "yes" if boots_with_kvm(kernel) else "no"]
        verdict.write_text(" ".join(known) + "\n", encoding="ascii")
    return KVM if known[2] == "yes" else TCG
