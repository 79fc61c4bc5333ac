"""What lies in the image, looked at from outside: nothing of it is run."""

import gzip
import json
import os
import pathlib
import re
import stat
import subprocess
import sys
import unittest

from house import harness, podman, run

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from check_binary import check_program  # noqa: E402

LARGEST_MB, LARGEST_COMPRESSED_MB = 45, 18
TRIPLET = {"amd64": "x86_64-linux-gnu", "aarch64": "aarch64-linux-gnu"}
MACHINE = {"amd64": "Advanced Micro Devices X86-64", "aarch64": "AArch64"}
PROCESSOR = {"amd64": "x86_64", "aarch64": "aarch64"}
DEBIAN = {"amd64": "amd64", "aarch64": "arm64"}
# Every path of the image is one of these, and there is nothing else to run than the program.
ALLOWED = r"""
usr/bin/toyota2mqtt
usr/lib/{triplet}/[^/]+\.so(\.[0-9][0-9a-z.]*)?
usr/lib/{triplet}/lib[^/]+-[0-9.]+\.so[0-9.]*
(usr/)?lib(64)?(/ld-linux-[a-z0-9_-]+\.so\.[0-9])?
etc/ssl/certs/ca-certificates\.crt
usr/share/zoneinfo/.+
usr/share/doc/[^/]+/(copyright|packages)
usr/share/common-licenses/[^/]+
"""
# Where it was built, and with what.
SECRET_PLACES = (b"/ccache", b"apt.conf", str(harness.SOURCE).encode())


def version_of_project():
    text = (harness.SOURCE / "CMakeLists.txt").read_text()
    return re.search(r"project\(toyota2mqtt VERSION ([0-9.]+)", text).group(1)


def mb(count):
    return f"{count / 1e6:.1f} MB"


class Scan(unittest.TestCase):
    """The image's files and its description."""

    image = arch = None
    root = None

    @classmethod
    def setUpClass(cls):
        cls.root = pathlib.Path(podman("image", "mount", cls.image).stdout.strip().split()[-1])
        cls.files = sorted(path for path in cls.root.rglob("*") if not path.is_dir()
                           or path.is_symlink())
        cls.elves = [path for path in cls.files if path.is_file() and not path.is_symlink()
                     and path.open("rb").read(4) == b"\x7fELF"]
        cls.description = json.loads(podman("inspect", "--type", "image", cls.image).stdout)[0]

    @classmethod
    def tearDownClass(cls):
        podman("image", "unmount", cls.image)

    def relative(self, path):
        return str(path.relative_to(self.root))

    def test_a_size(self):
        """Unpacked under 45 MB, compressed under 18 MB"""
        unpacked = sum(path.lstat().st_size for path in self.files)
        tar = subprocess.run(["tar", "-C", str(self.root), "--sort=name", "-c", "."],
                             capture_output=True, check=True).stdout
        packed = len(gzip.compress(tar, 6))
        zstd = len(subprocess.run(["zstd", "-3", "-c"], input=tar, capture_output=True,
                                  check=True).stdout)
        program = (self.root / "usr/bin/toyota2mqtt").stat().st_size
        libraries = [path for path in self.elves if path.name != "toyota2mqtt"]
        self.note(f"{mb(unpacked)} unpacked, {mb(packed)} as gzip, {mb(zstd)} as zstd; program "
                  f"{mb(program)}, {len(libraries)} libraries "
                  f"{mb(sum(path.stat().st_size for path in libraries))}")
        self.assertLess(unpacked, LARGEST_MB * 1e6)
        self.assertLess(packed, LARGEST_COMPRESSED_MB * 1e6)

    def test_b_only_what_is_needed(self):
        """Only the program, libraries, certificates, time zones and licences: no shell, no package manager"""
        allowed = [re.compile(line.format(triplet=re.escape(TRIPLET[self.arch])))
                   for line in ALLOWED.split()]
        other = [self.relative(path) for path in self.files
                 if not any(one.fullmatch(self.relative(path)) for one in allowed)]
        self.assertEqual(other, [])
        runnable = [self.relative(path) for path in self.files
                    if path.is_file() and path.stat().st_mode & 0o111 and not path.is_symlink()]
        self.assertEqual([path for path in runnable if "/ld-linux-" not in path],
                         ["usr/bin/toyota2mqtt"])
        self.note(f"{len(self.files)} files, 1 program")

    def test_c_libraries_resolve(self):
        """Every library that a file asks for is there, none more, all for the right machine"""
        folder = self.root / "usr/lib" / TRIPLET[self.arch]
        asked = set()
        for path in self.elves:
            text = run("readelf", "-hd", path).stdout
            self.assertIn(MACHINE[self.arch], text, path)
            for name in re.findall(r"\(NEEDED\).*\[(.+)\]", text):
                self.assertTrue((folder / name).is_file(), f"{path.name} asks for {name}")
                asked.add(name)
        there = {path.name for path in self.elves if path.name != "toyota2mqtt"}
        self.assertEqual(there - asked, set())
        self.note(f"{len(there)} libraries")

    def test_d_stripped(self):
        """No debug information is shipped"""
        for path in self.elves:
            self.assertNotIn(".debug_info", run("readelf", "-SW", path).stdout, path.name)

    def test_e_licences(self):
        """The licence of every package inside, and every text that it refers to"""
        documents = self.root / "usr/share/doc"
        packages = dict(line.split() for line in
                        (documents / "toyota2mqtt/packages").read_text().splitlines())
        for needed in ("libc6", "libcurl4", "libssl3", "tzdata", "ca-certificates",
                       "nlohmann-json3-dev", "libboost1.81-dev"):
            self.assertIn(needed, packages)
        named = {folder.name for folder in documents.iterdir()}
        self.assertEqual(named, set(packages) | {"toyota2mqtt"})
        for folder in documents.iterdir():
            text = (folder / "copyright").read_text(errors="replace")
            self.assertGreater(len(text), 200, folder.name)
            for name in re.findall(r"/usr/share/common-licenses/([A-Za-z0-9.+-]*[A-Za-z0-9])",
                                   text):
                self.assertTrue((self.root / "usr/share/common-licenses" / name).exists(),
                                f"{folder.name} refers to {name}")
        self.note(f"{len(packages)} packages")

    def test_f_rights(self):
        """No setuid file, no device, no capability, nothing world-writable except /tmp"""
        for path in [self.root, *self.root.rglob("*")]:
            mode = path.lstat().st_mode
            name = self.relative(path)
            self.assertFalse(mode & (stat.S_ISUID | stat.S_ISGID), name)
            self.assertTrue(stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode), name)
            self.assertEqual((path.lstat().st_uid, path.lstat().st_gid), (0, 0), name)
            if not stat.S_ISLNK(mode) and name != "tmp":
                self.assertFalse(mode & stat.S_IWOTH, name)
            if stat.S_ISREG(mode):
                self.assertNotIn("security.capability", os.listxattr(path), name)

    def test_g_no_trace_of_the_builder(self):
        """No address of a package mirror, no folder of the builder, no token inside"""
        mirrors = set(re.findall(r"https?://([^/\s]+)", run(
            "apt-get", "indextargets", "--format", "$(REPO_URI)").stdout))
        official = {"deb.debian.org", "security.debian.org"}
        forbidden = [name.encode() for name in mirrors - official] + list(SECRET_PLACES)
        forbidden.append(b"/var/lib/apt")
        # What is compiled in; the licences may tell where the sources come from.
        for path in self.elves + [self.root / "usr/share/doc/toyota2mqtt/packages"]:
            content = path.read_bytes()
            for text in forbidden:
                self.assertNotIn(text, content, path.name)
        described = json.dumps([self.description["Config"], self.description.get("History")])
        for text in [*forbidden, b"--volume", b"http_proxy"]:
            self.assertNotIn(text.decode(), described)

    def test_h_description(self):
        """Labels, version, architecture, entry point, health check, stop signal"""
        config, labels = self.description["Config"], self.description["Labels"]
        self.assertEqual(self.description["Architecture"], DEBIAN[self.arch])
        self.assertEqual(labels["io.hass.type"], "app")
        self.assertEqual(labels["io.hass.arch"], self.arch)
        self.assertEqual(labels["io.hass.version"], version_of_project())
        self.assertEqual(labels["org.opencontainers.image.version"], version_of_project())
        self.assertEqual(config["Entrypoint"], ["/usr/bin/toyota2mqtt"])
        self.assertEqual(config["Cmd"], ["run"])
        self.assertEqual(config["StopSignal"], "SIGTERM")
        check = self.description["Healthcheck"]
        self.assertEqual(check["Test"], ["CMD", "/usr/bin/toyota2mqtt", "health"])
        # The Supervisor waits 120 s for the first good answer.
        self.assertLess(check["Interval"], 60e9)
        self.assertFalse(config.get("User"))
        self.assertFalse(config.get("ExposedPorts"))

    def test_i_certificates_and_zones(self):
        """The certificates and time zones are Debian's, whole"""
        bundle = (self.root / "etc/ssl/certs/ca-certificates.crt").read_text()
        self.assertGreater(bundle.count("BEGIN CERTIFICATE"), 100)
        zones = self.root / "usr/share/zoneinfo"
        for zone in ("Europe/Berlin", "Europe/Lisbon", "Asia/Tokyo", "UTC", "Etc/GMT+1"):
            self.assertEqual((zones / zone).read_bytes()[:4], b"TZif", zone)
        for link in [path for path in self.files if path.is_symlink()]:
            target = os.readlink(link)
            start = self.root if target.startswith("/") else link.parent
            self.assertTrue((start / target.lstrip("/")).exists(), f"{link} leads nowhere")
        self.note(f"{bundle.count('BEGIN CERTIFICATE')} certificates, "
                  f"{sum(1 for path in zones.rglob('*') if path.is_file())} zones")

    def test_j_hardened(self):
        """The program is built against what the processor and the loader can prevent"""
        program = self.root / "usr/bin/toyota2mqtt"
        places = ["/src/src/", "/src/include/", "/src/build/"]  # the image's builder works in /src
        self.assertEqual(list(check_program(program, places, PROCESSOR[self.arch])), [])
