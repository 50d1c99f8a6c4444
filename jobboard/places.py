"""Where templates, static files and migrations stand: at a checkout's top, or inside an installed package."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_BESIDE = _PACKAGE.parent


def checkout_folder() -> Path | None:
    """The root of the checkout this package runs from, None when it was installed as a wheel."""
    return _BESIDE if (_BESIDE / "pyproject.toml").is_file() and (_BESIDE / "templates").is_dir() else None


def templates_folder() -> Path:
    return _found("templates")


def static_folder() -> Path:
    return _found("static")


def migrations_folder() -> Path:
    return _found("migrations")


def reference_folder() -> Path:
    """Reference tables and results of our own runs that ship with the package."""
    return _PACKAGE / "reference"


def _found(name: str) -> Path:
    return (checkout_folder() or _PACKAGE) / name
