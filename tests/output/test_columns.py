"""Fields named on the command line."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from nxcdr.api.fields import FIELD_NAMES
from nxcdr.errors import UsageError
from nxcdr.output.columns import columns_named, field_named
from nxcdr.output.table import HEADINGS, columns_for_programs, views_of_calls
from tests.harness import DAY, Program, Serve


def test_columns_are_field_names_in_any_case() -> None:
    assert columns_named(None) is None
    assert columns_named("all") == columns_named("ALL") == FIELD_NAMES
    assert columns_named("callId, startTime") == ("callId", "startTime")
    assert columns_named("starttime,CALLID, agentnickname ") == ("startTime", "callId", "agentNickName")


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ("startTiem", "no column is called 'startTiem'; did you mean startTime?"),
        ("hangupreson", "did you mean hangupReason?"),
        ("x", "no column is called 'x'"),
        ("callId,callid", "the column callId is named twice"),
        ("", "''"),
        ("agent", "agent is the heading of agentNickName"),
        ("caller,Talk", "Talk is the heading of callDuration"),
        ("outcome", "outcome is the heading of hangupReason"),
        ("customer", "customer is the heading of caller or callee"),
    ],
)
def test_an_unknown_column_is_a_usage_error_with_a_suggestion(names: str, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        columns_named(names)
    assert words in raised.value.message


def test_the_error_names_the_command_that_lists_the_fields(serve: Serve, nxcdr: Program) -> None:
    sandbox = serve()
    for command in ("query", "export"):
        outcome = nxcdr(command, DAY, "--columns", "agent")
        assert (outcome.code, outcome.out, sandbox.requests) == (2, "", [])
        assert "agent is the heading of agentNickName" in outcome.err
        assert "`nxcdr fields`" in outcome.err


def test_every_heading_is_a_field_or_tells_its_field() -> None:
    zone = ZoneInfo("UTC")
    shown = [column for view in views_of_calls(zone) for column in view.columns] + [*columns_for_programs(zone)]
    for heading in {column.heading.removeprefix("→ ") for column in shown}:
        assert heading in HEADINGS or field_named(heading)
    for fields in HEADINGS.values():
        assert set(fields.split(" or ")) <= set(FIELD_NAMES)
