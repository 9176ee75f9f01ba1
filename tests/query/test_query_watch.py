"""`nxcdr query --watch` on a real terminal."""

from __future__ import annotations

import signal

from nxcdr.sandbox import Misbehaviour
from tests.harness import DAY, Serve, in_order, some_calls
from tests.query.terminal import terminal


def test_new_calls_are_marked_a_failure_heals_and_ctrl_c_is_a_success(serve: Serve) -> None:
    calls = in_order(some_calls(81))
    late = calls.pop()
    sandbox = serve(calls)
    with terminal("query", DAY, "--watch", "2", lines=12) as running:
        first = running.until("there are more")
        assert "every 2 s" in first
        assert "50 calls" in first
        sandbox.add(late)
        running.until("m✗+23:50:03")
        sandbox.misbehaviour = Misbehaviour(fault_rate=1)
        running.until("HTTP 503")
        sandbox.misbehaviour = Misbehaviour()
        running.until("every 2 s")
        running.process.send_signal(signal.SIGINT)
        shown = running.rest()
    assert running.process.returncode == 0
    assert "\x1b[?1049l" in shown  # the screen that was there before is back
    assert shown.count("\n") > 50  # with what was seen last, whole


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
