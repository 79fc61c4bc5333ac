"""One bridge against a cloud whose answers a test writes: what is kept on the broker, said by
`/ready` and logged.

    with FieldWorld([BEV, HYBRID]) as world:
        world.cloud.say({"/v3/telemetry": telemetry(odometer=30420)}, vin=HYBRID["vin"])
        world.start()
        world.first_state(HYBRID)["odometer"]             # the car's state on the broker
        world.cloud.say({"/v3/telemetry": telemetry(odometer=0)}, vin=HYBRID["vin"])
        world.read_again(HYBRID)["odometer"]              # after the next whole reading

The cars stand still: what a test does not say stays as it is. A car is a dictionary with `kind`
(a kind of the simulator), `vin`, and whatever its entry of the vehicle list shall say otherwise.
`overlay` has the form of docs/simulator.md, *Overlays*.
"""

import datetime
import json
import re
import tempfile
import urllib.error
import urllib.request

from harness import World, car_id, wait_for
from overlay_cloud import OverlayCloud
from rest_client import ADMIN, ADMIN_PASSWORD, password_hash

BEV = {"kind": "bz4x", "vin": "JTMTEST0000000001", "nickName": "Volt"}
HYBRID = {"kind": "corolla", "vin": "JTMTEST0000000002", "nickName": "Amber"}
PLUG_IN = {"kind": "rav4", "vin": "JTMTEST0000000003", "nickName": "Moss"}
KINDS = ("rav4", "bz4x", "corolla", "aygo", "rz", "solterra")  # by number, as overlays name them
TELEMETRY = "/v3/telemetry"
ELECTRIC = "/v1/vehicle/electric/status"
STATUS = "/v1/vehicle/status"
PLACE = "/v1/location"
TRIPS = "/v1/trips"
SERVICE = "/v1/servicehistory/vehicle/summary"
CAR_LIST = "/v2/vehicle/guid"


def ago(**before):
    """A time of the cloud, so long before now: ago(minutes=10)."""
    return utc(datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(**before))


def utc(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def kind_of(vehicle):
    kind = vehicle.get("kind", vehicle.get("@kind", "bz4x"))
    return KINDS[kind] if isinstance(kind, int) else kind


def scenario_of(vehicles, stands_since=None):
    """Cars that came home two hours before a time, and stand there from then on. Without a time it is
    now, and they do the same every day."""
    weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    home = stands_since or datetime.datetime.now(datetime.timezone.utc)
    if home.hour < 5:  # the drives are of one day
        home -= datetime.timedelta(hours=home.hour + 1)
    def at(hours):
        return (home + datetime.timedelta(hours=hours)).strftime('"%H:%M"')
    days = ", ".join([weekdays[home.weekday()]] if stands_since else weekdays)
    drives = (f"[{{days: [{days}], spread: 0, leave: {at(-4)}, to: work, km: 5}}, "
              f"{{days: [{days}], spread: 0, leave: {at(-2.5)}, to: home}}]")
    lines = ["about: Cars that stand still.", "cars:"]
    for one in vehicles:
        kind = kind_of(one)
        charging = "" if kind in ("corolla", "aygo") else f", charging: {{from: {at(-2)}}}"
        lines.append(f"  - {{kind: {kind}, drives: {drives}{charging}}}")
    return "\n".join(lines) + "\n"


class FieldWorld(World):
    """`vehicles`: the account's cars. `overlay`: {"routes", "by_vin", "after_password"}.
    `stands_since`: a time of the last six days; what the simulator itself says of the cars is older."""

    def __init__(self, vehicles, overlay=None, simulator_options=(), stands_since=None):
        self.vehicles = vehicles
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as scenario:
            scenario.write(scenario_of(vehicles, stands_since))
            scenario.flush()
            super().__init__("--scenario", scenario.name, *simulator_options)
        simulated = [car["vin"] for car in self.cars()]
        named = [one.get("vin", vin) for one, vin in zip(vehicles, simulated)]
        self.cloud = OverlayCloud(self.simulator.url, dict(zip(simulated, named)))
        self.show_list(vehicles)
        self.overlay(overlay or {})
        self.settings["toyota"] = {"login_url": self.cloud.url, "api_url": self.cloud.url}
        self.settings["polling"] = {}  # a test says when the cars are read
        # With a user there is a REST interface, and so /ready.
        self.settings["web"]["users"] = [f"{ADMIN}:{password_hash(ADMIN_PASSWORD)}"]
        self.before_start = {}         # VIN: whole readings before the newest start

    def __exit__(self, kind, value, trace):
        super().__exit__(kind, value, trace)
        self.cloud.close()

    def use_abrp(self, *cars):
        """ABRP gets these cars' values; world.cloud.abrp holds what arrived."""
        tokens = [car["abrp_token"] for car in self.cars()]
        self.settings["abrp"] = {"api_key": "sim-key", "url": self.cloud.url}
        self.settings["vehicles"] = [
            {"vin": one["vin"], "abrp_token": token}
            for one, token in zip(self.vehicles, tokens) if one in cars]

    def show_list(self, vehicles):
        """The list of cars shows these, in this order, with what they say of themselves."""
        def changed(body):
            listed = json.loads(body)
            if not isinstance(listed.get("payload"), list):
                return body
            known = {entry["vin"]: entry for entry in listed["payload"]}
            listed["payload"] = [known[one["vin"]] | said_of(one) for one in vehicles
                                 if one["vin"] in known]
            return json.dumps(listed).encode()
        self.cloud.say({CAR_LIST: changed})

    def overlay(self, overlay):
        """Adds the answers of an overlay; "routes": None forgets all that was said."""
        if "routes" in overlay and overlay["routes"] is None:
            self.cloud.forget()
            self.show_list(self.vehicles)
        self.cloud.say(overlay.get("routes") or {})
        for vin, routes in overlay.get("by_vin", {}).items():
            self.cloud.say(routes, vin)
        if "after_password" in overlay:
            self.cloud.after_password(overlay["after_password"])

    # What the owner would see.

    def topic(self, car, last):
        return f"toyota2mqtt/{car_id(car['vin'])}/{last}"

    def car_state(self, car):
        return self.watcher.json(self.topic(car, "state"))

    def diagnostics(self, car):
        return self.watcher.json(self.topic(car, "diagnostics"))

    def place(self, car):
        return self.watcher.json(self.topic(car, "location"))

    def bridge_state(self):
        return self.watcher.json("toyota2mqtt/bridge/state")

    def account_status(self):
        """The state of the only account."""
        return next((value for key, value in (self.bridge_state() or {}).items()
                     if key.startswith("status_") and not key.endswith("_attributes")), None)

    def wait_for_abrp(self, condition, limit=60):
        """The first point that ABRP got for which the condition holds."""
        return wait_for(lambda: [one for one in list(self.cloud.abrp) if condition(one)],
                        "ABRP to get a point", limit)[0]

    def discovery(self):
        """The discovery document of each device, by its topic."""
        return {topic: json.loads(payload) for topic, payload in self.watcher.retained().items()
                if re.fullmatch(r"homeassistant/device/[^/]+/config", topic)}

    def start(self):
        self.before_start = {car["vin"]: self.whole_readings(car["vin"]) for car in self.vehicles}
        return super().start()

    def first_state(self, car, limit=60):
        """The car's state after its first whole reading since the newest start."""
        self.wait_for_readings(car["vin"], before=self.before_start, limit=limit)
        return wait_for(lambda: self.car_state(car), "the car's state", limit)

    def read_again(self, car, limit=60):
        """Makes the running bridge read the car; its state after that."""
        before = {car["vin"]: self.whole_readings(car["vin"])}
        self.publish(self.topic(car, "reading/set"), "ON")
        self.wait_for_readings(car["vin"], before=before, limit=limit)
        return self.car_state(car)

    # What the program says of itself.

    def ready(self, bridge):
        """/ready of the REST interface: {"status", "parts": [{"name", "status", "reason"}, …]}."""
        try:
            with urllib.request.urlopen(self.web(bridge) + "/api/v1/ready", timeout=10) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as problem:  # 503: something is down
            with problem:
                return json.loads(problem.read())

    def log_lines(self, bridge, words):
        """The lines of the log in which the pattern is found."""
        return [line for line in bridge.output().splitlines() if re.search(words, line)]


def said_of(vehicle):
    return {key: value for key, value in vehicle.items() if key not in ("kind", "@kind")}


# Bodies of the usual shapes, for the values that a test is about.


def telemetry(at=None, unit="km", **values):
    """Envelope B; odometer as {"value", "unit"}, everything else as given."""
    payload = {"fuelType": "B", "timestamp": at or ago(minutes=5)} | values
    if "odometer" in values:
        payload["odometer"] = {"value": values["odometer"], "unit": unit}
    return {"payload": payload, "status": "SUCCESS", "code": 200, "message": "Ok", "errors": []}


def electric(at=None, **values):
    """Envelope A; values by the cloud's names."""
    return {"payload": {"chargingStatus": "none", "lastUpdateTimestamp": at or ago(minutes=5)}
            | values}


def place(latitude, longitude, at=None):
    at = at or ago(minutes=5)
    return {"payload": {"lastTimestamp": at,
                        "vehicleLocation": {"latitude": latitude, "longitude": longitude,
                                            "locationAcquisitionDatetime": at}},
            "status": "SUCCESS", "code": 200, "message": "Ok", "errors": []}
