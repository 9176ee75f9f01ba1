"""`nxcdr query --watch` on a real terminal."""

from __future__ import annotations

import re
import signal

from nxcdr.sandbox import Misbehaviour
from tests.harness import DAY, Serve, in_order, some_calls
from tests.query.looked_at import EVENING, two_days
from tests.query.terminal import terminal


def test_new_calls_are_marked_a_failure_heals_and_ctrl_c_is_a_success(serve: Serve) -> None:
    calls = in_order(some_calls(81))
    late = calls.pop()
    sandbox = serve(calls)
    with terminal("query", DAY, "--watch", "2", lines=12) as running:
        first = running.until("there are more")
        assert "every 2 s" in first
        assert "50 calls" in first
        assert "↓ 44 more lines" in first
        sandbox.add(late)
        running.until("m✗+23:50:03")
        sandbox.misbehaviour = Misbehaviour(fault_rate=1)
        assert "calls as of" in running.until("HTTP 503")
        sandbox.misbehaviour = Misbehaviour()
        running.until("every 2 s")
        running.process.send_signal(signal.SIGINT)
        shown = running.rest()
    assert running.process.returncode == 0
    assert "\x1b[?1049l" in shown  # the screen that was there before is back
    assert shown.count("\n") > 50  # with what was seen last, whole


def test_a_terminal_of_another_size_is_drawn_anew_at_once(serve: Serve) -> None:
    sandbox = serve(in_order(some_calls(81)))
    with terminal("query", DAY, "--watch", "1000", lines=12) as running:
        assert "queue" in running.until("there are more")
        running.resize(60, 20)
        smaller = running.until("there are more")
        assert "↓ 36 more lines" in smaller
        assert "queue" not in smaller
        assert len(sandbox.requests) == 1
        running.process.send_signal(signal.SIGINT)
        running.rest()
    assert running.process.returncode == 0


def test_looking_on_costs_one_request_a_look(serve: Serve) -> None:
    sandbox = serve(in_order(some_calls(81)), order="ascending")
    with terminal("query", DAY, "--watch", "2", "--limit", "60") as running:
        running.until("there are more")
        first = len(sandbox.requests)
        running.until("every 2 s")
        assert len(sandbox.requests) == first + 1
        running.process.send_signal(signal.SIGINT)
        running.rest()


def test_hostile_text_is_harmless_where_it_is_watched(serve: Serve) -> None:
    serve(two_days(), hostile=True)
    with terminal("query", *EVENING, "--watch") as running:
        running.until("26 calls")
        running.process.send_signal(signal.SIGINT)
        shown = running.rest()
    own = re.compile(r"\x1b\[\??[0-9;]*[a-zA-Z]")
    assert own.sub("", shown).replace("\n", "").isprintable()
    assert not re.search(r"\x1b\[[0-9;]*2J\x1b\[31mred", shown)


def test_a_network_that_is_down_from_the_start_heals(serve: Serve) -> None:
    sandbox = serve(some_calls(10), fault_rate=1)
    with terminal("query", DAY, "--watch", "2") as running:
        running.until("HTTP 503")
        sandbox.misbehaviour = Misbehaviour()
        running.until("10 calls")
        running.process.send_signal(signal.SIGINT)
        running.rest()
    assert running.process.returncode == 0


def test_sigterm_is_told_to_whoever_started_it(serve: Serve) -> None:
    serve(some_calls(10))
    with terminal("query", DAY, "--watch") as running:
        running.until("10 calls")
        running.process.terminate()
        running.rest()
    assert running.process.returncode == 143


def test_a_dumb_terminal_is_written_on_line_after_line(serve: Serve) -> None:
    serve(some_calls(10))
    with terminal("query", DAY, "--watch", "2", env={"TERM": "dumb"}) as running:
        assert "\x1b" not in running.until("10 calls")
        running.process.send_signal(signal.SIGINT)
        running.rest()
    assert running.process.returncode == 0


def test_a_refusal_ends_it(serve: Serve) -> None:
    serve(some_calls(10), refuse=1003)
    with terminal("query", DAY, "--watch") as running:
        running.rest()
    assert running.process.returncode == 3
