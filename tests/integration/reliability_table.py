"""The one table of the reliability suite, and what its cases have in common."""

import atexit
import os
import time

from fault_table import Table
from harness import LONG, car_id

# One table for all cases, or one for each when they run side by side.
TABLE = Table("reliability" + os.environ.get("T2M_CASE", ""))
# At the end of the process: unittest ends a module when it leaves the file in which its cases stand,
# and they stand in several.
atexit.register(lambda: TABLE.rows and TABLE.finish())
ALL_WELL = "every value, online"
NUDGE_EVERY = 5.0  # s: often enough, and no flood of readings
NUDGED = {}
SOON = 900 if LONG else 60  # s; until the schedule has read a car again
KILOMETRES = 1.1  # some cars report whole kilometres or miles


def row(test, fault, measure, seen, recovered=None):
    """Adds a row, and holds the fault to the rule that it costs one sign-in at most."""
    during, after = measure.sign_ins()
    test.assertLessEqual(during, 1, f"sign-ins during: {fault}")
    test.assertLessEqual(after, 1, f"sign-ins after: {fault}")
    TABLE.add(fault, seen, recovered or f"{measure.seconds():.1f} s", measure.requests(),
              during + after)


def nudge(world, *vins):
    """What the owner does who does not want to wait for the next reading: in the long form nobody
    does it, and the schedule alone brings the news."""
    if LONG:
        return
    for vin in vins:
        last = NUDGED.get((id(world), vin), 0.0)
        if time.monotonic() - last < NUDGE_EVERY:
            continue
        NUDGED[(id(world), vin)] = time.monotonic()
        world.publish(f"toyota2mqtt/{car_id(vin)}/reading/set", "ON")


def caught_up(world, vin):
    """Whether the broker holds what the car really has on its clock."""
    truth = next(car for car in world.cars() if car["vin"] == vin)
    state = world.state_of(vin)
    return bool(state) and abs(state["odometer"] - truth["odometer_km"]) < KILOMETRES
