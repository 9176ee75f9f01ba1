"""Names, places, and bytes that do not depend on how they came."""

from __future__ import annotations

import gzip
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcdr.errors import UsageError
from nxcdr.output.files import compressed, filled, format_of, template_of
from nxcdr.output.places.local import target_of

NAMES = {"date": "2023-07-27", "start": "2023-07-27T000000", "end": "2023-07-28T000000", "profile": "main"}


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("x.csv", "x.csv"),
        ("{profile}/{date}.csv", "main/2023-07-27.csv"),
        ("{start}_{end}.csv", "2023-07-27T000000_2023-07-28T000000.csv"),
        ("{{{date}}}.csv", "{2023-07-27}.csv"),
    ],
)
def test_a_template_takes_dates_and_the_profile_s_name(template: str, name: str) -> None:
    assert filled(template, NAMES) == name


@pytest.mark.parametrize(
    "template", ["{}", "{0}", "{week}", "{date!r}", "{date:>20}", "{date.year}", "{date[0]}", "{", "}", "{date", "a}b"]
)
def test_a_template_takes_nothing_else(template: str) -> None:
    with pytest.raises(UsageError):
        filled(template, NAMES)


@pytest.mark.parametrize(
    ("name", "chosen", "found"),
    [
        ("x.csv", None, ("csv", False)),
        ("x.CSV", None, ("csv", False)),
        ("x.csv.gz", None, ("csv", True)),
        ("x.jsonl", None, ("jsonl", False)),
        ("x.ndjson.gz", None, ("jsonl", True)),
        ("x.csv", "jsonl", ("jsonl", False)),
        ("x", "csv", ("csv", False)),
        ("x.gz", "jsonl", ("jsonl", True)),
        ("-", None, ("csv", False)),
        ("-", "jsonl", ("jsonl", False)),
    ],
)
def test_the_suffix_tells_the_format_unless_it_is_chosen(
    name: str, chosen: str | None, found: tuple[str, bool]
) -> None:
    form, zipped = format_of(name, chosen)
    assert (form.name, zipped) == found


@pytest.mark.parametrize("name", ["x", "x.txt", "x.gz", "csv", ".csv", "x.csv.zip"])
def test_a_suffix_that_tells_nothing_is_a_usage_error(name: str) -> None:
    with pytest.raises(UsageError, match="does not say the format"):
        format_of(name, None)


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_stdout_has_one_name_in_the_end(name: str) -> None:
    assert template_of(name) == "-"


def test_the_file_behind_a_name_is_found(tmp_path: Path) -> None:
    assert target_of(tmp_path / "new.csv") == tmp_path / "new.csv"
    (tmp_path / "link.csv").symlink_to("new.csv")
    assert target_of(tmp_path / "link.csv") == tmp_path / "new.csv"
    assert target_of(Path("/dev/null")) is None


@given(st.binary(max_size=2000), st.lists(st.integers(0, 2000), max_size=6))
def test_compressed_bytes_do_not_depend_on_the_chunks_they_came_in(data: bytes, cuts: list[int]) -> None:
    data *= 400
    edges = [0, *sorted(cut * 400 for cut in cuts), len(data)]
    files = []
    for chunks in ([data], [data[one:other] for one, other in pairwise(edges)]):
        file = BytesIO()
        with compressed(file) as packed:
            for chunk in chunks:
                packed.write(chunk)
        files.append(file.getvalue())
    assert files[0] == files[1]
    assert gzip.decompress(files[0]) == data
