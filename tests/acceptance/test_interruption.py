"""Ctrl-C and SIGTERM: the row is `failed` at once, and the run can be resumed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from .conftest import EXAMPLE, CommandLine

pytestmark = pytest.mark.processes


@pytest.mark.parametrize(("name", "by_itself"), [("SIGINT", False), ("SIGTERM", True)])
def test_an_interrupted_run_is_failed_and_is_resumed(
    cli: CommandLine, httpserver: HTTPServer, name: str, by_itself: bool
) -> None:
    asked, let_go = threading.Event(), threading.Event()

    def slow_once(_request: object) -> Response:
        if not asked.is_set():
            asked.set()
            let_go.wait(60)
        return Response(EXAMPLE.read_bytes(), content_type="text/html")

    httpserver.expect_request("/slow").respond_with_handler(slow_once)
    process = subprocess.Popen(
        [Path(sys.executable).parent / "scribe-dagster", "process", httpserver.url_for("/slow")],
        env={**os.environ, **cli.environment},
        cwd=cli.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert asked.wait(60)
        time.sleep(0.2)
        process.send_signal(getattr(signal, name))
        out, err = process.communicate(timeout=60)
    finally:
        let_go.set()
        process.kill()

    assert process.returncode == 130
    assert "Traceback" not in out + err
    [run] = cli("runs", "--json").objects
    assert (run["status"], run["error_stage"], run["error_kind"]) == (
        "failed",
        "Scrape",
        "lost_worker",
    )
    # Ctrl-C is somebody's wish. SIGTERM comes of a machine that goes away.
    assert (run["resume_at"] is not None) is by_itself
    assert cli("resume", "1").code == 0
