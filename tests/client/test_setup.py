# SPDX-License-Identifier: BSD-3-Clause
"""scripts/setup on machines of files, where a thread does the kernel's part; `ip` and `ss` are
scripts that say what the test wants. What it does for real is in tests/functional/test_setup.py."""
import os
import pathlib
import select
import shutil
import subprocess
import threading
import time

import pytest

SETUP = pathlib.Path(__file__).parents[2] / "scripts" / "setup"
FIRST, SECOND, VIRTIO, MELLANOX = "0000:05:00.0", "0000:05:00.1", "0000:06:00.0", "0000:07:00.0"
USUAL = {FIRST: "ixgbe", SECOND: "ixgbe", VIRTIO: "virtio-pci", MELLANOX: "mlx5_core"}


class Machine:
    """A tree in which writing to the files of drivers binds and unbinds, as the kernel does it:
    they are FIFOs, and a thread reads them."""

    def __init__(self, root):
        self.root = root
        self.fifos = {}
        self.refused = set()  # (driver, NIC): probing fails
        self.usual = dict(USUAL)  # who takes a NIC where nothing is overridden
        self.drivers("ixgbe", "virtio-pci", "mlx5_core", "vfio-pci", "uio_pci_generic")
        self.fifo("sys/bus/pci/drivers_probe", self.probe)
        for number, (nic, driver) in enumerate(USUAL.items()):
            self.nic(nic, driver, "0x15b3" if nic == MELLANOX else "0x8086", number)
        self.write("proc/meminfo", "MemAvailable: 4000000 kB\nHugepagesize: 2048 kB\n")
        for tool in "ip", "ss":
            self.say(tool, "")
        self.stop, self.stopped = os.pipe()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def fifo(self, path, act):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(file)
        self.fifos[os.open(file, os.O_RDWR | os.O_NONBLOCK)] = act

    def drivers(self, *names):
        for name in names:
            folder = f"sys/bus/pci/drivers/{name}"
            self.fifo(f"{folder}/unbind", lambda nic: self.unlink(nic))
            self.fifo(f"{folder}/bind", lambda nic, name=name: self.link(nic, name))

    def device(self, nic):
        return self.root / "sys/bus/pci/devices" / nic

    def nic(self, nic, driver, vendor, number):
        for name, text in {"class": "0x020000", "vendor": vendor, "driver_override": ""}.items():
            self.write(f"sys/bus/pci/devices/{nic}/{name}", text + "\n")
        self.link(nic, driver)
        folder = "virtio1/net" if driver == "virtio-pci" else "net"
        (self.device(nic) / folder / f"eth{number}").mkdir(parents=True)
        (self.root / f"sys/class/net/eth{number}").mkdir(parents=True)

    def group(self, number, *nics):
        (self.root / "sys/class/iommu/dmar0").mkdir(parents=True, exist_ok=True)
        for nic in nics:
            (self.root / f"sys/kernel/iommu_groups/{number}/devices/{nic}").mkdir(parents=True)
            (self.device(nic) / "iommu_group").symlink_to(f"../../../../kernel/iommu_groups/{number}")

    def link(self, nic, driver):
        if (driver, nic) not in self.refused and not (self.device(nic) / "driver").is_symlink():
            (self.device(nic) / "driver").symlink_to(f"../../drivers/{driver}")

    def unlink(self, nic):
        (self.device(nic) / "driver").unlink(missing_ok=True)

    def probe(self, nic):
        override = (self.device(nic) / "driver_override").read_text().strip()
        self.link(nic, override or self.usual[nic])

    def driver(self, nic):
        link = self.device(nic) / "driver"
        return os.path.basename(os.readlink(link)) if link.is_symlink() else None

    def say(self, tool, text):
        """What the tool prints, whatever it is asked."""
        self.write(f"bin/{tool}", f"#!/bin/sh\ncat <<'END'\n{text}\nEND\n")
        (self.root / "bin" / tool).chmod(0o755)

    def run(self):
        while True:
            ready, _, _ = select.select([self.stop, *self.fifos], [], [])
            if self.stop in ready:
                return
            for fd in ready:
                for nic in os.read(fd, 4096).decode().split():
                    self.fifos[fd](nic)

    def settle(self, nic, driver):
        """Wait until the kernel's part is done."""
        deadline = time.monotonic() + 10
        while self.driver(nic) != driver:
            assert time.monotonic() < deadline, f"{nic} has {self.driver(nic)}, not {driver}"
            time.sleep(0.01)

    def reboot(self):
        """What is bound, and what /run has, is gone."""
        shutil.rmtree(self.root / "run")
        for nic, driver in USUAL.items():
            self.write(f"sys/bus/pci/devices/{nic}/driver_override", "\n")
            self.unlink(nic)
            self.link(nic, driver)

    def setup(self, *words, path="/usr/sbin:/usr/bin:/sbin:/bin"):
        env = {"PATH": f"{self.root}/bin:{path}"}
        return subprocess.run([SETUP, "--root", self.root, *words], env=env, capture_output=True,
                              text=True, timeout=60, check=False)

    def does(self, *words):
        done = self.setup(*words)
        assert (done.returncode, done.stderr) == (0, ""), done
        return done.stdout

    def refuses(self, *words, code=1):
        """Its sentence; nothing has changed."""
        before = {nic: self.driver(nic) for nic in USUAL}
        done = self.setup(*words)
        assert done.returncode == code and done.stdout == "", done
        assert before == {nic: self.driver(nic) for nic in USUAL}
        assert not list(self.root.glob("run/sluice-setup/bind/*"))
        return done.stderr

    def close(self):
        os.close(self.stopped)
        self.thread.join(timeout=30)
        for fd in [self.stop, *self.fifos]:
            os.close(fd)


@pytest.fixture
def machine(tmp_path):
    one = Machine(tmp_path)
    yield one
    one.close()


@pytest.fixture
def iommu(machine):
    machine.group(1, FIRST)
    machine.group(2, SECOND)
    machine.group(3, VIRTIO)
    machine.group(4, MELLANOX)
    return machine


def test_bind_and_unbind(iommu):
    assert f"{FIRST}: vfio-pci (before: ixgbe)" in iommu.does("bind", FIRST)
    assert iommu.driver(FIRST) == "vfio-pci" and iommu.driver(SECOND) == "ixgbe"
    assert "bound here; before: ixgbe" in iommu.does("status")
    assert "has it already" in iommu.does("bind", "05:00.0")
    assert f"{FIRST}: ixgbe, eth0" in iommu.does("unbind", FIRST)
    assert iommu.driver(FIRST) == "ixgbe"
    assert (iommu.device(FIRST) / "driver_override").read_text() == "\n"
    assert "is not bound for DPDK" in iommu.does("unbind", FIRST)


def test_undo_gives_all_back(iommu):
    iommu.does("bind", FIRST, VIRTIO)
    iommu.unlink(SECOND)
    iommu.does("bind", SECOND)
    assert {iommu.driver(nic) for nic in (FIRST, SECOND, VIRTIO)} == {"vfio-pci"}
    iommu.does("undo")
    assert iommu.driver(FIRST) == "ixgbe" and iommu.driver(VIRTIO) == "virtio-pci"
    iommu.settle(SECOND, None)  # as it was found
    assert "remembers nothing" in iommu.does("undo")


def test_the_daemon_ends(iommu):
    """Its folder in /run goes with it: what undo needs is not there."""
    iommu.does("bind", FIRST)
    shutil.rmtree(iommu.root / "run/sluice", ignore_errors=True)
    assert f"{FIRST}: ixgbe" in iommu.does("undo")
    assert iommu.driver(FIRST) == "ixgbe"


def test_bound_after_a_boot(iommu):
    conf = iommu.root / "etc/sluice/bind.conf"
    iommu.does("bind", "--persistent", FIRST, VIRTIO)
    iommu.does("bind", SECOND)
    assert conf.read_text().splitlines()[1:] == [f"{FIRST} iommu ixgbe",
                                                 f"{VIRTIO} iommu virtio-pci"]
    iommu.reboot()
    iommu.unlink(FIRST)  # its driver is not loaded yet
    iommu.does("restore")
    assert [iommu.driver(nic) for nic in (FIRST, SECOND, VIRTIO)] == ["vfio-pci", "ixgbe", "vfio-pci"]
    assert "has it already" in iommu.does("restore")
    assert f"{VIRTIO}: is not bound at boot any more" in iommu.does("unbind", VIRTIO)
    assert conf.read_text().splitlines()[1:] == [f"{FIRST} iommu ixgbe"]
    iommu.does("undo")
    assert iommu.driver(FIRST) == "ixgbe" and iommu.driver(VIRTIO) == "virtio-pci"
    assert not conf.exists()
    assert iommu.does("restore") == ""


def test_what_a_boot_cannot_bind(iommu):
    """The others are, and it says so by its code; what was asked for stays."""
    conf = iommu.root / "etc/sluice/bind.conf"
    iommu.write("etc/sluice/bind.conf", f"0000:09:00.0 iommu ixgbe\n{FIRST} iommu ixgbe\n"
                                        f"{SECOND} uio ixgbe\n{VIRTIO} no-iommu virtio-pci\n")
    before = conf.read_text()
    done = iommu.setup("restore")
    assert done.returncode == 1 and "0000:09:00.0: is gone" in done.stdout
    assert "there is an IOMMU: bind without --no-iommu" in done.stderr
    assert iommu.driver(FIRST) == "vfio-pci" and iommu.driver(SECOND) == "uio_pci_generic"
    assert iommu.driver(VIRTIO) == "virtio-pci" and conf.read_text() == before


def test_a_nic_that_nobody_takes(iommu):
    """Linux has no other driver for it, and it was not bound here."""
    iommu.usual[FIRST] = "vfio-pci"
    iommu.unlink(FIRST)
    iommu.link(FIRST, "vfio-pci")
    done = iommu.setup("unbind", FIRST)
    assert done.returncode == 1 and f"{FIRST}: vfio-pci keeps it" in done.stdout
    assert "could not be given back" in done.stderr


def test_needs_of_linux_that_cannot_be_known(iommu, tmp_path):
    """A NIC is not taken when what asks for routes and sessions is missing, or fails."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in "bash", "id", "mkdir", "flock", "readlink", "awk", "grep", "cut", "env":
        (tools / tool).symlink_to(shutil.which(tool))
    (iommu.root / "bin/ss").unlink()
    if not any(pathlib.Path(folder, "ss").exists() for folder in
               ("/usr/local/sbin", "/usr/sbin", "/sbin")):
        done = iommu.setup("bind", FIRST, path=str(tools))
        assert done.returncode == 1 and "ss is not there" in done.stderr
    iommu.write("bin/ss", "#!/bin/sh\nexit 1\n")
    (iommu.root / "bin/ss").chmod(0o755)
    assert "does not tell the SSH sessions" in iommu.refuses("bind", FIRST)
    iommu.write("bin/ip", "#!/bin/sh\nexit 1\n")
    assert "does not tell the default routes" in iommu.refuses("bind", FIRST)


def test_a_nic_in_use_is_not_taken_away(iommu):
    """The kernel would wait for its user to end."""
    iommu.does("bind", FIRST, SECOND)
    iommu.write("proc/71/comm", "sluiced\n")
    (iommu.root / "proc/71/fd").mkdir()
    (iommu.root / "proc/71/fd/5").symlink_to("/dev/vfio/1")
    for words in ["unbind", FIRST], ["undo"], ["bind", "--uio", FIRST]:
        done = iommu.setup(*words)
        assert done.returncode == 1
        assert f"{FIRST}: process 71 (sluiced) uses it" in done.stdout
        assert iommu.driver(FIRST) == "vfio-pci"
    assert iommu.driver(SECOND) == "ixgbe"
    (iommu.root / "proc/71/fd/5").unlink()
    iommu.does("undo")
    assert iommu.driver(FIRST) == "ixgbe"


def test_no_iommu(machine):
    message = machine.refuses("bind", FIRST)
    assert "has no IOMMU" in message and "--no-iommu" in message and "--uio" in message
    machine.does("bind", "--uio", FIRST)
    assert machine.driver(FIRST) == "uio_pci_generic"
    machine.does("undo")
    assert "cannot do without an IOMMU" in machine.refuses("bind", "--no-iommu", FIRST)
    switch = "sys/module/vfio/parameters/enable_unsafe_noiommu_mode"
    machine.write(switch, "N\n")
    machine.does("bind", "--no-iommu", FIRST)
    assert (machine.root / switch).read_text() == "1\n"
    assert machine.driver(FIRST) == "vfio-pci"
    machine.does("undo")
    assert (machine.root / switch).read_text() == "N\n"
    assert machine.driver(FIRST) == "ixgbe"


def test_a_group_is_taken_as_a_whole(machine):
    machine.group(9, FIRST, SECOND)
    assert f"{SECOND} (ixgbe)" in machine.refuses("bind", FIRST)
    machine.does("bind", FIRST, SECOND)
    assert machine.driver(FIRST) == machine.driver(SECOND) == "vfio-pci"


def test_mellanox_keeps_its_driver(iommu):
    for force in [], ["--force"]:
        assert "must not be bound" in iommu.refuses("bind", *force, MELLANOX)


@pytest.mark.parametrize("route", [
    "default via 192.0.2.1 dev eth0 proto dhcp", "default via fe80::1 dev eth0 table 7 metric 1024",
    "default \\ nexthop via 192.0.2.1 dev eth7 weight 1\\ nexthop via 192.0.2.2 dev eth0 weight 1",
])
def test_a_default_route(iommu, route):
    iommu.say("ip", route)
    assert "eth0 carries a default route" in iommu.refuses("bind", FIRST)
    assert "eth0 carries a default route" in iommu.refuses("bind", SECOND, FIRST)
    iommu.does("bind", SECOND)
    iommu.does("bind", "--force", FIRST)
    assert iommu.driver(FIRST) == "vfio-pci"


def test_a_default_route_of_a_bridge_on_a_bond(iommu):
    iommu.say("ip", "default via 192.0.2.1 dev br0.7")
    for netdev, upper in ("eth2", "bond0"), ("bond0", "br0"), ("br0", "br0.7"):
        (iommu.root / "sys/class/net" / netdev / f"upper_{upper}").mkdir(parents=True)
    assert "br0.7 carries a default route" in iommu.refuses("bind", VIRTIO)
    iommu.does("bind", FIRST)


def test_an_ssh_session(iommu):
    iommu.say("ss", '0 0 [::ffff:192.0.2.9]:22 [::ffff:198.51.100.7]:5001 '
                    'users:(("sshd-session",pid=7,fd=4))')
    iommu.write("bin/ip", "#!/bin/sh\ncase $* in *'show to 192.0.2.9') "
                          "echo '2: eth1    inet 192.0.2.9/24 scope global eth1' ;; esac\n")
    assert "eth1 carries the SSH session from [::ffff:198.51.100.7]:5001" in iommu.refuses(
        "bind", SECOND)
    iommu.does("bind", FIRST)
    iommu.say("ss", '0 0 192.0.2.9:80 198.51.100.7:5001 users:(("nginx",pid=7,fd=4))')
    iommu.does("bind", SECOND)


def test_a_driver_that_refuses(iommu):
    """The first NIC is given back as well."""
    iommu.refused.add(("vfio-pci", SECOND))
    done = iommu.setup("bind", FIRST, SECOND)
    assert done.returncode == 1 and "all were given back" in done.stderr
    for nic in FIRST, SECOND:
        iommu.settle(nic, "ixgbe")
    assert not list(iommu.root.glob("run/sluice-setup/bind/*"))


@pytest.mark.parametrize("words, code, message", [
    (["bind"], 2, "which NIC?"), (["bind", "eth0"], 2, "no PCI address"),
    (["bind", "../../etc"], 2, "no PCI address"), (["bind", "0000:09:00.0"], 1, "no such device"),
    (["bind", "--fast", FIRST], 2, "unknown option"), (["bind", FIRST, "0000:09:00.0"], 1, "no such"),
    (["unbind"], 2, "which NIC?"), (["undo", "all"], 2, "too many"), (["restore", "all"], 2, "too many"), (["reboot"], 2, "not understood"),
    ([], 2, "what is to be done?"), (["hugepages"], 2, "the number is missing"),
    (["hugepages", "-1"], 2, "unknown option"), (["hugepages", "1K"], 2, "no number"),
    (["hugepages", "1", "2"], 2, "too many"), (["hugepages", "1", "--size", "4K"], 2, "no size"),
    (["hugepages", "1", "--size", "1G"], 1, "no huge pages of 1048576 kB"),
])
def test_refused_words(iommu, words, code, message):
    assert message in iommu.refuses(*words, code=code)


def test_no_network_controller(iommu):
    iommu.write(f"sys/bus/pci/devices/{FIRST}/class", "0x010802\n")
    assert "no network controller" in iommu.refuses("bind", FIRST)


def pages(machine, *numbers):
    for node, number in enumerate(numbers):
        machine.write(f"sys/devices/system/node/node{node}/hugepages/hugepages-2048kB/nr_hugepages",
                      f"{number}\n")


def found(machine):
    return [int(file.read_text()) for file in sorted(
        machine.root.glob("sys/devices/system/node/node*/hugepages/*/nr_hugepages"))]


def test_huge_pages_of_two_nodes(machine):
    pages(machine, 0, 10)
    machine.does("hugepages", "33")
    assert found(machine) == [17, 16]
    machine.does("hugepages", "100M")
    assert found(machine) == [25, 25]
    machine.does("hugepages", "1")
    assert found(machine) == [25, 25]
    pages(machine, 30, 25)  # somebody else has added some
    machine.does("undo")
    assert found(machine) == [5, 10]


def test_huge_pages_at_each_boot(machine):
    pages(machine, 0)
    machine.does("hugepages", "7", "--persistent")
    file = machine.root / "etc/sysctl.d/80-sluice.conf"
    assert file.read_text().endswith("\nvm.nr_hugepages = 7\n")
    machine.does("undo")
    assert not file.exists() and found(machine) == [0]
    # Not less than there are: a boot would take them away.
    pages(machine, 30)
    assert "warning" not in machine.does("hugepages", "7", "--persistent")
    assert file.read_text().endswith("\nvm.nr_hugepages = 30\n")
    machine.does("undo")


def test_others_that_set_huge_pages_at_boot(machine):
    pages(machine, 0)
    machine.write("etc/sysctl.d/99-mine.conf", "# vm.nr_hugepages\n-vm/nr_hugepages=5\n")
    machine.write("usr/lib/sysctl.d/50-other.conf", "vm.nr_hugepages_mempolicy = 1\n")
    machine.write("proc/cmdline", "root=/dev/sda default_hugepagesz=2M hugepages=64 quiet\n")
    said = machine.does("hugepages", "7", "--persistent")
    assert "warning: /etc/sysctl.d/99-mine.conf sets" in said
    assert "warning: hugepages= of the kernel's command line sets" in said
    assert said.count("warning") == 2
    machine.write("proc/cmdline", "root=/dev/sda hugepagesz=1G quiet\n")
    assert machine.does("hugepages", "7", "--persistent").count("warning") == 1


def test_more_huge_pages_than_memory(machine):
    pages(machine, 0, 0)
    assert "nothing was changed" in machine.refuses("hugepages", "4G")
    assert found(machine) == [0, 0]


def test_huge_pages_that_cannot_be_set(machine):
    """Those of the first node are given back."""
    pages(machine, 0, 0)
    node = machine.root / "sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages"
    node.unlink()
    node.symlink_to("/proc/sys/kernel/cap_last_cap")  # some 40; for root too it is read-only
    done = machine.setup("hugepages", "200")
    assert done.returncode == 1 and "Linux does not find" in done.stderr
    assert "100 huge page(s) given back" in done.stdout
    assert found(machine)[0] == 0
    machine.does("undo")
    assert found(machine)[0] == 0
