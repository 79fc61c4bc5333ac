"""doctor, health, check-config and the command line: lines and exit statuses."""

import json
import subprocess
import unittest

from harness import BUILD, World, free_port, wait_for


def plain(*arguments, env=None):
    done = subprocess.run([str(BUILD / "toyota2mqtt"), *arguments], capture_output=True, text=True,
                          timeout=30, stdin=subprocess.DEVNULL, env=env, check=False)
    return done.returncode, done.stdout, done.stderr


class Doctor(unittest.TestCase):
    def lines(self, out):
        """(word, what) of each line."""
        return [(line.split()[0], line[8:].split(": ")[0]) for line in out.splitlines()]

    def test_everything_well_is_all_ok_in_the_documented_order(self):
        with World("--vehicles", "2") as world:
            world.use_abrp()
            status, out, _ = world.command("doctor")
            self.assertEqual(status, 0, out)
            lines = self.lines(out)
            self.assertEqual({word for word, _ in lines}, {"ok"}, out)
            order = " ".join(what for _, what in lines)
            self.assertRegex(order, r"configuration .*account .*vehicle list vehicle list "
                                    r"broker .* ABRP for .* ABRP for ")
            self.assertEqual(world.simulator.state()["abrp_points"], 0)
            for car in world.cars():
                self.assertNotIn(car["vin"], out)

    def test_a_cloud_that_is_away_is_named_and_the_rest_is_still_looked_at(self):
        with World("--vehicles", "2") as world:
            gone = f"http://127.0.0.1:{free_port()}"
            world.settings["toyota"] = {"login_url": gone, "api_url": gone}
            status, out, _ = world.command("doctor")
            self.assertEqual(status, 1, out)
            self.assertRegex(out, r"(?m)^failed  127\.0\.0\.1:\d+: ")
            self.assertRegex(out, r"(?m)^failed  account ")
            self.assertRegex(out, r"(?m)^ok      broker ")

    def test_a_wrong_password_is_status_3_with_the_remedy(self):
        with World("--vehicles", "2") as world:
            world.sign_in_as("driver@example.com", "not-it")
            status, out, _ = world.command("doctor")
            self.assertEqual(status, 3, out)
            self.assertRegex(out, r"(?m)^failed  account .*password was rejected -> .+")
            self.assertEqual(world.simulator.state()["password_posts"], 1)

    def test_a_broker_that_is_away_is_status_4(self):
        with World("--vehicles", "2", broker=False) as world:
            status, out, _ = world.command("doctor")
            self.assertEqual(status, 4, out)
            self.assertRegex(out, r"(?m)^failed  broker 127\.0\.0\.1:\d+: .* -> .+")
            self.assertRegex(out, r"(?m)^ok      vehicle list")

    def test_the_wrong_one_of_key_and_token_is_named(self):
        with World("--vehicles", "2") as world:
            world.use_abrp()
            world.settings["abrp"]["api_key"] = "canary-wrong-key"
            status, out, _ = world.command("doctor")
            self.assertEqual(status, 3, out)
            self.assertRegex(out, r"(?m)^failed  ABRP for .*key -> .*abrp\.api_key")
            self.assertNotIn("canary-wrong-key", out)
            world.use_abrp()
            world.settings["vehicles"][1]["abrp_token"] = "canary-wrong-token"
            status, out, _ = world.command("doctor")
            self.assertEqual(status, 3, out)
            self.assertRegex(out, r"(?m)^failed  ABRP for .*token -> .*abrp_token")
            self.assertRegex(out, r"(?m)^ok      ABRP for ")
            self.assertNotIn("canary-wrong-token", out)

    def test_a_doctor_beside_the_bridge_does_not_push_it_off_the_broker(self):
        with World("--vehicles", "2") as world:
            bridge = world.start()
            world.wait_for_cars(2)
            self.assertEqual(world.command("doctor")[0], 0)
            self.assertEqual(world.command("health")[0], 0)
            self.assertNotIn("trying again until it is back", bridge.output())
            wait_for(lambda: world.watcher.last("toyota2mqtt/status") == "online", "online")
            self.assertEqual(world.simulator.state()["sign_ins"], 1)


class Health(unittest.TestCase):
    def test_health_is_0_only_while_the_bridge_runs(self):
        with World("--vehicles", "2") as world:
            status, out, _ = world.command("health")
            self.assertEqual(status, 1)
            self.assertTrue(out.strip())
            bridge = world.start()
            world.wait_for_cars(2)
            wait_for(lambda: world.command("health")[:2] == (0, "ok\n"), "health to be ok")
            bridge.stop()
            self.assertEqual(world.command("health")[0], 1)

    def test_health_tells_what_is_wrong(self):
        with World("--vehicles", "2") as world:
            world.sign_in_as("driver@example.com", "not-it")
            world.start()
            wait_for(lambda: "password was rejected" in world.command("health")[1], "the reason")


class CommandLine(unittest.TestCase):
    def test_version_and_help_are_printed_and_wrong_usage_is_status_2(self):
        status, out, _ = plain("--version")
        self.assertEqual(status, 0)
        self.assertRegex(out, r"^toyota2mqtt \d+\.\d+\.\d+")
        status, out, _ = plain("--help")
        self.assertEqual(status, 0)
        for command in ("run", "check-config", "doctor", "fetch", "entities", "health",
                        "retry-login"):
            self.assertIn(command, out)
        for arguments in ([], ["--unknown"], ["no-such-command"], ["run", "--unknown"],
                          ["fetch", "--vin"], ["entities", "--format", "xml"]):
            with self.subTest(arguments=arguments):
                status, _, err = plain(*arguments)
                self.assertEqual(status, 2, err)
                self.assertTrue(err.strip())

    def test_entities_prints_the_catalogue_in_both_forms(self):
        status, out, _ = plain("entities")
        self.assertEqual(status, 0)
        self.assertIn("| sensor | `odometer` |", out)
        status, out, _ = plain("entities", "--format", "json")
        self.assertEqual(status, 0)
        self.assertIn("odometer", [row["id"] for row in json.loads(out)["car"]])

    def test_check_config_names_place_found_and_expected(self):
        with World("--vehicles", "2", broker=False) as world:
            status, out, _ = world.command("check-config")
            self.assertEqual(status, 0)
            self.assertIn("good, 1 account(s)", out)
            world.settings["pollling"] = {"parked": "soon"}
            status, out, err = world.command("check-config")
            self.assertEqual(status, 2)
            self.assertIn("pollling", err)
            self.assertIn("polling", err.replace("pollling", ""))
            for command in ("run", "fetch", "doctor", "health", "retry-login"):
                self.assertEqual(world.command(command)[0], 2, command)

    def test_a_missing_configuration_file_is_status_2(self):
        for command in ("run", "check-config", "fetch"):
            status, _, err = plain(command, "--config", "/nonexistent/toyota2mqtt.yaml")
            self.assertEqual(status, 2, err)
            self.assertIn("/nonexistent/toyota2mqtt.yaml", err)

    def test_the_password_may_come_from_the_environment_or_a_file(self):
        with World("--vehicles", "2", broker=False) as world:
            secret = world.directory / "password"
            secret.write_text("secret-password\n")
            secret.chmod(0o600)
            account = world.settings["accounts"][0]
            del account["password"]
            account["password_file"] = str(secret)
            self.assertEqual(len(world.fetch()["vehicles"]), 2)

    def test_run_without_an_account_stays_up_and_says_how_to_set_one_up(self):
        with World("--vehicles", "2") as world:
            world.settings["accounts"] = []
            bridge = world.start()
            wait_for(lambda: world.watcher.last("toyota2mqtt/status") == "online", "online")
            self.assertIn("no account is set up", bridge.output())
            self.assertIn("accounts:", bridge.output())
            self.assertEqual(world.command("health")[0], 0)
            self.assertEqual(world.command("fetch")[0], 2)
            self.assertTrue(bridge.running())
            self.assertEqual(world.simulator.state()["sign_ins"], 0)
            self.assertEqual(bridge.stop()[0], 0)

    def test_an_unusable_storage_directory_is_explained(self):
        with World("--vehicles", "2", broker=False) as world:
            file = world.directory / "a-file"
            file.write_text("")
            world.settings["storage"]["directory"] = str(file)
            for command in ("fetch", "run", "doctor"):
                status, out, err = world.command(command)
                self.assertEqual(status, 1, command)
                self.assertIn("storage", out + err)
            self.assertEqual(world.simulator.state()["password_posts"], 0)


if __name__ == "__main__":
    unittest.main()
