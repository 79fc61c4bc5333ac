"""A Toyota client of another make, as released programs are: it shares nothing with the bridge, with
the simulator or with the other tests.

It signs in and asks in the way of the Python client that Home Assistant's integration uses: the
literal PKCE challenge, no cookie jar, one version string for everything, `x-brand` and no `x-appbrand`
for a Toyota, the cars one after another, and of each car place, health, electric status (by the retired
route), telemetry, messages, status, service history, climate and trips in that order. `charger()` asks
as a charging controller does: the list of VINs, and the electric status of one car.
"""

import base64
import dataclasses
import hashlib
import hmac
import http.client
import json
import urllib.parse
import uuid

VERSION = "2.14.0"
KEY = "tTZipv6liF74PwMfk9Ed68AQ0bISswwf3iHQdqcF"
BASIC = "basic b25lYXBwOm9uZWFwcA=="
REDIRECT = "com.toyota.oneapp:/oauth2Callback"
REALM = "/realms/root/realms/tme"
PLACE, HEALTH = "/v1/location", "/v1/vehiclehealth/status"
ELECTRIC, OLD_ELECTRIC = "/v1/vehicle/electric/status", "/v1/global/remote/electric/status"
TELEMETRY, MESSAGES = "/v3/telemetry", "/v2/notification/history"
STATUS, SERVICE = "/v1/vehicle/status", "/v1/servicehistory/vehicle/summary"
CLIMATE, CLIMATE_SETTINGS = "/v1/vehicle/climate-status", "/v1/vehicle/climate-settings"
TRIPS = "/v1/trips"


class LoginFailed(Exception):
    pass


class Refused(Exception):
    def __init__(self, status, body):
        super().__init__(f"{status}: {body[:200]}")
        self.status, self.body = status, body


@dataclasses.dataclass
class Session:
    access: str
    refresh: str
    guid: str


class OtherClient:
    def __init__(self, url, username, password, brand="T"):
        self.host = urllib.parse.urlsplit(url).netloc
        self.username, self.password, self.brand = username, password, brand
        self.session = None

    # Sign-in.

    def login(self):
        body = {}
        for _ in range(10):
            body = self.answer_callbacks(body)
            status, _, text = self.send(
                "POST", f"/json{REALM}/authenticate?authIndexType=service&authIndexValue=oneapp",
                {"Content-Type": "application/json"}, json.dumps(body))
            if status != 200:
                raise LoginFailed(f"{status}: {text[:200]}")
            body = json.loads(text)
            if "tokenId" in body:
                self.take_tokens({"grant_type": "authorization_code",
                                  "code": self.authorize(body["tokenId"])})
                return
        raise LoginFailed("no token after ten rounds")

    def answer_callbacks(self, body):
        for callback in body.get("callbacks", []):
            prompt = callback["output"][0]["value"]
            if callback["type"] == "NameCallback" and prompt == "User Name":
                callback["input"][0]["value"] = self.username
            elif callback["type"] == "PasswordCallback":
                callback["input"][0]["value"] = self.password
            elif callback["type"] == "TextOutputCallback":
                raise LoginFailed(prompt)
        return body

    def authorize(self, session):
        query = urllib.parse.urlencode({
            "client_id": "oneapp", "scope": "openid profile write", "response_type": "code",
            "redirect_uri": REDIRECT, "code_challenge": "plain", "code_challenge_method": "plain"})
        status, headers, _ = self.send("GET", f"/oauth2{REALM}/authorize?{query}",
                                       {"cookie": f"iPlanetDirectoryPro={session}"})
        if status != 302:
            raise LoginFailed(f"authorize answered {status}")
        return urllib.parse.parse_qs(headers["Location"].split("?", 1)[1])["code"][0]

    def take_tokens(self, form):
        form |= {"client_id": "oneapp", "redirect_uri": REDIRECT, "code_verifier": "plain"}
        status, _, text = self.send(
            "POST", f"/oauth2{REALM}/access_token",
            {"authorization": BASIC, "Content-Type": "application/x-www-form-urlencoded"},
            urllib.parse.urlencode(form))
        if status != 200:
            raise LoginFailed(f"tokens: {status}")
        tokens = json.loads(text)
        assert tokens["expires_in"] > 0
        claims = tokens["id_token"].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        assert "oneappsdkclient" in audience, claims
        self.session = Session(tokens["access_token"], tokens["refresh_token"], claims["uuid"])

    def renew(self):
        self.take_tokens({"grant_type": "refresh_token", "refresh_token": self.session.refresh})

    # Questions.

    def get(self, path, vin=None):
        return self.ask("GET", path, vin)

    def ask(self, method, path, vin=None, body=None):
        """The payload, or all of the answer when it has none."""
        status, _, text = self.send(method, path, self.headers(vin),
                                    None if body is None else json.dumps(body))
        if status not in (200, 202):
            raise Refused(status, text)
        answer = json.loads(text) if text else {}
        return answer.get("payload", answer)

    def headers(self, vin):
        reference = hmac.new(VERSION.encode(), self.session.guid.encode(), hashlib.sha256)
        headers = {
            "x-api-key": KEY, "API_KEY": KEY, "x-guid": self.session.guid,
            "guid": self.session.guid, "x-client-ref": reference.hexdigest(),
            "x-correlationid": str(uuid.uuid4()), "x-appversion": VERSION, "x-channel": "ONEAPP",
            "x-brand": self.brand, "x-region": "EU", "x-user-region": "EU",
            "authorization": f"Bearer {self.session.access}", "user-agent": "okhttp/4.10.0",
            "Content-Type": "application/json"}
        if self.brand != "T":
            headers |= {"x-appbrand": self.brand, "brand": self.brand}
        if vin:
            headers["vin"] = vin
        return headers

    def send(self, method, target, headers, body=None):
        connection = http.client.HTTPConnection(self.host, timeout=20)
        try:
            connection.request(method, target, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    # What it makes of them.

    def cars(self):
        return self.get("/v2/vehicle/guid")

    def read(self, car, days):
        """Everything of one car: {route: payload}; refusals are kept as they are."""
        flags, features = car["extendedCapabilities"], car["features"]
        electric = flags["econnectVehicleStatusCapable"] or car["evVehicle"]
        wanted = [
            (PLACE, flags["lastParkedCapable"] or features["lastParked"]),
            (HEALTH, True),
            (OLD_ELECTRIC, electric),
            (TELEMETRY, flags["telemetryCapable"]),
            (MESSAGES, True),
            (STATUS, flags["vehicleStatus"]),
            (SERVICE, features["serviceHistory"]),
            (CLIMATE_SETTINGS, flags["climateCapable"] or features["climateStartEngine"]),
            (CLIMATE, flags["climateCapable"] or features["climateStartEngine"]),
            (f"{TRIPS}?from={days[0]}&to={days[1]}&route=False&summary=True&limit=5&offset=0",
             True)]
        answers = {}
        for path, offered in wanted:
            if not offered:
                continue
            route = path.split("?")[0]
            try:
                answers[route] = self.get(path, car["vin"])
            except Refused as refused:
                answers[route] = refused
        return answers

    def charger(self, vin):
        """(level, range in km), as a charging controller wants them."""
        assert vin in [car["vin"] for car in self.cars()]
        payload = self.get(OLD_ELECTRIC, vin)
        shown = payload.get("evRangeWithAc") or payload["evRange"]
        assert shown["unit"] == "km", shown
        return payload["batteryLevel"], shown["value"]
