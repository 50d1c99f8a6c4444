"""What was imported and collected stays until the end: the collector of cycles need not walk it again for every test.

A fifth of the suite's time went into walking it. What tests themselves leave behind is collected as ever, less often.
"""

import gc

import pytest


def pytest_collection_finish(session: pytest.Session) -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
