"""A house for the container: two network namespaces, no way out of them.

`home` is where the Supervisor, the broker, the owner's browser and "the Internet" (the simulator,
under the real hosts' names, with a certificate of our own authority) are. `app` holds the container
alone. Both are joined by a cable; the addresses are those of Home Assistant's own network.
"""

import atexit
import gzip
import http.client
import json
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
import harness  # noqa: E402
from fake_supervisor import FakeSupervisor, mosquitto  # noqa: E402

WORK = pathlib.Path(os.environ.get("T2M_WORK", harness.SOURCE / "build" / "container"))
GATEWAY = "172.30.32.2"  # the Supervisor, from where the page is asked (ingress)
NEIGHBOUR = "172.30.32.9"  # any other app in Home Assistant's network
BROKER = "172.30.32.3"
INTERNET = "172.30.32.4"
APP = "172.30.33.5"
PAGE_PORT = 8099
TOKEN = "supervisor-token-of-this-start"
REAL_HOSTS = ["b2c-login.toyota-europe.com", "ctpa-oneapi.tceu-ctp-prd.toyotaconnectedeurope.io",
              "api.iternio.com"]
# What Docker gives a container by default, and Home Assistant to an app without `privileged`.
CAPABILITIES = ("AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW "
                "SETFCAP SETGID SETPCAP SETUID SYS_CHROOT").split()


def run(*command, check=True, **more):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, **more)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))} ended with {done.returncode}: "
                             f"{done.stderr[-2000:]}{done.stdout[-2000:]}")
    return done


class Namespaces:
    """Made once; the whole process moves into `home`, and everything it starts with it."""

    ENVIRONMENT = "T2M_CONTAINER_NAMESPACES"

    @classmethod
    def enter(cls):
        """Runs this program again inside `home`, and cleans up when it has ended."""
        if cls.ENVIRONMENT in os.environ:
            return
        name = f"t2m-{os.getpid()}"
        home, app = f"{name}-home", f"{name}-app"
        try:
            for namespace in (home, app):
                run("ip", "netns", "add", namespace)
                run("ip", "-n", namespace, "link", "set", "lo", "up")
            run("ip", "-n", home, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0",
                "netns", app)
            for address in ("172.30.32.1", GATEWAY, BROKER, INTERNET, NEIGHBOUR):
                run("ip", "-n", home, "address", "add", f"{address}/23", "dev", "eth0")
            run("ip", "-n", app, "address", "add", f"{APP}/23", "dev", "eth0")
            for namespace in (home, app):
                run("ip", "-n", namespace, "link", "set", "eth0", "up")
            status = subprocess.call(
                ["nsenter", f"--net=/run/netns/{home}", sys.executable, *sys.argv],
                env={**os.environ, cls.ENVIRONMENT: name})
        finally:
            for namespace in (home, app):
                run("ip", "netns", "delete", namespace, check=False)
        sys.exit(status)

    @classmethod
    def app(cls):
        return f"/run/netns/{os.environ[cls.ENVIRONMENT]}-app"


class Podman:
    """podman, with the storage that run.sh builds into."""

    def __init__(self):
        # Health checks run when a check asks for them, not by systemd.
        os.environ["DISABLE_HC_SYSTEMD"] = "true"
        driver = os.environ.get("STORAGE_DRIVER", "overlay")
        self.start = ["podman", "--root", str(WORK / "storage"), "--runroot", str(WORK / "run"),
                      "--storage-driver", driver, "--runtime", "runc",
                      "--cgroup-manager", "cgroupfs"]

    def __call__(self, *arguments, check=True, limit=120):
        return run(*self.start, *arguments, check=check, timeout=limit)


podman = Podman()


class Authority:
    """A certificate authority of our own, and a certificate for the real hosts' names."""

    def __init__(self, directory):
        self.bundle = directory / "authority.pem"
        self.certificate, self.key = directory / "internet.pem", directory / "internet.key"
        names = directory / "names"
        names.write_text("subjectAltName=" + ",".join(["IP:" + INTERNET, *("DNS:" + host for host in REAL_HOSTS)]))
        fresh = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        run("openssl", "req", "-x509", *fresh, "-keyout", directory / "authority.key",
            "-out", self.bundle, "-days", "2", "-subj", "/CN=test authority")
        run("openssl", "req", *fresh, "-keyout", self.key, "-out", directory / "request",
            "-subj", "/CN=the simulator")
        run("openssl", "x509", "-req", "-in", directory / "request", "-CA", self.bundle,
            "-CAkey", directory / "authority.key", "-CAcreateserial", "-out", self.certificate,
            "-days", "2", "-extfile", names)
        self.bundle.chmod(0o644)


class Simulator(harness.Simulator):
    """The simulator as the Internet: https, on the port and under the names of the real hosts."""

    def __init__(self, directory, authority, *options):
        self.context = ssl.create_default_context(cafile=str(authority.bundle))
        super().__init__(directory, "--listen", INTERNET, "--tls", str(authority.certificate),
                         str(authority.key), *options, port=443)

    def ask(self, path, body=None, method=None):
        connection = http.client.HTTPSConnection(INTERNET, timeout=10, context=self.context)
        try:
            method = method or ("GET" if body is None else "POST")
            connection.request(method, "/_sim/" + path,
                               None if body is None else json.dumps(body))
            answer = connection.getresponse()
            text = answer.read().decode()
            if answer.status >= 300:
                raise AssertionError(f"the simulator answers {answer.status} to {path}: {text}")
        finally:
            connection.close()
        return json.loads(text) if text else None


class Broker(harness.Broker):
    """The Mosquitto app: it knows one user, and passwords can be changed."""

    address = BROKER

    def __init__(self, directory, start=True):
        super().__init__(directory, port=1883, start=False)
        self.users = ("addons", "broker-password-one")
        if start:
            self.start()


class Container:
    """One container, made of an image, a folder for /data, and the flags that a Supervisor and a
    careful owner would give."""

    count = 0

    def __init__(self, house, image, *, read_only=True, token=TOKEN, data=None):
        Container.count += 1
        self.name = f"t2m-{os.getpid()}-{Container.count}"
        self.data = data or house.data
        house.containers.append(self)
        podman("create", "--name", self.name, *self.flags(house, self.data, read_only, token),
               image)

    @staticmethod
    def flags(house, data, read_only=True, token=TOKEN):
        memory = "512m" if "aarch64" in house.image else "128m"  # qemu needs some for itself
        flags = ["--network", f"ns:{Namespaces.app()}", "--hostname", "toyota2mqtt",
                 "--cap-drop", "all", *[f"--cap-add={one}" for one in CAPABILITIES],
                 "--security-opt", "no-new-privileges", "--memory", memory, "--pull", "never",
                 "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096",
                 "--env", "TZ=Europe/Berlin", "--tmpfs", "/tmp:rw,nosuid,nodev,noexec,size=16m",
                 "--volume", f"{data}:/data",
                 "--volume", f"{house.authority.bundle}:/etc/ssl/certs/ca-certificates.crt:ro",
                 "--add-host", f"supervisor:{GATEWAY}", "--add-host", f"core-mosquitto:{BROKER}",
                 *[f"--add-host={host}:{INTERNET}" for host in REAL_HOSTS]]
        if read_only:
            flags += ["--read-only", "--read-only-tmpfs=false"]
        if token is not None:
            flags += ["--env", f"SUPERVISOR_TOKEN={token}", "--env", f"HASSIO_TOKEN={token}"]
        return flags

    def start(self):
        podman("start", self.name)
        return self

    def start_traced(self, file, calls):
        """Starts it under strace, which ends with it."""
        return subprocess.Popen(["strace", "-f", "-y", "--decode-pids=pidns", "-o", str(file), "-e", f"trace={calls}",
                                 *podman.start, "start", self.name],
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)

    def pid(self):
        text = podman("inspect", "--format", "{{.State.Pid}}", self.name).stdout.strip()
        return int(text)

    def status(self):
        """The kernel's word about the main process: Uid, Gid, Groups, CapEff, NoNewPrivs, …"""
        lines = pathlib.Path(f"/proc/{self.pid()}/status").read_text().splitlines()
        return {key: value.split() for key, _, value in (line.partition(":") for line in lines)}

    def state(self):
        return podman("inspect", "--format", "{{.State.Status}}", self.name,
                      check=False).stdout.strip()

    def running(self):
        return self.state() == "running"

    def logs(self):
        done = podman("logs", self.name, check=False)
        return done.stdout + done.stderr

    def execute(self, *arguments, check=True):
        """A command inside, as root, as Docker runs health checks."""
        return podman("exec", self.name, "/usr/bin/toyota2mqtt", *arguments, check=check)

    def end(self, number=signal.SIGTERM, limit=12.0):
        """Sends a signal to the main process; the seconds until it is gone, and its exit code."""
        handle = os.pidfd_open(self.pid())
        try:
            begun = time.monotonic()
            podman("kill", "--signal", number.name, self.name)
            if not select.select([handle], [], [], limit)[0]:
                raise AssertionError(f"the container still runs {limit} s after {number.name}")
            seconds = time.monotonic() - begun
        finally:
            os.close(handle)
        code = podman("wait", self.name).stdout.strip()
        return seconds, int(code)

    def remove(self):
        podman("rm", "--force", "--time", "0", self.name, check=False)


class Answer:
    def __init__(self, status, headers, text):
        self.status, self.headers, self.text = status, headers, text

    def location(self):
        return self.headers.get("Location", "")

    def field(self, name):
        """The value of a hidden field of the page's first form that has it."""
        found = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', self.text)
        if not found:
            raise AssertionError(f"the page has no field {name}: {self.text[:2000]}")
        return found.group(1)

    def values(self, name):
        return re.findall(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', self.text)


def page(method, path, form=None, source=GATEWAY, headers=(), host=APP):
    """One request to the app's page, from an address of `home`."""
    connection = http.client.HTTPConnection(host, PAGE_PORT, timeout=30,
                                            source_address=(source, 0))
    sent = {"X-Ingress-Path": "/api/hassio_ingress/abc", **dict(headers)}
    body = None
    if form is not None:
        body = urllib.parse.urlencode(form, doseq=True)
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        content = answer.read()
        if answer.headers.get("Content-Encoding") == "gzip":
            content = gzip.decompress(content)
        return Answer(answer.status, answer.headers, content.decode())
    finally:
        connection.close()


class House:
    """Supervisor, broker, Internet and as many containers as a check wants. Ends with `close`."""

    def __init__(self, image, keep=False):
        self.image, self.keep = image, keep
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="toyota2mqtt-container-"))
        self.directory.chmod(0o755)
        self.containers, self.watchers = [], []
        self.authority = Authority(self.directory)
        self.data = self.new_data()
        self.internet = Simulator(self.directory, self.authority)
        self.broker = Broker(self.directory)
        self.supervisor = FakeSupervisor(TOKEN, host=GATEWAY, port=80)
        self.supervisor.set_service(self.service())

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        failed = kind is not None and not issubclass(kind, unittest.SkipTest)
        if failed:
            for container in self.containers:
                print(f"--- {container.name}\n{container.logs()[-6000:]}")
        for container in self.containers:
            container.remove()
        for watcher in self.watchers:
            watcher.close()
        self.internet.stop()
        self.broker.stop()
        self.supervisor.stop()
        if failed and self.keep:
            print(f"kept: {self.directory}")
        else:
            shutil.rmtree(self.directory, ignore_errors=True)

    def service(self):
        """What the Supervisor tells about the broker now."""
        name, password = self.broker.users
        return mosquitto(self.broker.port, name, password, host="core-mosquitto")

    def new_data(self, options=None):
        """An empty /data as the Supervisor lays it: of root, options.json 0600."""
        data = pathlib.Path(tempfile.mkdtemp(prefix="data-", dir=self.directory))
        data.chmod(0o755)
        self.write_options({} if options is None else options, data)
        return data

    def write_options(self, options, data=None):
        path = (data or self.data) / "options.json"
        path.write_text(json.dumps(options, indent=2))
        path.chmod(0o600)
        os.chown(path, 0, 0)

    def watch(self):
        """A client at the broker that sees what Home Assistant would see."""
        self.watchers.append(harness.Watcher(self.broker))
        return self.watchers[-1]

    def publish(self, topic, payload, *options):
        run("mosquitto_pub", "-V", "mqttv5", "-h", self.broker.address, "-p", self.broker.port,
            "-q", "1", *self.broker.login(), "-t", topic, "-m", payload, *options)

    def container(self, **more):
        return Container(self, self.image, **more)

    def once(self, *arguments, check=True):
        """A command in a container of its own, to its end."""
        return podman("run", "--rm", *Container.flags(self, self.data), self.image, *arguments,
                      check=check)

    def app(self, **more):
        """A running container whose page answers."""
        container = self.container(**more).start()
        self.wait_for_page(container)
        return container

    def wait_for_page(self, container, limit=30.0):
        def answers():
            # One that is just being started by another process is not running yet.
            if container.state() in ("exited", "stopped"):
                raise AssertionError(f"the container ended: {container.logs()[-3000:]}")
            try:
                return page("GET", "/").status < 500
            except OSError:
                return False
        harness.wait_for(answers, "the page to answer", limit)

    def set_up(self, username=harness.USER, password=harness.PASSWORD, brand="toyota"):
        """What the owner does in the page, by HTTP: sign in, take every car."""
        form = page("GET", "/setup")
        done = page("POST", "/setup/account", {"csrf": form.field("csrf"), "username": username,
                                               "password": password, "brand": brand})
        if done.status != 303:
            raise AssertionError(f"signing in answered {done.status}: {done.text[:3000]}")
        cars = page("GET", "/setup/cars")
        chosen = page("POST", "/setup/cars", {"csrf": cars.field("csrf"),
                                              "use": cars.values("use"),
                                              "shown": cars.values("shown")})
        if chosen.status != 303:
            raise AssertionError(f"choosing cars answered {chosen.status}: {chosen.text[:3000]}")
