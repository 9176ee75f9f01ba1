"""Values of options are what Typer makes of them, without what Typer loads for it."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import typer

from nxcdr.cli.app import app
from nxcdr.cli.coercion import without_pydantic
from nxcdr.cli.query import QueryFormat
from tests.harness import DAY, Program, Serve, some_calls

VALUES: list[tuple[str, Any]] = [
    ("limit", "7"),
    ("limit", "-7"),
    ("limit", "07"),
    ("limit", " 7"),
    ("limit", "7.0"),
    ("limit", "1_000"),
    ("limit", "٣"),
    ("limit", "9" * 30),
    ("limit", "x"),
    ("limit", 50),
    ("rate", "0.5"),
    ("rate", "5"),
    ("rate", "1e3"),
    ("rate", "x"),
    ("form", "json"),
    ("form", "JSON"),
    ("form", "xml"),
    ("form", QueryFormat.CSV),
    ("direction", "aicc"),
    ("caller", ""),
    ("caller", "85221"),
    ("caller", None),
    ("phrase", ("last", "7", "days")),
    ("phrase", None),
    ("answered", True),
    ("verbose", 2),
]


def outcome(name: str, value: Any, *, plainly: bool) -> object:
    group: Any = typer.main.get_command(app)
    command = (without_pydantic(group) if plainly else group).commands["query"]
    param = next(param for param in command.params if param.name == name)
    param.callback = None
    with typer.Context(command) as context:
        try:
            found = param.process_value(context, value)
        except typer.TyperException as error:
            return error.format_message()
    return type(found), found if not isinstance(found, tuple) else list(found)


@pytest.mark.parametrize(("name", "value"), VALUES)
def test_a_value_is_what_typer_makes_of_it(name: str, value: Any) -> None:
    assert outcome(name, value, plainly=True) == outcome(name, value, plainly=False)


def test_a_query_does_not_load_pydantic(serve: Serve, nxcdr: Program) -> None:
    serve(some_calls(10))
    assert nxcdr("query", DAY).code == 0
    script = (
        "import sys; from nxcdr.cli.app import main; "
        f"code = main(['query', {DAY!r}, '--limit', '5', '-f', 'csv', '--rate', '50']); "
        "sys.exit(code or 'pydantic' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert found.returncode == 0, found.stderr
