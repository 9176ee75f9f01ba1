"""What is imported is declared, and what is declared is imported."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULES = {"python-dateutil": "dateutil", "XlsxWriter": "xlsxwriter"}  # where the name to import is another
OF_STORES = {"paramiko"}  # installed by who needs it, as the error says
BY_NAME = {"keyring"}  # imported by name, since the extra may not be installed


def imported() -> set[str]:
    """The packages that the code imports, other than its own and Python's; not those that only a type checker sees."""
    found: set[str] = set()
    for path in (ROOT / "nxcdr").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - {"nxcdr", "_typeshed"}


def declared(*extras: str) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(one for name in extras for one in project["optional-dependencies"][name])]
    names = {re.split(r"[<>=;\[ ]", requirement)[0] for requirement in wanted}
    return {MODULES.get(name, name) for name in names}


def test_imported_packages_are_declared_and_declared_ones_imported() -> None:
    assert imported() - OF_STORES | BY_NAME == declared("keyring", "parquet", "xlsx", "remote", "cluster")
    assert not BY_NAME & declared()


def test_every_dependency_has_a_lower_bound_and_one_below_the_next_version_that_may_break_us() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for requirement in project["dependencies"]:
        assert re.match(r"[a-z0-9-]+>=[0-9.]+(,<[0-9]+$|; )", requirement), requirement
