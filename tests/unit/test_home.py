from __future__ import annotations

from pathlib import Path

from scribe_dagster.home import keep_private, make_private_folder


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_folder_and_those_above_it_are_made_for_their_owner_alone(tmp_path: Path) -> None:
    make_private_folder(tmp_path / "a" / "b" / "c")

    assert [mode(tmp_path / part) for part in ("a", "a/b", "a/b/c")] == [0o700] * 3


def test_a_folder_that_is_there_stays_as_its_owner_wants_it(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir(mode=0o755)

    make_private_folder(tmp_path / "a")

    assert mode(tmp_path / "a") == 0o755


def test_a_file_is_made_private_or_becomes_so(tmp_path: Path) -> None:
    known = tmp_path / "known"
    known.write_text("kept", encoding="utf-8")
    known.chmod(0o644)

    keep_private(known)
    keep_private(tmp_path / "new")

    assert (mode(known), known.read_text()) == (0o600, "kept")
    assert mode(tmp_path / "new") == 0o600


def test_what_cannot_be_made_private_is_no_reason_to_stop(tmp_path: Path) -> None:
    keep_private(tmp_path / "missing" / "file")
