"""Documents say what is: every word, error, command and link of theirs exists, and what exists is in them."""

import importlib
import inspect
import os
import pkgutil
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import jobboard
from jobboard import cli, reference
from jobboard.base.choice import Choice
from jobboard.base.errors import BoardError
from jobboard.demonstration import content, people
from jobboard.web.errors import CODES

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
ENDLESS = {"run", "serve", "work"}


def every(kind: type) -> list[type]:
    """All subclasses in the package."""
    for module in pkgutil.walk_packages(jobboard.__path__, "jobboard."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    waiting, found = [kind], set()
    while waiting:
        new = {sub for sub in waiting.pop().__subclasses__() if sub.__module__.startswith("jobboard.")} - found
        found |= new
        waiting += new
    return sorted(found, key=lambda one: one.__name__)


def text(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def test_the_glossary_lists_every_closed_list_with_its_codes_and_labels() -> None:
    sections = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##)", text("glossary.md"), re.MULTILINE | re.DOTALL))
    lists = [one for one in every(Choice) if issubclass(one, Choice)]
    assert sorted(sections) == [one.__name__ for one in lists]
    for one in lists:
        rows = re.findall(r"^\| `(.*?)` \| (.*?) \|$", sections[one.__name__], re.MULTILINE)
        assert rows == [(str(member), member.label or "―") for member in one], one.__name__
        assert re.match(r"[^|\n]*。\n", sections[one.__name__]), one.__name__


def test_the_glossary_lists_every_error_with_what_a_browser_is_answered() -> None:
    errors = text("glossary.md").partition("## 誤りの名前")[2]
    rows = {name: answer for name, _, answer in re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", errors, re.MULTILINE)}
    known = every(BoardError)
    assert sorted(rows) == [one.__name__ for one in known]
    for one in known:
        code = next((code for kind, code in CODES.items() if issubclass(one, kind)), None)
        assert rows[one.__name__] == (str(code) if code else "―"), one.__name__


def commands(group: click.Group, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)
        else:
            yield (*path, name), command


def test_every_command_is_documented_with_its_arguments_and_options_and_no_other_is() -> None:
    rows = re.findall(r"^\| `jobboard ([a-z ]+?)((?: [A-Z]+)*)` \| (.*) \|$", text("commands.md"), re.MULTILINE)
    documented = {tuple(name.split()): [*arguments.split(), meaning] for name, arguments, meaning in rows}
    known = dict(commands(cli.jobboard))
    assert set(documented) == set(known)
    for path, command in known.items():
        *arguments, meaning = documented[path]
        assert arguments == [(p.name or "").upper() for p in command.params if isinstance(p, click.Argument)], path
        for option in (p for p in command.params if isinstance(p, click.Option)):
            assert f"`{option.opts[0]}" in meaning, (path, option.opts)


def shell_lines() -> list[tuple[str, str]]:
    blocks = ((page, block) for page in PAGES for block in re.findall(r"```sh\n(.*?)```", page.read_text("utf-8"), re.DOTALL))
    return [(page.name, line) for page, block in blocks for line in block.splitlines() if line.strip()]


def test_the_commands_in_the_documents_run(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [name for name in os.environ if name.startswith("JOBBOARD_")]:
        monkeypatch.delenv(variable)
    for name, value in {
        "DEMO": "1", "DATABASE_URL": sqlite_url, "INSTANCE_DIR": str(tmp_path), "QUEUE_URL": f"sqlite:///{tmp_path}/q",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"JOBBOARD_{name}", value)
    ran = 0
    for page, line in shell_lines():
        program, *arguments = shlex.split(line)
        if program == "make":
            done = subprocess.run(["make", "-n", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
            assert done.returncode == 0, (page, line, done.stderr)
        elif program == "jobboard" and arguments[0] not in ENDLESS:
            assert cli.main(arguments) == 0, (page, line)
            ran += 1
        else:
            assert program == "jobboard" and arguments[0] in dict(cli.jobboard.commands), (page, line)
    assert ran >= 6


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_document_leads_to_a_file_that_is_there(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://")):
            assert (page.parent / target).exists(), target


def test_every_folder_that_the_readme_names_is_there() -> None:
    layout = (ROOT / "README.md").read_text(encoding="utf-8").partition("## 置き場所")[2]
    folders = re.findall(r"`([a-z_/]+/)`", layout)
    assert len(folders) > 8
    assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []


def test_what_is_said_of_the_demonstration_is_so() -> None:
    said = text("operations.md")
    towns = content.towns()
    assert f"{len(towns)}の架空の市区町村と{sum(len(town.stories) for town in towns)}件の募集" in said
    for address, role in people.SHOWN:
        assert f"| `{address}` | {role} |" in said
    assert f"`{people.PASSWORD}`" in said


def test_reference_data_ships_with_its_provenance() -> None:
    folder = Path(inspect.getfile(reference)).parent
    provenance = (folder / "PROVENANCE.md").read_text(encoding="utf-8")
    for file in folder.glob("*.csv"):
        assert f"## {file.name}" in provenance
        for column in file.read_text(encoding="utf-8").partition("\n")[0].split(","):
            assert re.search(rf"\b{column}\b", provenance), column


def test_each_decision_has_a_number_of_its_own_that_its_heading_repeats() -> None:
    files = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [file.name[:4] for file in files]
    assert len(set(numbers)) == len(numbers)
    for file in files:
        assert file.read_text(encoding="utf-8").startswith(f"# {file.name[:4]} "), file.name
