"""The built command, from the door: it starts, and says who it is. What it finds in photos is tested beside its code."""

import json
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


def test_both_backends_find_the_same_face_and_expression(moue, astronaut):
    # Here and not beside the code: unoptimised, tract takes a minute for one photo.
    faces = []
    for backend in ("int8", "tract"):
        result = moue("analyze", "--json", "--backend", backend, astronaut)
        assert result.returncode == 0, result.stderr
        faces.append(json.loads(result.stdout)["faces"])
    (int8,), (tract,) = faces
    assert int8["expression"] == tract["expression"]
    for side in ("x", "y", "width", "height"):
        # A quantisation step here and there, on the way through three networks.
        assert abs(int8["box"][side] - tract["box"][side]) < 2
