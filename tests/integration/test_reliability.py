"""Everything that goes wrong, against the built program: one case per fault, and a table of what
Home Assistant saw, how long it took to recover, and what it cost."""

import unittest

from reliability_account import *  # noqa: F403 (the cases)
from reliability_broker import *  # noqa: F403
from reliability_cars import *  # noqa: F403
from reliability_cloud import *  # noqa: F403
from reliability_condition import *  # noqa: F403
from reliability_host import *  # noqa: F403
from reliability_hostile import *  # noqa: F403


if __name__ == "__main__":
    unittest.main()
