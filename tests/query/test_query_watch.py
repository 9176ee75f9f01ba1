"""`nxcdr query --watch` on a real terminal."""

from __future__ import annotations

import re
import signal

import pytest

from nxcdr.sandbox import Misbehaviour
from tests.harness import DAY, Serve, in_order, some_calls
from tests.query.looked_at import EVENING, two_days
from tests.query.terminal import terminal


def test_new_calls_are_marked_network_errors_shown_and_ctrl_c_is_a_success(serve: Serve) -> None:
    calls = in_order(some_calls(81))
    late = calls.pop()
    sandbox = serve(calls)
    with terminal("query", DAY, "--watch", "2", lines=12) as running:
        first = running.until("there are more")
        assert "every 2 s" in first
        assert "50 calls" in first
        assert "↓ 43 more lines" in first
        sandbox.add(late)
        running.until("✗+ 23:50")
        sandbox.misbehaviour = Misbehaviour(fault_rate=1)
        assert "calls as of" in running.until("HTTP 503")
        sandbox.misbehaviour = Misbehaviour()
        running.until("every 2 s")
        running.process.send_signal(signal.SIGINT)
        shown = running.rest()
    assert running.process.returncode == 0
    assert "\x1b[?1049l" in shown  # the screen that was there before is back
    assert shown.count("\n") > 50  # with what was seen last, whole


def test_a_resized_terminal_is_redrawn_at_once(serve: Serve) -> None:
    sandbox = serve(in_order(some_calls(81)))
    with terminal("query", DAY, "--watch", "1000", lines=12) as running:
        assert "agent" in running.until("there are more")
        running.resize(60, 20)
        smaller = running.until("there are more")
        assert "↓ 35 more lines" in smaller
        assert "agent" not in smaller
        assert len(sandbox.requests) == 1
        running.process.send_signal(signal.SIGINT)
        running.rest()
    assert running.process.returncode == 0


def test_each_refresh_costs_one_request(serve: Serve) -> None:
    sandbox = serve(in_order(some_calls(81)))
    with terminal("query", DAY, "--watch", "2", "--limit", "60") as running:
        running.until("there are more")
        first = len(sandbox.requests)
        running.until("every 2 s")
        assert len(sandbox.requests) == first + 1
        running.process.send_signal(signal.SIGINT)
        running.rest()


def test_hostile_text_is_safe_to_watch(serve: Serve) -> None:
    serve(two_days(), hostile=True)
    with terminal("query", *EVENING, "--watch") as running:
        running.until("26 calls")
        running.process.send_signal(signal.SIGINT)
        shown = running.rest()
    own = re.compile(r"\x1b\[\??[0-9;]*[a-zA-Z]")
    assert own.sub("", shown).replace("\n", "").isprintable()
    assert not re.search(r"\x1b\[[0-9;]*2J\x1b\[31mred", shown)


def test_it_recovers_from_a_network_that_is_down_at_first(serve: Serve) -> None:
    sandbox = serve(some_calls(10), fault_rate=1)
    with terminal("query", DAY, "--watch", "2") as running:
        running.until("HTTP 503")
        sandbox.misbehaviour = Misbehaviour()
        running.until("10 calls")
        running.process.send_signal(signal.SIGINT)
        running.rest()
    assert running.process.returncode == 0


def test_sigterm_ends_it_with_143(serve: Serve) -> None:
    serve(some_calls(10))
    with terminal("query", DAY, "--watch") as running:
        running.until("10 calls")
        running.process.terminate()
        running.rest()
    assert running.process.returncode == 143


def test_a_dumb_terminal_gets_plain_lines(serve: Serve) -> None:
    serve(some_calls(10))
    with terminal("query", DAY, "--watch", "2", env={"TERM": "dumb"}) as running:
        assert "\x1b" not in running.until("10 calls")
        running.process.send_signal(signal.SIGINT)
        running.rest()
    assert running.process.returncode == 0


@pytest.mark.parametrize("key", ["q", "Q", "\x1b[Aq"])
def test_q_leaves_and_the_last_calls_stay(serve: Serve, key: str) -> None:
    serve(some_calls(10))
    with terminal("query", DAY, "--watch", "1000") as running:
        before = running.modes()
        running.until("10 calls")
        assert running.modes() != before
        running.press(f"x\n{key}")
        shown = running.rest()
        assert running.modes() == before
    assert running.process.returncode == 0
    assert "10 calls" in shown.partition("\x1b[?1049l")[2]


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 0), ("SIGTERM", 143)])
def test_the_terminal_is_as_before_after_a_signal(serve: Serve, name: str, code: int) -> None:
    serve(some_calls(10))
    with terminal("query", DAY, "--watch") as running:
        before = running.modes()
        running.until("10 calls")
        running.process.send_signal(signal.Signals[name])
        running.rest()
        assert running.modes() == before
    assert running.process.returncode == code


def test_the_terminal_is_as_before_after_an_error(serve: Serve) -> None:
    sandbox = serve(some_calls(10))
    with terminal("query", DAY, "--watch", "2") as running:
        before = running.modes()
        running.until("10 calls")
        sandbox.misbehaviour = Misbehaviour(refuse=1003)
        running.rest()
        assert running.modes() == before
    assert running.process.returncode == 3


def test_it_works_where_nobody_can_type(serve: Serve) -> None:
    serve(some_calls(10))
    with terminal("query", DAY, "--watch", "2", typing=False) as running:
        running.until("10 calls")
        running.until("every 2 s")
        running.process.send_signal(signal.SIGINT)
        running.rest()
    assert running.process.returncode == 0


def test_the_first_line_has_the_time_zone_also_where_it_is_narrow_or_the_network_fails(serve: Serve) -> None:
    sandbox = serve(some_calls(10))
    with terminal("query", DAY, "--watch", "2", columns=60) as running:
        running.until("10 calls")
        assert "Asia/Hong_Kong (UTC+08:00), every 2 s" in running.until("10 calls")
        sandbox.misbehaviour = Misbehaviour(fault_rate=1)
        assert "Asia/Hong_Kong (UTC+08:00), calls as of" in running.until("calls as of")
        running.press("q")
        running.rest()


def test_a_refusal_ends_it(serve: Serve) -> None:
    serve(some_calls(10), refuse=1003)
    with terminal("query", DAY, "--watch") as running:
        running.rest()
    assert running.process.returncode == 3
