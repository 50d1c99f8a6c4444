"""単票 on paper: LibreOffice makes one A4 page of it, with every value on that page, and its own copy reads back."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from jobboard.domain.sheets_form import write_forms
from jobboard.domain.sheets_opening import open_sheets
from jobboard.domain.sheets_reading import read_sheets
from jobboard.domain.sheets_writing import Entry
from tests.cast import COMPLETE
from tests.domain.test_sheets import assert_same
from tests.not_run import not_run

LONG = {**COMPLETE, "duties": ["業務を具体的に書きます。" * 300 + "終わりの印"], "background": ["背景\n" * 60]}


def converted(source: Path, kind: str) -> Path:
    program = shutil.which("soffice")
    if program is None:
        not_run("LibreOffice is absent: apt-get install libreoffice-calc")
    folder = source.parent / kind
    home = f"-env:UserInstallation=file://{source.parent}/home"
    command = [program, home, "--headless", "--convert-to", kind, "--outdir", str(folder), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return folder / f"{source.stem}.{kind}"


@pytest.mark.long
def test_each_form_is_one_a4_page_and_libreoffice_s_own_copy_of_it_reads_back(tmp_path: Path) -> None:
    entries = [Entry("宮城県青葉市", "042021", COMPLETE), Entry("宮城県青葉市", "042021"), Entry("宮城県青葉市", "042021", LONG)]
    form = tmp_path / "form.xlsx"
    form.write_bytes(write_forms(entries))
    printed = converted(form, "pdf").read_bytes()
    boxes = re.findall(rb"/MediaBox ?\[ ?0 0 ([\d.]+) ([\d.]+) ?\]", printed)
    assert {(round(float(width)), round(float(height))) for width, height in boxes} == {(595, 842)}
    assert len(re.findall(rb"/Type ?/Page\b", printed)) == 3
    rows = read_sheets(open_sheets(converted(form, "xlsx").read_bytes())).rows
    for row, draft in zip(rows, (COMPLETE, {}, LONG), strict=True):
        assert_same(row, draft)
