"""What all tests share. Fixtures live in the modules named here."""

pytest_plugins = [
    "tests.garbage", "tests.compiled", "tests.not_run", "tests.databases", "tests.browsers", "tests.cast", "tests.mailroom",
    "tests.accessibility_results", "tests.demonstrations", "tests.filled",
]  # fmt: skip
