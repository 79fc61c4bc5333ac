"""web.users: a changed list is in use a few seconds after it was saved; and the page makes the hash."""

import html
import unittest

from browser import Browser
from harness import wait_for
from rest_client import ADMIN, ADMIN_PASSWORD, RestWorld

NEW, NEW_PASSWORD = "carla", "carla's long password"


class Users(unittest.TestCase):
    def use(self, world, users):
        """Saves the configuration with these users and waits until the bridge has taken it."""
        reported = "the changed configuration is in use"
        before = world.bridge.output().count(reported)
        world.settings["web"]["users"] = users
        world.write_settings()
        wait_for(lambda: world.bridge.output().count(reported) > before, "the new configuration", 30)

    def test_a_user_comes_and_goes_without_a_restart(self):
        with RestWorld() as world:
            rest = world.start_rest()
            token = rest.token()
            self.assertEqual(rest.get("/vehicles", token=token).status, 200)
            self.assertEqual(rest.login(NEW, NEW_PASSWORD).status, 401)

            browser = Browser.of(world.bridge).open("password")
            browser.press("Make the hash", name=NEW, password=NEW_PASSWORD, again=NEW_PASSWORD)
            self.assertEqual(browser.status, 200)
            entry = html.unescape(browser.page.texts["entry"]).strip('"')
            self.assertTrue(entry.startswith(NEW + ":scrypt$"), entry)

            self.use(world, [entry])
            self.assertEqual(rest.login(NEW, NEW_PASSWORD).status, 200)
            self.assertEqual(rest.get("/vehicles", token=token).status, 401)
            self.assertEqual(rest.login(ADMIN, ADMIN_PASSWORD).status, 401)
            self.assertNotIn("with the next start", world.bridge.output())
            self.assertNotIn(NEW_PASSWORD, world.bridge.output())
            self.assertEqual(world.simulator.state()["sign_ins"], 1)


if __name__ == "__main__":
    unittest.main()
