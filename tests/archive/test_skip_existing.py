"""--skip-existing leaves what can be whole, and fetches anew what can't."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.archive.days import Night, calls_of, of_day, stored
from tests.harness import left_in

CALLS = calls_of(4)
SECOND = "2023-07-28.jsonl.gz"


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def no_gzip(path: Path) -> None:
    path.write_bytes(b'{"startTime": 1}\n')


def edited(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100] + b"\0" + path.read_bytes()[101:])


def bad_receipt(path: Path) -> None:
    Path(f"{path}.receipt.json").write_text("{}")


def receipt_of_another_range(path: Path) -> None:
    receipt = Path(f"{path}.receipt.json")
    found = json.loads(receipt.read_text())
    found["range"]["end"] -= 3600
    receipt.write_text(json.dumps(found))


@pytest.mark.parametrize("receipt", [(), ("--receipt",)], ids=["no receipt", "receipt"])
@pytest.mark.parametrize(
    ("damage", "reason", "needs_receipt"),
    [
        (empty, "it is empty", False),
        (cut, "", False),
        (no_gzip, "", False),
        (edited, "", False),
        (bad_receipt, "not a receipt that can be read", True),
        (receipt_of_another_range, "its receipt is of another range", True),
    ],
)
def test_a_file_that_can_not_be_whole_is_fetched_again_and_it_says_why(
    night: Callable[..., Night],
    here: Path,
    receipt: tuple[str, ...],
    damage: Callable[[Path], None],
    reason: str,
    needs_receipt: bool,
) -> None:
    if needs_receipt and not receipt:
        pytest.skip("it is about the receipt")
    now = night(CALLS, days=4)
    assert now.export(*receipt).code == 0
    before = {name: ((here / name).read_bytes(), (here / name).stat().st_mtime_ns) for name in left_in(here)}
    damage(here / SECOND)
    assert f"replace {SECOND}" in now.export(*receipt, "--skip-existing", "--dry-run").out
    found = now.summary(*receipt, "--skip-existing")
    again = {file["path"]: file["reason"] for file in found["files"] if not file["skipped"]}
    assert list(again) == [SECOND]
    assert reason in again[SECOND]
    assert len(now.sandbox.requests) <= 4
    after = {name: ((here / name).read_bytes(), (here / name).stat().st_mtime_ns) for name in left_in(here)}
    assert after.keys() == before.keys()
    assert [name for name in after if name.startswith("2023-07-28") is (after[name] == before[name])] == []
    assert stored(SECOND) == of_day(CALLS, 1)
    outcome = now.export(*receipt, "--skip-existing")
    assert "nothing to do: 4 files left as they were" in outcome.err
    assert "warning" not in outcome.err


def test_it_says_which_file_and_why(night: Callable[..., Night], here: Path) -> None:
    now = night(CALLS, days=4)
    assert now.export("--receipt").code == 0
    empty(here / SECOND)
    outcome = now.export("--skip-existing", "-q")
    assert outcome.err == f"nxcdr: warning: {SECOND} is not whole (it is empty): it is fetched again\n"
    assert (here / f"{SECOND}.receipt.json").exists()  # an archive's file that has a receipt keeps having one
    assert now.run("verify", SECOND).code == 0


def test_an_empty_day_of_json_lines_is_whole_if_its_receipt_says_so(night: Callable[..., Night]) -> None:
    now = night([], days=2)
    argv = ("--receipt", "--skip-existing")
    assert now.export(*argv, output="{date}.jsonl").code == 0
    assert now.summary(*argv, output="{date}.jsonl")["requests"] == 0


@pytest.mark.parametrize("receipt", [(), ("--receipt",)], ids=["no receipt", "receipt"])
def test_a_file_written_too_early_is_left_and_told_of_by_its_receipt_or_else_its_time(
    night: Callable[..., Night], here: Path, receipt: tuple[str, ...]
) -> None:
    now = night(CALLS, days=4, hour=0.5)
    assert now.export(*receipt).code == 0
    for path in here.iterdir():
        os.utime(path, (now.clock[0], now.clock[0]))
    now.clock[0] += 3600
    outcome = now.export("--skip-existing", "-q")
    assert outcome.code == 0
    assert outcome.err == (
        "nxcdr: warning: 2023-07-30.jsonl.gz was written before its calls had settled: the last ones may be missing "
        "(--refresh 3d fetches it again)\n"
    )


def test_a_file_of_a_wider_range_is_not_replaced_by_less(night: Callable[..., Night], here: Path) -> None:
    now = night(CALLS, days=4)
    output = "2023-07-27.jsonl"
    assert now.run("export", "2023-07-27..2023-07-29", "-o", output, "--receipt", "--raw").code == 0
    whole = (here / output).read_bytes()
    assert now.export("--skip-existing", span="2023-07-27", output="{date}.jsonl").code == 0
    assert (here / output).read_bytes() == whole


def test_folders_below_a_placeholder_are_made_and_no_others(night: Callable[..., Night], here: Path) -> None:
    now = night(CALLS, days=4)
    output = "cdr/{year}/{month}/{day}/calls-{date}.jsonl"
    outcome = now.export("--skip-existing", "--receipt", output=output)
    assert (outcome.code, now.sandbox.requests) == (6, [])
    assert "cdr does not exist" in outcome.err
    (here / "cdr").mkdir()
    assert now.export("--skip-existing", "--dry-run", output=output).code == 0
    assert left_in(here / "cdr") == []
    assert now.export("--skip-existing", "--receipt", output=output).code == 0
    names = [str(path.relative_to(here)) for path in sorted(here.rglob("*.jsonl"))]
    assert names == [f"cdr/2023/07/{day}/calls-2023-07-{day}.jsonl" for day in range(27, 31)]
    assert [call for name in names for call in stored(name)] == CALLS
    assert now.summary("--skip-existing", output=output)["requests"] == 0
    assert now.run("status", output).code == 0
    (here / "cdr" / "2024").write_text("a file")
    assert now.export(span="2023-07-27", output="cdr/2024/{profile}/x-{date}.jsonl").code == 6
