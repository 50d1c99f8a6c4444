"""What this machine cannot run is said loudly at the end, and never counted as passed."""

from collections import Counter
from typing import NoReturn

import pytest

MARK = "NOT RUN: "


def not_run(reason: str) -> NoReturn:
    """Ends the present test as not run. `reason` names what is absent and how to get it."""
    pytest.skip(MARK + reason)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reasons: Counter[str] = Counter()
    for report in terminalreporter.getreports("skipped"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if MARK in reason:
            reasons[reason.partition(MARK)[2]] += 1
    if not reasons:
        return
    terminalreporter.section("NOT RUN", red=True, bold=True)
    for reason, count in sorted(reasons.items()):
        terminalreporter.line(f"NOT RUN ({count} tests): {reason}", red=True)
