"""What holds for every route: methods, bodies, headers, limits, the program's own state."""

import gzip
import http.client
import json
import re
import socket
import unittest

from rest_client import ADMIN, ADMIN_PASSWORD, BZ4X, Rest, RestWorld, car_id, fill, shared

ID = car_id(BZ4X)
ORIGIN = "https://home.example"


class Everywhere(unittest.TestCase):
    def setUp(self):
        self.world = shared()
        self.rest = self.world.rest
        self.token = self.rest.token()

    def test_a_path_that_there_is_not_is_404(self):
        for path in ("", "/", "/nothing", "/vehicles/", f"/vehicles/{ID}/", f"/vehicles/{ID}/wheels",
                     "//vehicles", "/vehicles//location", "/../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd",
                     "/docs/../openapi.json", "/admin", "/" + "a/" * 200, "/openapi.json%00"):
            with self.subTest(path[:60]):
                answer = self.rest.ask("GET", path, self.token)
                self.assertIn(answer.status, (400, 404))

    def test_another_method_is_405_and_says_which_there_are(self):
        for path, item in self.rest.document.json["paths"].items():
            there = {name.upper() for name in item}
            for method in {"GET", "PUT", "POST", "DELETE", "PATCH"} - there:
                with self.subTest(f"{method} {path}"):
                    answer = self.rest.ask(method, fill(path, ID), self.token)
                    self.assertEqual((answer.status, answer.problem), (405, "method-not-allowed"))
                    reported = set(re.split(r",\s*", answer["Allow"]))
                    extra = {"HEAD", "OPTIONS"} if "GET" in there else {"OPTIONS"}
                    self.assertEqual(reported, there | extra)

    def test_options_says_which_methods_there_are(self):
        answer = self.rest.ask("OPTIONS", f"/vehicles/{ID}")
        self.assertEqual((answer.status, answer.body), (204, b""))
        self.assertIn("GET", answer["Allow"])
        self.assertIsNone(answer["Access-Control-Allow-Origin"])

    def test_other_origins_are_told_nothing_unless_the_configuration_names_them(self):
        answer = self.rest.get("/health", Origin=ORIGIN)
        self.assertIsNone(answer["Access-Control-Allow-Origin"])
        flight = self.rest.ask("OPTIONS", "/vehicles", headers={
            "Origin": ORIGIN, "Access-Control-Request-Method": "GET"})
        self.assertIsNone(flight["Access-Control-Allow-Origin"])

    def test_every_answer_carries_the_headers_that_protect_it(self):
        for target, token in (("/health", None), ("/vehicles", self.token), ("/vehicles", None),
                              ("/nothing", None), (f"/vehicles/{ID}", self.token)):
            with self.subTest(target):
                answer = self.rest.get(target, token)
                self.assertEqual(answer["X-Content-Type-Options"], "nosniff")
                self.assertEqual(answer["Referrer-Policy"], "no-referrer")
                self.assertIn("default-src 'none'", answer["Content-Security-Policy"])
                self.assertTrue(answer["Cache-Control"])
        self.assertIn("no-store", self.rest.login()["Cache-Control"])

    def test_each_request_has_a_number_of_its_own_that_a_stranger_cannot_choose(self):
        numbers = [self.rest.get("/health", X_Request_Id="mine")["X-Request-Id"] for _ in range(3)]
        self.assertEqual(len(set(numbers)), 3)
        self.assertNotIn("mine", numbers)

    def test_a_body_is_json_and_small(self):
        def send(raw, kind="application/json"):
            return self.rest.elsewhere().ask("POST", "/auth/login", raw=raw, headers=(
                {"Content-Type": kind} if kind else {}))
        good = json.dumps({"username": ADMIN, "password": ADMIN_PASSWORD}).encode()
        self.assertEqual(send(good).status, 200)
        self.assertEqual(send(good, "application/json; charset=utf-8").status, 200)
        for kind in ("text/plain", "application/x-www-form-urlencoded", "application/jsonx", None):
            self.assertEqual(send(good, kind).status, 415, kind)
        for raw in (b"", b"{", b"[]", b"null", b"\xff\xfe", b"{}", b'{"username":1,"password":"x"}',
                    b'{"username":"a","username":"b","password":"x"}', b"[" * 5000,
                    b'{"username":"a","password":"b","c":' + b"[" * 2000 + b"]" * 2000 + b"}",
                    b'{"username":"a\\u0000","password":"b"}', good + b"x"):
            with self.subTest(raw[:40]):
                self.assertIn(send(raw).status, (400, 415) if raw == b"" else (400,))
        self.assertEqual(send(b'{"username":"' + b"a" * 17000 + b'"}').status, 413)

    def test_health_is_open_and_readiness_tells_strangers_one_word(self):
        health = self.rest.get("/health").json
        self.assertEqual(health["status"], "ok")
        ready = self.rest.get("/ready", self.token)
        self.assertEqual(ready.status, 200)
        self.assertEqual({part["name"] for part in ready.json["parts"]},
                         {"toyota", "broker", "abrp", "storage", "configuration"})
        self.assertEqual(self.rest.get("/ready").json["status"], ready.json["status"])

    def test_metrics_are_in_prometheus_form_and_hold_what_was_asked(self):
        answer = self.rest.get("/metrics")
        self.assertTrue(answer["Content-Type"].startswith("text/plain; version=0.0.4"))
        names = set(re.findall(r"^# TYPE (\w+) (?:counter|gauge|histogram)$", answer.body.decode(),
                               re.MULTILINE))
        self.assertIn("toyota2mqtt_build_info", names)
        for line in answer.body.decode().splitlines():
            if line and not line.startswith("#"):
                name = re.match(r"[a-zA-Z_:][\w:]*", line).group()
                base = re.sub(r"_(bucket|sum|count)$", "", name)
                self.assertTrue(name in names or base in names, line)

    def test_the_page_to_try_it_names_only_files_that_there_are(self):
        page = self.rest.ask("GET", "/docs")
        if page.status == 404:  # built without it
            self.assertIn("T2M_API_VIEWER", page.json["remedy"])
            return
        self.assertIn("script-src 'self'", page["Content-Security-Policy"])
        files = re.findall(r'"(docs/[^"]+)"', page.body.decode())
        self.assertEqual(len(files), 3)
        for file in files:
            answer = self.rest.get(f"/{file}", Accept_Encoding="gzip")
            self.assertEqual(answer.status, 200)
            self.assertTrue(gzip.decompress(answer.body))
            self.assertEqual(self.rest.get(f"/{file}", Accept_Encoding="gzip",
                                           If_None_Match=answer["ETag"]).status, 304)
            self.assertEqual(self.rest.get(f"/{file}").status, 406)
        self.assertEqual(self.rest.get("/docs", If_None_Match=page["ETag"]).status, 304)
        self.assertEqual(self.rest.get("/docs/none.js", Accept_Encoding="gzip").status, 404)

    def test_hostile_requests_do_not_harm_it(self):
        home = self.rest.home
        for text in (b"\r\n\r\n", b"GET\r\n\r\n", b"GET /api/v1/health HTTP/9.9\r\n\r\n",
                     b"GET /api/v1/health HTTP/1.1\r\nX: " + b"a" * 70000 + b"\r\n\r\n",
                     b"POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n",
                     b"POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
                     b"POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
                     b"Content-Length: 5\r\n\r\n0\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00",
                     b"GET /api/v1/vehicles HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \x00\xff\r\n\r\n"):
            with self.subTest(text[:50]), \
                    socket.create_connection((home.hostname, home.port), timeout=20) as line:
                try:
                    line.sendall(text)
                    line.shutdown(socket.SHUT_WR)
                    got = line.recv(65536)
                except OSError:
                    got = b""
                self.assertFalse(got.startswith(b"HTTP/1.1 2"), got[:200])
        self.assertEqual(self.rest.get("/health").status, 200)

    def test_a_connection_serves_many_requests(self):
        line = http.client.HTTPConnection(self.rest.home.hostname, self.rest.home.port, timeout=20)
        self.addCleanup(line.close)
        for _ in range(50):
            line.request("GET", "/api/v1/vehicles", headers={"Authorization": f"Bearer {self.token}"})
            answer = line.getresponse()
            self.assertEqual(answer.status, 200)
            answer.read()


class Origins(unittest.TestCase):
    def test_an_origin_of_the_configuration_is_let_in_by_name_and_without_credentials(self):
        with RestWorld() as world:
            world.settings["web"]["cors_origins"] = [ORIGIN]
            rest = world.start_rest()
            answer = rest.get("/health", Origin=ORIGIN)
            self.assertEqual(answer["Access-Control-Allow-Origin"], ORIGIN)
            self.assertIsNone(answer["Access-Control-Allow-Credentials"])
            self.assertIn("Origin", answer["Vary"])
            self.assertIn("X-Request-Id", answer["Access-Control-Expose-Headers"])
            flight = rest.ask("OPTIONS", f"/vehicles/{ID}/commands/lock", headers={
                "Origin": ORIGIN, "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization, idempotency-key"})
            self.assertEqual(flight.status, 204)
            self.assertEqual(flight["Access-Control-Allow-Origin"], ORIGIN)
            self.assertIn("POST", flight["Access-Control-Allow-Methods"])
            allowed = flight["Access-Control-Allow-Headers"].lower()
            for name in ("authorization", "content-type", "idempotency-key", "last-event-id"):
                self.assertIn(name, allowed)
            for origin in ("https://evil.example", "https://home.example.evil.example",
                           "http://home.example", "https://home.example:8443", "null"):
                self.assertIsNone(rest.get("/health", Origin=origin)["Access-Control-Allow-Origin"])


class Proxies(unittest.TestCase):
    def test_who_stands_before_the_proxy_is_who_it_says_and_nobody_else_may_say_so(self):
        with RestWorld() as world:
            world.settings["web"]["trusted_proxies"] = ["127.0.0.9"]
            rest = world.start_rest()
            token = rest.token()
            proxy = Rest(rest.home.geturl(), rest.document, "127.0.0.9")
            far = {"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "https",
                   "X-Request-Id": "of-the-proxy.1"}
            answer = proxy.ask("GET", "/vehicles", token, headers=far)
            self.assertEqual((answer.status, answer["X-Request-Id"]), (200, "of-the-proxy.1"))
            self.assertIn("max-age", answer["Strict-Transport-Security"])
            open_line = proxy.ask("GET", "/vehicles", token, headers={**far, "X-Forwarded-Proto": "http"})
            self.assertEqual((open_line.status, open_line.problem), (403, "tls-required"))
            self.assertEqual(proxy.ask("POST", "/auth/login", headers={
                **far, "X-Forwarded-Proto": "http"}, body={"username": "a", "password": "b"}).problem,
                "tls-required")
            # A client that is no proxy is not believed, and not taken for the machine itself either.
            liar = rest.elsewhere().ask("GET", "/vehicles", token, headers=far)
            self.assertEqual((liar.status, liar.problem), (403, "tls-required"))
            proxy.ask("POST", "/admin/keys/rotate", token, headers=far)
            entry = rest.get("/admin/audit", token).json["entries"][0]
            self.assertEqual((entry["who"], entry["client"]), (ADMIN, "198.51.100.7"))
