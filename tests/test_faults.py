"""The list of planted faults is sound, and each of them makes its test fail."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults import FAULTS, Fault

ROOT = Path(__file__).parents[1]
COPIED = ("jobboard", "benchmarks", "templates", "static", "migrations", "tests", "docs", "pyproject.toml", "README.md", "Makefile", "wsgi.py")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_can_still_be_planted(fault: Fault) -> None:
    assert (ROOT / fault.file).read_text(encoding="utf-8").count(fault.sound) == 1
    assert fault.broken != fault.sound and (ROOT / fault.sees).is_file()


@pytest.mark.long
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_planted_fault_makes_its_test_fail(fault: Fault, tmp_path: Path) -> None:
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy(source, tmp_path / name)
    file = tmp_path / fault.file
    file.write_text(file.read_text(encoding="utf-8").replace(fault.sound, fault.broken), encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-m", fault.marks, "-k", fault.only, fault.sees],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert run.returncode == 1 and "failed" in run.stdout, run.stdout[-3000:] + run.stderr[-1000:]
