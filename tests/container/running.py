"""The container while it runs, in a house of its own with a fake Supervisor, a mosquitto and the
simulator. Nothing sleeps; every wait has an end."""

import json
import os
import pathlib
import re
import signal
import shutil
import stat
import threading
import time
import unittest

import yaml

import house
import profile
from house import GATEWAY, NEIGHBOUR, House, harness, page, podman
from scan import version_of_project

CONFIG = harness.SOURCE / "addon" / "config.yaml"
LONGEST_STOP = 2.0
wait_for = harness.wait_for


def app_configuration():
    return yaml.safe_load(CONFIG.read_text())


def fresh_options():
    """What the Supervisor writes for an owner who never opened the options."""
    return app_configuration().get("options") or {}


def bridge_online(watcher):
    return watcher.last("toyota2mqtt/status") == "online"


def entities_of(watcher):
    """How many entities the retained discovery documents hold."""
    documents = [json.loads(text) for topic, text in watcher.retained().items()
                 if re.fullmatch(r"homeassistant/device/[^/]+/config", topic)]
    return sum(len(document["components"]) for document in documents)


def cars_with_state(watcher):
    return [topic for topic, text in watcher.retained().items()
            if re.fullmatch(r"toyota2mqtt/[0-9a-f]{10}/state", topic) and text]


class Running(unittest.TestCase):
    image = arch = None
    keep = False
    slow = 1  # how much longer everything takes under emulation

    def house(self):
        home = House(self.image, self.keep)
        home.write_options(fresh_options())
        self.enterContext(home)
        return home

    def house_with_cars(self):
        home = self.house()
        watcher = home.watch()
        app = home.app()
        home.set_up()
        self.wait(lambda: len(cars_with_state(watcher)) == 6, "six cars' state")
        self.wait(lambda: len([topic for topic in watcher.retained() if re.fullmatch(
            r"homeassistant/device/toyota2mqtt_[0-9a-f]{10}/config", topic)]) == 6,
                  "six discovery documents")
        return home, watcher, app

    def wait(self, condition, what, limit=30.0):
        return wait_for(condition, what, limit * self.slow)

    def test_a_version(self):
        """`--version` equals config.yaml and the image's label"""
        home = self.house()
        text = home.once("--version").stdout.strip()
        self.assertEqual(text, f"toyota2mqtt {version_of_project()}")
        self.assertEqual(app_configuration()["version"], version_of_project())
        self.note(text)

    def test_b_empty_options(self):
        """Empty options: it stays up, is healthy, and the page asks for an account"""
        home = self.house()
        app = home.app()
        first = page("GET", "/")
        self.assertEqual((first.status, first.location().split("/")[-1]), (303, "setup"))
        form = page("GET", "/setup")
        self.assertEqual(form.status, 200)
        for name in ("username", "password", "brand", "csrf"):
            self.assertIn(f'name="{name}"', form.text)
        health = app.execute("health")
        self.assertIn("no account", health.stdout.lower())
        self.assertEqual(home.internet.state()["password_posts"], 0)

    def test_c_first_run(self):
        """Set-up by HTTP: sign in, choose cars, and the entities are published, without a restart"""
        home, watcher, app = self.house_with_cars()
        status = page("GET", "/")
        self.assertEqual(status.status, 200)
        self.assertEqual(len(re.findall(r'data-car="[0-9a-f]{10}"', status.text)), 6)
        self.assertEqual(home.internet.state()["password_posts"], 1)
        self.assertEqual(home.internet.state()["violations"], [])
        self.note(f"{entities_of(watcher)} entities of 6 cars")

    def test_d_ordinary_user(self):
        """It begins as root, becomes an ordinary user for good, and can no longer read the options"""
        home, _, app = self.house_with_cars()
        status = app.status()
        uids, gids = set(status["Uid"]), set(status["Gid"])
        self.assertEqual((len(uids), len(gids)), (1, 1))
        self.assertNotIn("0", uids | gids)
        self.assertEqual(status["Groups"], [])
        self.assertEqual(status["NoNewPrivs"], ["1"])
        for kind in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
            self.assertEqual(int(status[kind][0], 16), 0, kind)
        options = (home.data / "options.json").stat()
        self.assertEqual((options.st_uid, stat.S_IMODE(options.st_mode)), (0, 0o600))
        owner = int(uids.pop())
        for path in home.data.iterdir():
            if path.name == "options.json":
                continue
            self.assertEqual(path.stat().st_uid, owner, path.name)
            self.assertFalse(path.stat().st_mode & 0o077, f"{path.name} is open to others")
        self.note(f"user {owner}, no capability")

    def test_e_only_the_gateway(self):
        """The page is served only to Home Assistant's ingress"""
        self.house().app()
        for path in ("/", "/setup", "/style.css"):
            self.assertEqual(page("GET", path, source=NEIGHBOUR).status, 403)
        self.assertLess(page("GET", "/setup", source=GATEWAY).status, 400)
        stranger = page("POST", "/setup/account", {"username": "a", "password": "b",
                                                   "brand": "toyota"})
        self.assertIn(stranger.status, (400, 403))

    def test_f_health(self):
        """Docker's health check says healthy, also without a broker; a stalled bridge is unhealthy"""
        home, _, app = self.house_with_cars()
        self.assertEqual(podman("healthcheck", "run", app.name).returncode, 0)
        self.assertIn("ok", app.execute("health").stdout)
        home.broker.stop()
        self.wait(lambda: "broker" in app.execute("health", check=False).stdout.lower(),
                  "health to name the broker")
        os.kill(app.pid(), signal.SIGSTOP)
        try:
            self.assertNotEqual(app.execute("health", check=False).returncode, 0)
        finally:
            os.kill(app.pid(), signal.SIGCONT)

    def test_g_restart(self):
        """A restart keeps the set-up and the tokens: no second sign-in, the same entities"""
        home, watcher, app = self.house_with_cars()
        before = entities_of(watcher)
        app.end()
        self.wait(lambda: watcher.last("toyota2mqtt/status") == "offline", "offline")
        again = home.app()
        self.wait(lambda: bridge_online(watcher), "online")
        self.assertEqual(entities_of(watcher), before)
        self.assertEqual(home.internet.state()["password_posts"], 1)
        self.assertTrue(again.running())

    def test_h_options(self):
        """Changed options hold after the restart that the Supervisor makes; wrong ones say what is wrong"""
        home, watcher, app = self.house_with_cars()
        app.end()
        options = fresh_options()
        options["mqtt"] = {**options.get("mqtt", {}), "base_topic": "garage"}
        home.write_options(options)
        app = home.app()
        self.wait(lambda: [topic for topic in watcher.retained()
                           if re.fullmatch(r"garage/[0-9a-f]{10}/state", topic)],
                  "topics under the new name")
        app.end()
        home.write_options({**options, "polling": {"parked": "soon"}})
        broken = home.container()
        podman("start", broken.name)
        self.assertEqual(podman("wait", broken.name).stdout.strip(), "2")
        self.assertIn("polling.parked", broken.logs())

    def test_i_broker_password(self):
        """The broker's password changes: it asks the Supervisor again and comes back by itself"""
        home, watcher, app = self.house_with_cars()
        home.broker.stop()
        home.broker.users = ("addons", "broker-password-two")
        home.supervisor.set_service(home.service())
        home.broker.start()
        begun = time.monotonic()
        second = home.watch()
        self.wait(lambda: bridge_online(second), "the bridge to be back", 90)
        self.note(f"back after {time.monotonic() - begun:.1f} s")
        self.assertEqual(home.supervisor.refused(), 0)

    def test_j_broker_later(self):
        """No broker at the start: it says so, and connects when one is installed"""
        home = self.house()
        home.supervisor.set_service(None)
        app = home.app()
        self.wait(lambda: "broker" in app.execute("health", check=False).stdout.lower(),
                  "health to name the broker")
        home.supervisor.set_service(home.service())
        watcher = home.watch()
        self.wait(lambda: bridge_online(watcher), "the bridge to connect", 90)

    def test_k_stop(self):
        """SIGTERM ends it in under 2 s: waiting for set-up, running, without broker, in a stalled request"""
        home = self.house()
        app = home.app()
        times = {"no account": app.end()}
        watcher = home.watch()
        app = home.app()
        home.set_up()
        self.wait(lambda: len(cars_with_state(watcher)) == 6, "six cars' state")
        times["running"] = app.end()
        home.internet.ask("faults", [{"route": "*", "kind": "stall", "forever": True}])
        before = home.internet.state()["routes"]
        app = home.app()
        self.wait(lambda: home.internet.state()["routes"] != before, "a request that stalls")
        times["stalled cloud"] = app.end()
        home.internet.ask("clear-faults", {})
        app = home.app()
        home.broker.stop()
        times["no broker"] = app.end()
        for what, (seconds, code) in times.items():
            self.assertLess(seconds, LONGEST_STOP, what)
            self.assertEqual(code, 0, what)
        self.note(", ".join(f"{what} {seconds:.2f} s" for what, (seconds, _) in times.items()))

    def test_l_writes(self):
        """Nothing is written outside /data and /tmp, even where it could be"""
        home = self.house()
        app = home.app(read_only=False)
        watcher = home.watch()
        home.set_up()
        self.wait(lambda: len(cars_with_state(watcher)) == 6, "six cars' state")
        app.execute("health")
        app.execute("doctor", check=False)
        app.end()
        # What podman itself lays for a container, and where volumes are mounted.
        own = re.compile(r"[AC] /(etc|etc/(hosts|hostname|resolv\.conf|mtab|ssl|ssl/certs"
                         r"|ssl/certs/ca-certificates\.crt)|run|run/\.containerenv|run/secrets"
                         r"|dev|proc|sys|data|tmp)")
        changed = [line for line in podman("diff", app.name).stdout.splitlines()
                   if not own.fullmatch(line)]
        self.assertEqual(changed, [])
        names = sorted(path.name for path in home.data.rglob("*"))
        self.note("in /data: " + ", ".join(names))

    def test_m_read_only(self):
        """With a read-only root and little memory: a limit of 128 MB, 512 MB under qemu"""
        home, _, app = self.house_with_cars()
        mounts = pathlib.Path(f"/proc/{app.pid()}/mountinfo").read_text().splitlines()
        points = {line.split()[4]: line.split()[5].split(",") for line in mounts}
        self.assertIn("ro", points["/"])
        self.assertIn("rw", points["/data"])
        limits = pathlib.Path("/sys/fs/cgroup/memory")
        group = next((line.split(":")[2] for line in
                      pathlib.Path(f"/proc/{app.pid()}/cgroup").read_text().splitlines()
                      if line.split(":")[1] == "memory"), "")
        peak = limits / group.lstrip("/") / "memory.max_usage_in_bytes"
        resident = app.status()["VmHWM"][0]
        text = f"peak resident {int(resident) / 1000:.0f} MB"
        if group and peak.exists():
            text += f", of the whole container {int(peak.read_text()) / 1e6:.0f} MB"
        self.note(text)

    def test_n_backup(self):
        """A hot backup under load, restored in a fresh container: at most one sign-in, the same cars"""
        home, watcher, app = self.house_with_cars()
        self.wait(lambda: list(home.data.glob("*snapshot*")), "the snapshot", 60)
        stop, rounds = threading.Event(), []
        cars = [topic.split("/")[1] for topic in cars_with_state(watcher)]

        def load():
            while not stop.is_set():
                for car in cars:
                    home.publish(f"toyota2mqtt/{car}/reading/set", "ON")
                rounds.append(1)

        worker = threading.Thread(target=load)
        worker.start()
        try:
            asked = self.asked(home)
            self.wait(lambda: self.asked(home) > asked + 20, "requests of the load")
            copy = self.backup(home)
            done = len(rounds)
            self.wait(lambda: len(rounds) > done, "the load to go on")
        finally:
            stop.set()
            worker.join()
        app.end()
        before = home.internet.state()
        restored = home.app(data=copy)
        self.wait(lambda: home.internet.state()["routes"] != before["routes"], "requests")
        second = home.watch()
        self.wait(lambda: bridge_online(second), "online")
        self.wait(lambda: len(re.findall(r"data-car=", page("GET", "/").text)) == 6,
                  "the cars on the page")
        posts = home.internet.state()["password_posts"] - before["password_posts"]
        self.assertLessEqual(posts, 1)
        self.assertTrue(restored.running())
        self.note(f"{posts} sign-ins after the restore")

    @staticmethod
    def asked(home):
        return sum(home.internet.state()["routes"].values())

    def backup(self, home):
        """As the Supervisor does it: file by file, without what backup_exclude names."""
        excluded = app_configuration()["backup_exclude"]
        copy = home.directory / "restored"
        copy.mkdir()
        for path in sorted(home.data.rglob("*")):
            inside = path.relative_to(home.data)
            if any(inside.match(pattern) for pattern in excluded) or not path.is_file():
                continue
            (copy / inside).parent.mkdir(exist_ok=True)
            shutil.copy2(path, copy / inside)
            os.chown(copy / inside, path.stat().st_uid, path.stat().st_gid)
        self.assertFalse((copy / "toyota2mqtt.db").exists())
        return copy

    def test_o_secrets(self):
        """No password, e-mail address, token or full VIN in the container's log"""
        home, _, app = self.house_with_cars()
        app.execute("doctor", check=False)
        app.end()
        text = app.logs()
        self.assertGreater(len(text.splitlines()), 5)
        secrets = [harness.PASSWORD, harness.USER, house.TOKEN, home.broker.users[1],
                   *(car["vin"] for car in home.internet.ask("cars"))]
        for secret in secrets:
            self.assertNotIn(secret, text)

    def test_p_removal(self):
        """`clear-topics` leaves no retained topic on the broker"""
        home, watcher, app = self.house_with_cars()
        app.end()
        before = len(self.retained(home))
        self.assertGreater(before, 20)
        home.once("clear-topics")
        self.assertEqual(self.retained(home), [])
        self.note(f"{before} topics, then none")

    def retained(self, home):
        """The topics that hold something, as a client sees that comes now."""
        home.publish("check/here", "x", "-r")
        client = home.watch()
        self.wait(lambda: client.last("check/here"), "the subscription")
        home.publish("check/end", "x")  # comes after everything that was retained
        self.wait(lambda: client.last("check/end"), "the end of what is retained")
        return [topic for topic in client.retained() if not topic.startswith("check/")]

    def test_q_start(self):
        """The time from the start of the container to the page, and to the broker"""
        home, watcher, app = self.house_with_cars()
        app.end()
        app = home.container()
        watcher = home.watch()
        self.wait(lambda: cars_with_state(watcher), "the retained states")
        seen = len(watcher.messages)
        begun = time.monotonic()
        app.start()
        started = time.monotonic() - begun
        home.wait_for_page(app)
        answered = time.monotonic() - begun
        self.wait(lambda: any(topic == "toyota2mqtt/status" and text == "online"
                              for topic, _, text in list(watcher.messages)[seen:]), "online")
        online = time.monotonic() - begun
        self.note(f"container up after {started:.2f} s, page {answered:.2f} s, "
                  f"connected to the broker {online:.2f} s")

    def test_r_page_of_the_rest_interface(self):
        """The page to try the REST interface is inside, with its script and its licences"""
        self.house().app()
        shown = page("GET", "/api/v1/docs")
        self.assertEqual(shown.status, 200)
        names = [*re.findall(r'(?:src|href)="docs/([^"]+)"', shown.text), "licences.txt"]
        parts = {name: page("GET", f"/api/v1/docs/{name}", headers=[("Accept-Encoding", "gzip")])
                 for name in names}
        self.assertEqual({part.status for part in parts.values()}, {200})
        self.assertGreater(len(parts["swagger-ui-bundle.js"].text), 500_000)
        self.assertIn("Apache License", parts["licences.txt"].text)
        self.note(", ".join(sorted(parts)))

    def test_s_own_container(self):
        """A container of one's own with the machine's network (compose.page.yaml): its page is for the machine alone"""
        home = self.house()
        storage = home.directory / "own"
        storage.mkdir(mode=0o700)
        config = home.directory / "own.yaml"
        config.write_text(json.dumps({"mqtt": {"host": house.BROKER}}))
        for path in (storage, config):
            path.chmod(path.stat().st_mode & 0o700)
            os.chown(path, 1000, 1000)
        name = f"t2m-own-{os.getpid()}"
        self.addCleanup(podman, "rm", "--force", "--time", "0", name, check=False)
        # This very process lives in `home`, which is therefore "the host" here.
        podman("run", "--detach", "--name", name, "--network", "host",
               "--user", "1000:1000", "--cap-drop", "all", "--security-opt", "no-new-privileges",
               "--read-only", "--tmpfs", "/tmp", "--pull", "never", "--ulimit", "nofile=1024:1024",
               "--ulimit", "nproc=4096:4096", "--volume", f"{config}:/etc/toyota2mqtt/config.yaml:ro",
               "--volume", f"{storage}:/var/lib/toyota2mqtt", self.image, "run")
        def shown():
            try:
                return page("GET", "/setup", host="127.0.0.1", source="127.0.0.1").status
            except OSError:
                return 0
        self.wait(lambda: shown() == 200, "the page on this machine")
        for address in (house.GATEWAY, house.BROKER):
            with self.assertRaises(OSError):
                page("GET", "/setup", host=address)
        done = podman("exec", name, "/usr/bin/toyota2mqtt", "health")
        self.assertIn("no account", done.stdout.lower())

    def test_u_profile(self):
        """Every file, lock and socket that it uses is allowed by apparmor.txt"""
        if self.arch != "amd64":
            self.skipTest("strace would see what qemu does")
        home = self.house()
        watcher = home.watch()
        app = home.container()
        trace = home.directory / "trace"
        tracer = app.start_traced(trace, profile.TRACED)
        try:
            home.wait_for_page(app)
            home.set_up()
            self.wait(lambda: len(cars_with_state(watcher)) == 6, "six cars' state")
            self.wait(lambda: list(home.data.glob("*snapshot*")), "the snapshot", 60)
            app.end()
            tracer.wait(60)
        finally:
            tracer.kill()
        text = (harness.SOURCE / "addon/apparmor.txt").read_text()
        done = trace.read_text(errors="replace")
        wrong, count = profile.refused(profile.Profile(text), done, "/usr/bin/toyota2mqtt")
        self.assertGreater(count, 100)
        self.assertEqual(wrong, [])
        # The check itself: without one rule, what needs it is found.
        for line, found in (("  /data/** rwk,\n", "/data/key"),
                            ("  network inet stream,\n", "network inet stream"),
                            ("  /etc/{hosts,hostname,resolv.conf} r,\n", "/etc/hosts")):
            self.assertIn(line, text)
            less = profile.refused(profile.Profile(text.replace(line, "")), done,
                                   "/usr/bin/toyota2mqtt")[0]
            self.assertTrue([one for one in less if one.startswith(found)], line)
        self.note(f"{count} calls")
