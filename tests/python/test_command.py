"""The built command, from the door: it starts, and says who it is. What it finds in photos is tested beside its code."""

import tomllib


def test_it_reports_the_version_of_the_workspace(moue, root):
    manifest = tomllib.loads((root / "Cargo.toml").read_text(encoding="utf-8"))
    result = moue("--version")
    assert result.returncode == 0
    assert result.stdout == f"moue {manifest['workspace']['package']['version']}\n"


def test_a_command_line_that_makes_no_sense_is_a_usage_error(moue):
    result = moue("dance")
    assert result.returncode == 2
    assert result.stdout == ""
    assert "dance" in result.stderr
