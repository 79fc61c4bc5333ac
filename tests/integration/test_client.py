"""The TypeScript client (src/client): built as CI builds it, against a server of its own tests, and
against the running bridge."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from harness import PASSWORD, SOURCE
from rest_client import ADMIN, ADMIN_PASSWORD, RestWorld

LEXUS = "lexus@example.com"


def run(folder, *command, env=None, limit=300):
    """What a command printed; an assertion when it fails."""
    done = subprocess.run(command, cwd=folder, env=env, text=True, timeout=limit, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-8000:]}"
    return done.stdout


@unittest.skipUnless(shutil.which("npm"), "npm is not installed (tests/install.sh does that)")
class TypeScriptClient(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """Builds a copy, so that nothing is left behind in the sources."""
        if subprocess.run(["npm", "ping"], capture_output=True, timeout=120, check=False,
                          stdin=subprocess.DEVNULL).returncode != 0:
            raise unittest.SkipTest("the registry of npm does not answer")
        cls.folder = tempfile.TemporaryDirectory(prefix="toyota2mqtt-client-")
        cls.addClassCleanup(cls.folder.cleanup)
        sources = pathlib.Path(cls.folder.name) / "src"
        sources.mkdir()
        for name in ("rest", "cmake"):
            (sources / name).symlink_to(SOURCE / "src" / name)
        cls.client = sources / "client"
        shutil.copytree(SOURCE / "src/client", cls.client,
                        ignore=shutil.ignore_patterns("node_modules", "dist"))
        run(cls.client, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
        run(cls.client, "npm", "run", "build")

    def test_its_rules_hold_against_a_server_of_its_own(self):
        reported = run(self.client, "npm", "test", limit=120)
        self.assertRegex(reported, r"# fail 0\b")

    def test_it_works_with_the_running_bridge(self):
        with RestWorld() as world:
            world.start_rest()
            env = {**os.environ, "T2M_URL": world.home, "T2M_USER": ADMIN,
                   "T2M_PASSWORD": ADMIN_PASSWORD, "T2M_GUEST": LEXUS, "T2M_GUEST_PASSWORD": PASSWORD}
            reported = run(self.client, "npm", "run", "test:bridge", env=env)
            self.assertRegex(reported, r"# fail 0\b")
            self.assertRegex(reported, r"# pass [1-9]")


if __name__ == "__main__":
    unittest.main()
