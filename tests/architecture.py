"""The floors of the package, as a function of the folder it stands in. Each broken law is one sentence."""

import ast
import graphlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "jobboard"
FILE_LINES, FUNCTION_LINES = 300, 45

# What each part may import of ours. A part that is not named here is the roof: it may import everything,
# and nothing named here may import it.
SETTINGS = {"places", "settings", "setting_values", "config"}
LAW: dict[str, set[str]] = {
    "base": set(),
    "models": {"base"},
    "domain": {"base", "models"},
    "mailer": {"base"},
    "fetcher": {"base"},
    **{name: {"base", *SETTINGS} for name in SETTINGS},
    "database": {"base", "models", *SETTINGS},
    "web": {"base", "models", "domain", "database", "mailer", *SETTINGS},
}
BELOW_WEB = {"base", "models", "domain"}
WEB_LIBRARIES = ("flask", "werkzeug", "wtforms")
CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}


@dataclass(frozen=True)
class Module:
    name: str  # with dots
    path: Path
    tree: ast.Module
    lines: int

    @property
    def part(self) -> str:
        """The folder or file below the package; the package's own __init__ is called create_app."""
        return self.name.split(".")[1] if "." in self.name else "create_app"


def violations(root: Path) -> list[str]:
    """Every broken law in the checkout at `root`."""
    modules = {module.name: module for module in _modules(root)}
    found = [*_cycles(modules)]
    for module in modules.values():
        found += _floors(module, modules)
        found += _outside(module)
        found += _steps(module)
        found += _sizes(module)
        if module.path.name == "__init__.py" and not ast.get_docstring(module.tree):
            found.append(f"{module.name} has no docstring: a folder says its law")
    templates = ((path, len(path.read_text("utf-8").splitlines())) for path in root.glob("templates/**/*.*"))
    found += [f"{path.relative_to(root)} has {lines} lines" for path, lines in templates if lines > FILE_LINES]
    return sorted(found)


def _modules(root: Path) -> Iterator[Module]:
    for path in sorted((root / PACKAGE).rglob("*.py")):
        parts = list(path.relative_to(root).with_suffix("").parts)
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        text = path.read_text("utf-8")
        yield Module(name, path, ast.parse(text), len(text.splitlines()))


def _floors(module: Module, modules: dict[str, Module]) -> Iterator[str]:
    if module.part not in LAW:
        return
    for target in sorted(_imports(module, modules)):
        part = modules[target].part
        if part != module.part and part not in LAW[module.part]:
            yield f"{module.name} imports {target}: {module.part} must not know {part}"


def _cycles(modules: dict[str, Module]) -> Iterator[str]:
    graph = {name: _imports(module, modules, typing=False) - {name} for name, module in modules.items()}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        yield "imports in a circle: " + " -> ".join(error.args[1])


def _imports(module: Module, modules: dict[str, Module], *, typing: bool = True) -> set[str]:
    """Modules of ours that this one imports, at its top or within a function.

    Without `typing`, not those below `if TYPE_CHECKING`: two rows that refer to each other name each other's type.
    """
    unread = set() if typing else _typing_only(module)
    named = {name for node in ast.walk(module.tree) if node not in unread for name in _named(node, module)}
    return {name if name in modules else name.rpartition(".")[0] for name in named} & set(modules)


def _typing_only(module: Module) -> set[ast.AST]:
    blocks = (node for node in ast.walk(module.tree) if isinstance(node, ast.If))
    typing = (block for block in blocks if isinstance(block.test, ast.Name) and block.test.id == "TYPE_CHECKING")
    return {node for block in typing for statement in block.body for node in ast.walk(statement)}


def _named(node: ast.AST, module: Module) -> Iterator[str]:
    """Full names that one import statement asks for: `from a import b` may mean a.b or a's own b."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        origin = node.module or ""
        if node.level:
            package = module.name.split(".")
            climb = node.level - (module.path.name == "__init__.py")
            origin = ".".join([*package[: len(package) - climb], *([origin] if origin else [])])
        yield from (f"{origin}.{alias.name}" for alias in node.names)


def _outside(module: Module) -> Iterator[str]:
    if module.part not in BELOW_WEB:
        return
    banned = WEB_LIBRARIES + (("sqlalchemy",) if module.part == "base" else ())
    for library in sorted({name.split(".")[0] for node in ast.walk(module.tree) for name in _named(node, module)}):
        if library.startswith(banned):
            yield f"{module.name} imports {library}: it is not for {module.part}"


def _steps(module: Module) -> Iterator[str]:
    """Domain functions are handed the time, and leave the end of the transaction to their caller."""
    if module.part not in {"models", "domain"}:
        return
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        owner = node.func.value
        name = owner.attr if isinstance(owner, ast.Attribute) else owner.id if isinstance(owner, ast.Name) else ""
        if (name, node.func.attr) in CLOCKS:
            yield f"{module.name}:{node.lineno} reads the clock: take `now` as an argument"
        if name == "session" and node.func.attr in {"commit", "rollback"}:
            yield f"{module.name}:{node.lineno} ends the transaction: its caller does"


def _sizes(module: Module) -> Iterator[str]:
    if module.lines > FILE_LINES:
        yield f"{module.name} has {module.lines} lines: split it by concept (at most {FILE_LINES})"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES:
                yield f"{module.name}.{node.name} has {lines} lines (at most {FUNCTION_LINES})"
