"""Which environment variables the code reads, found in its syntax: shared by the tests of compose and of the guide."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = ROOT / "katingan_portal" / "settings.py"


@dataclass(frozen=True)
class Read:
    """One place that asks the environment. default: the literal given in the code, None where there is none."""

    name: str
    default: str | None


def reads_of(path: Path) -> list[Read]:
    """Every `os.environ.get(…)`, `os.environ[…]` (read) and `os.getenv(…)` of one file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [read for node in ast.walk(tree) if (read := _read(node)) is not None]


def defaults_of_settings() -> dict[str, str | None]:
    return {read.name: read.default for read in reads_of(SETTINGS)}


def _read(node: ast.AST) -> Read | None:
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("os.environ.get", "os.getenv", "environ.get"):
        return Read(_text(node.args[0]) or ast.unparse(node.args[0]), _text(node.args[1]) if node.args[1:] else None)
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and ast.unparse(node.value) == "os.environ":
        return Read(_text(node.slice) or ast.unparse(node.slice), None)
    return None


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
