"""What all tests share. Fixtures live in the modules named here."""

import os

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # hundreds of processes that tests start would each compile the programs anew

pytest_plugins = [
    "tests.garbage", "tests.compiled", "tests.not_run", "tests.databases", "tests.browsers", "tests.cast", "tests.mailroom",
    "tests.accessibility_results", "tests.demonstrations", "tests.filled",
]  # fmt: skip
