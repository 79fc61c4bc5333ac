"""The REST interface of the running program, route by route. Every answer of every request is held
against openapi.json; at the end a table tells what was asked, and a route that was never asked for
fails."""

import unittest

import rest_access
import rest_admin
import rest_cars
import rest_commands
import rest_events
import rest_history
import rest_http
import rest_limits
import rest_tokens
from rest_client import ASKED, SEEN_ROUTES

MODULES = (rest_http, rest_access, rest_tokens, rest_cars, rest_history, rest_commands, rest_events,
           rest_admin, rest_limits)
# What a test cannot bring about without breaking the program or the machine under it; unit tests do.
NOT_FROM_OUTSIDE = {500, 502, 503, 504}


def described():
    for (method, path), operation in sorted(SEEN_ROUTES.items(), key=lambda item: item[0][::-1]):
        yield method, path, {int(status) for status in operation["responses"]}


def table():
    lines = [f"{'route':62} {'asked':>6}  statuses (times), and those that were not seen"]
    for method, path, statuses in described():
        seen = {status: count for (name, where, status), count in ASKED.items()
                if (name, where) == (method, path)}
        reported = " ".join(f"{status}({count})" for status, count in sorted(seen.items()))
        missing = sorted(statuses - set(seen) - NOT_FROM_OUTSIDE)
        lines.append(f"{method + ' ' + path:62} {sum(seen.values()):6}  {reported}"
                     + (f"   not: {' '.join(map(str, missing))}" if missing else ""))
    return "\n".join(lines)


class Coverage(unittest.TestCase):
    def test_every_route_was_asked_for_and_succeeded_once(self):
        print("\n" + table())
        # A program that was built without the page says so.
        without_page = ASKED["GET", "/docs", 404] and not ASKED["GET", "/docs", 200]
        never = [f"{method} {path}" for method, path, _ in described()
                 if not (without_page and path.startswith("/docs")) and not any(count and status < 300 for (name, where, status), count in ASKED.items()
                            if (name, where) == (method, path))]
        self.assertTrue(SEEN_ROUTES, "nothing was asked at all")
        self.assertEqual(never, [], "routes that never succeeded")

    def test_every_route_was_asked_for_without_and_with_a_wrong_sign_in(self):
        missing = [f"{method} {path}: {status}" for (method, path), operation in SEEN_ROUTES.items()
                   for status, access in ((401, ("user", "administrator")), (403, ("administrator",)))
                   if operation["x-access"] in access and not ASKED[method, path, status]]
        self.assertEqual(missing, [])


def load_tests(loader, _tests, _pattern):
    suite = unittest.TestSuite(loader.loadTestsFromModule(module) for module in MODULES)
    suite.addTest(loader.loadTestsFromTestCase(Coverage))
    return suite


if __name__ == "__main__":
    unittest.main()
