"""Imports point down: each module has its layer, and imports only from layers below or, among the leaves, beside it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "syndetect"

LEAVES = {"banding", "errors", "schema", "settings", "text", "addresses", "times", "utf8", "memory"}
# Vectors of texts, by a model the user names: optional, imported only by the pipeline, and only when asked for.
OPTIONAL = {"embeddings"}
STAGES = {
    "crawl", "extract", "claims", "boilerplate", "signatures", "candidates", "verify", "anchors", "stories",
    "provenance", "survivors", "store", "judgements",
}  # fmt: skip
ABOVE = ["report", "match", "dedup", "archive", "pipeline"]
TOP = {"cli", "startup", "__main__", "__init__"}

# Stages never import one another, but for a kernel that two of them share.
SHARED_KERNELS = {("verify", "signatures")}


def imports_of(path: Path) -> set[str]:
    """First names below syndetect that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        found |= {name.split(".")[1] for name in names if name.startswith("syndetect.")}
    return found


def allowed(module: str) -> set[str]:
    if module in LEAVES:
        return LEAVES
    if module in OPTIONAL:
        return LEAVES | OPTIONAL
    if module == "pipeline":
        return LEAVES | STAGES | OPTIONAL | set(ABOVE)
    if module in STAGES:
        return LEAVES | {module} | {other for one, other in SHARED_KERNELS if one == module}
    if module in ABOVE:
        return LEAVES | STAGES | set(ABOVE[: ABOVE.index(module) + 1])
    return LEAVES | STAGES | set(ABOVE) | TOP


def modules() -> set[str]:
    return {
        p.stem if p.is_file() else p.name
        for p in PACKAGE.iterdir()
        if p.suffix == ".py" or (p / "__init__.py").exists()
    }


def test_every_module_has_its_place() -> None:
    assert modules() == LEAVES | STAGES | OPTIONAL | set(ABOVE) | TOP


def test_imports_point_down() -> None:
    wrong = []
    for path in sorted(PACKAGE.rglob("*.py")):
        module = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        names = imports_of(path) & (modules() - TOP)
        wrong += [f"{path.relative_to(PACKAGE)} imports {name}" for name in sorted(names - allowed(module))]
    assert not wrong


def test_modules_stay_short() -> None:
    lengths = {
        str(p.relative_to(PACKAGE)): len(p.read_text(encoding="utf-8").splitlines()) for p in PACKAGE.rglob("*.py")
    }
    assert {name: n for name, n in lengths.items() if n > 400} == {}


def test_the_command_line_starts_without_duckdb_or_numba() -> None:
    code = (
        "import sys, syndetect.cli; heavy = {'duckdb', 'numba', 'polars', 'datasketch', 'pyarrow'} & set(sys.modules);"
        "print(sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
