"""What an article prints, tried: its commands, and what the lab's code uses of each framework."""

import shutil

import pytest

from lab.claims import code_count, printed_commands
from lab.claims.findings import Findings, MissingError
from lab.claims.printed import refused_commands
from lab.claims.small_api import foreign_packages, from_framework, serializations
from lab.environment import ROOT


def test_options_with_one_dash_are_refused_and_with_two_they_are_not() -> None:
    """Exit code 2 is that of a wrong option; nothing is started and nothing fetched."""
    codes = printed_commands.exit_codes()

    assert {name for name, code in codes.items() if code == 2} == {
        "one dash: uvicorn",
        "one dash: pip",
    }
    assert {"two dashes: uvicorn", "two dashes: pip"} < codes.keys()


def test_a_program_that_is_not_installed_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host with an engine alone has neither."""
    monkeypatch.setattr(printed_commands, "find_spec", lambda name: None)

    assert printed_commands.exit_codes() == {}


def test_commands_that_were_not_tried_decide_nothing() -> None:
    """The count is of the options that were refused."""
    amounts = code_count.find(ROOT / "results")
    assert amounts is not None
    with pytest.raises(MissingError, match="were not tried"):
        refused_commands(Findings(found={}, amounts=amounts), "one dash")


def test_features_use_the_packages_that_the_services_code_imports() -> None:
    """A stream is Flask's own, WebSockets are an extension's, and a job is a thread."""
    findings = Findings(found={}, amounts=code_count.find(ROOT / "results"))

    assert foreign_packages(findings, "websocket", "fastapi") == [0]
    assert foreign_packages(findings, "websocket", "flask") == [3]
    assert foreign_packages(findings, "stream", "flask") == [0]
    assert from_framework(findings, "stream", "flask") == [1]
    assert from_framework(findings, "background task", "fastapi") == [1]
    assert from_framework(findings, "background task", "flask") == [0]


def test_serialization_is_counted_in_views() -> None:
    """Each of Flask's three views of users dumps a model, and none of those that return dicts."""
    findings = Findings(found={}, amounts=code_count.find(ROOT / "results"))

    assert serializations(findings, "Flask, models") == [3]
    assert serializations(findings, "Flask, dicts") == [0]
    assert serializations(findings, "FastAPI, models") == [0]


def test_a_changed_view_changes_the_count(tmp_path) -> None:
    """The count is made from the source and stands nowhere else."""
    for folder in ("flask-svc", "fastapi-svc"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    users = tmp_path / "flask-svc/flask_svc/manual_users.py"
    users.write_text(users.read_text().replace("return user\n", "return jsonify(user)\n"))
    jobs = tmp_path / "fastapi-svc/fastapi_svc/jobs.py"
    jobs.write_text(jobs.read_text().replace("background: BackgroundTasks", "background: Any"))
    counted = code_count.find(tmp_path, root=tmp_path)

    assert counted is not None
    assert counted.serialized["Flask, dicts"] == 1
    assert from_framework(Findings(found={}, amounts=counted), "background task", "fastapi") == [0]
