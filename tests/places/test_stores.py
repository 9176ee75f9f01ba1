"""Files in object stores and on file servers: as in a folder, but for where they are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from nxcdr.sandbox import Request
from tests.archive.days import ARCHIVE, Night, calls_of, of_day
from tests.harness import DAY, Program, Serve, some_calls
from tests.places.conftest import skip_unless_there
from tests.places.stores import Store
from tests.readme.blocks import blocks


def test_a_file_has_the_same_bytes_as_one_of_this_machine(
    serve: Serve, nxcdr: Program, store: Store, here: Path, cache: Path
) -> None:
    serve(some_calls(250))
    assert nxcdr("export", DAY, "-o", "x.csv.gz").code == 0
    outcome = nxcdr("export", DAY, "-o", f"{store.url}x.csv.gz", "--receipt", "--json")
    assert outcome.code == 0, outcome.err
    assert f"done: {store.url}x.csv.gz: 250 calls" in outcome.err
    file = json.loads(outcome.out)["files"][0]
    assert (file["path"], file["action"], file["rows"]) == (f"{store.url}x.csv.gz", "write", 250)
    assert store.names() == ["x.csv.gz", "x.csv.gz.receipt.json"]
    assert store.read("x.csv.gz") == (here / "x.csv.gz").read_bytes()
    receipt = json.loads(store.read("x.csv.gz.receipt.json"))
    assert (receipt["file"]["name"], receipt["file"]["sha256"]) == ("x.csv.gz", file["sha256"])
    assert list(cache.iterdir()) == []
    verified = nxcdr("verify", f"{store.url}x.csv.gz")
    assert (verified.code, verified.err) == (0, f"{store.url}x.csv.gz: OK, 250 rows\n")


def test_a_file_that_is_there_is_an_error_before_the_first_request_unless_it_may_be_replaced_or_left(
    serve: Serve, nxcdr: Program, store: Store
) -> None:
    sandbox = serve(some_calls(3))
    store.write("x.csv", b"theirs")
    outcome = nxcdr("export", DAY, "-o", f"{store.url}x.csv")
    assert (outcome.code, sandbox.requests) == (6, [])
    assert f"{store.url}x.csv exists already" in outcome.err
    outcome = nxcdr("export", DAY, "-o", f"{store.url}x.csv", "--skip-existing")
    assert (outcome.code, sandbox.requests, store.read("x.csv")) == (0, [], b"theirs")
    plan = nxcdr("export", DAY, "-o", f"{store.url}x.csv", "--overwrite", "--dry-run", "--json")
    assert (plan.code, sandbox.requests) == (0, [])
    file = json.loads(plan.out)["files"][0]
    assert (file["path"], file["action"]) == (f"{store.url}x.csv", "replace")
    assert nxcdr("export", DAY, "-o", f"{store.url}x.csv", "--overwrite").code == 0
    assert store.read("x.csv").count(b"\n") == 4
    assert store.names() == ["x.csv"]


def test_a_file_that_another_program_puts_there_meanwhile_is_not_replaced(
    serve: Serve, nxcdr: Program, store: Store
) -> None:
    sandbox = serve(some_calls(250))

    def put(_: Request) -> None:
        store.write("x.csv", b"theirs")

    sandbox._observe = put
    assert nxcdr("export", DAY, "-o", f"{store.url}x.csv").code == 6
    assert store.read("x.csv") == b"theirs"
    sandbox._observe = None
    sandbox.requests.clear()
    assert nxcdr("export", DAY, "-o", f"{store.url}x.csv", "--overwrite").code == 0
    assert (sandbox.requests, store.read("x.csv").count(b"\n")) == ([], 251)


def test_what_can_not_be_whole_is_fetched_anew(night: Callable[..., Night], store: Store) -> None:
    nights = night(calls_of(4), days=4)
    archive = f"{store.url}{ARCHIVE}"
    assert nights.export("--receipt", output=archive).code == 0
    whole = store.read("2023-07-27.jsonl.gz")
    store.write("2023-07-27.jsonl.gz", whole[:-9])  # its receipt does not fit
    store.write("2023-07-28.jsonl.gz", b"")
    store.remove("2023-07-29.jsonl.gz.receipt.json")
    store.write("2023-07-29.jsonl.gz", store.read("2023-07-29.jsonl.gz")[:-9])  # nothing but its end tells
    summary = nights.summary("--skip-existing", "--receipt", output=archive)
    assert [file["action"] for file in summary["files"]] == ["replace", "replace", "replace", "skip"]
    assert store.read("2023-07-27.jsonl.gz") == whole
    summary = nights.summary("--skip-existing", output=archive)
    assert ({file["action"] for file in summary["files"]}, nights.sandbox.requests) == ({"skip"}, [])


def test_the_condition_of_an_archive_is_told(night: Callable[..., Night], store: Store) -> None:
    nights = night(calls_of(5), days=5)
    archive = f"{store.url}{ARCHIVE}"
    assert nights.run("status", archive).code == 2
    assert nights.export("--receipt", output=archive).code == 0
    assert nights.run("status", archive).code == 0
    store.remove("2023-07-29.jsonl.gz")
    store.write("2023-07-30.jsonl.gz", b"half")
    store.remove("2023-07-28.jsonl.gz.receipt.json")
    nights.sandbox.requests.clear()
    outcome = nights.run("status", archive, "--json")
    assert (outcome.code, nights.sandbox.requests) == (7, [])
    found = json.loads(outcome.out)
    assert found["template"] == archive
    assert [file["state"] for file in found["files"]] == ["whole", "no_receipt", "missing", "damaged", "whole"]
    assert found["files"][2]["path"] == f"{store.url}2023-07-29.jsonl.gz"
    assert f"--skip-existing --refresh 1d -o '{archive}'" in outcome.err


def test_folders_of_placeholders_are_made_as_needed(night: Callable[..., Night], store: Store) -> None:
    nights = night(calls_of(2), days=2)
    archive = f"{store.url}{{year}}/{{month}}/{{day}}.csv"
    assert nights.export("--receipt", output=archive).code == 0
    assert store.names() == [f"2023/07/{day}.csv{addition}" for day in (27, 28) for addition in ("", ".receipt.json")]
    assert nights.run("status", archive).code == 0


def test_a_refreshed_file_is_replaced_only_if_its_calls_differ(night: Callable[..., Night], store: Store) -> None:
    calls = calls_of(2)
    nights = night(calls, days=2)
    archive = f"{store.url}{ARCHIVE}"
    assert nights.export("--receipt", output=archive).code == 0
    first, second = (store.read(f"2023-07-{day}.jsonl.gz") for day in (27, 28))
    receipt = store.read("2023-07-27.jsonl.gz.receipt.json")
    nights.sandbox.add({**of_day(calls, 1)[0], "callId": "late"})
    nights.pass_by(days=0.1)
    summary = nights.summary("--skip-existing", "--refresh", "3d", output=archive)
    assert [file["added"] for file in summary["files"]] == [0, 1]
    assert store.read("2023-07-27.jsonl.gz") == first
    assert store.read("2023-07-27.jsonl.gz.receipt.json") != receipt
    assert store.read("2023-07-28.jsonl.gz") != second
    for day in (27, 28):
        assert nights.run("verify", f"{store.url}2023-07-{day}.jsonl.gz").code == 0
    assert len(store.names()) == 4


def test_a_file_whose_calls_have_vanished_is_kept_by_another_name(night: Callable[..., Night], store: Store) -> None:
    calls = calls_of(1)
    nights = night(calls, days=1)
    archive = f"{store.url}{ARCHIVE}"
    assert nights.export("--receipt", output=archive).code == 0
    name, before = "2023-07-27.jsonl.gz", store.read("2023-07-27.jsonl.gz")
    nights.sandbox.remove(calls[0])
    nights.pass_by(days=0.1)
    kept = f"{name}.before-2023-07-28"
    store.write(kept, b"another")
    file = nights.summary("--skip-existing", "--refresh", "3d", output=archive)["files"][0]
    assert (file["vanished"], file["kept_as"]) == (1, f"{store.url}{kept}.2")
    assert (store.read(f"{kept}.2"), store.read(kept)) == (before, b"another")
    assert nights.run("verify", f"{store.url}{name}").code == 0
    assert len(store.names()) == 4


def test_verify_checks_every_byte(serve: Serve, nxcdr: Program, store: Store) -> None:
    serve(some_calls(30))
    url = f"{store.url}x.csv"
    assert nxcdr("verify", url).code == 2
    assert nxcdr("export", DAY, "-o", url).code == 0
    outcome = nxcdr("verify", url)
    assert (outcome.code, f"{url} has no receipt (x.csv.receipt.json)" in outcome.err) == (2, True)
    assert nxcdr("export", DAY, "-o", url, "--receipt", "--overwrite").code == 0
    store.write("x.csv", store.read("x.csv").replace(b"0", b"1", 1))
    outcome = nxcdr("verify", url, "--json")
    assert (outcome.code, json.loads(outcome.out)["files"][0]["path"]) == (7, url)
    assert "SHA-256 differs" in outcome.err


def test_files_are_reconciled_with_the_server(night: Callable[..., Night], store: Store) -> None:
    calls = calls_of(1)
    nights = night(calls, days=1)
    assert nights.export("--receipt", output=f"{store.url}{ARCHIVE}").code == 0
    url = f"{store.url}2023-07-27.jsonl.gz"
    outcome = nights.run("reconcile", url)
    assert (outcome.code, f"{url}: OK, 40 calls" in outcome.err) == (0, True)
    nights.sandbox.remove(calls[0])
    outcome = nights.run("reconcile", url, "--json")
    assert (outcome.code, json.loads(outcome.out)["files"][0]["path"]) == (7, url)
    assert f"{url}: 1 vanished" in outcome.err


@pytest.mark.parametrize("name", ["x.parquet", "x.xlsx"])
def test_formats_that_are_read_out_of_order_are_verified(serve: Serve, nxcdr: Program, store: Store, name: str) -> None:
    if find_spec("pyarrow" if name == "x.parquet" else "xlsxwriter") is None:
        pytest.skip("its package is not installed")
    serve(some_calls(30))
    assert nxcdr("export", DAY, "-o", f"{store.url}{name}", "--receipt").code == 0
    assert nxcdr("verify", f"{store.url}{name}").code == 0


def test_a_file_of_this_machine_loads_no_package_for_stores(here: Path) -> None:
    assert here.is_dir()
    program = (
        "import sys\nfrom nxcdr.cli.app import main\n"
        "code = main(['export', 'yesterday', '-o', 'x.csv', '--profile', 'sandbox', '--receipt'])\n"
        "assert not {'fsspec', 'platformdirs', 'nxcdr.output.places.remote'} & set(sys.modules)\nsys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_readme_s_commands_work(
    serve: Serve, request: pytest.FixtureRequest, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in ("s3", "sftp"):
        skip_unless_there(kind)
    bucket, shared = request.getfixturevalue("bucket"), request.getfixturevalue("shared")
    serve()
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    (block,) = blocks("sh", "stores")
    text = block.text.replace("https://minio.example.com:9000", os.environ["AWS_ENDPOINT_URL"])
    text = text.replace("sftp://backup@files.example.com/srv/cdr/", shared.url)
    done = subprocess.run(["sh", "-e", "-c", text], cwd=here, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(bucket.names()) == 15
    assert shared.names() == ["yesterday.csv"]
