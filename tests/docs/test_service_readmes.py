"""The services' READMEs: twins themselves, and true."""

import re

import pytest

from lab.environment import ROOT

FLASK, FASTAPI = ROOT / "flask-svc", ROOT / "fastapi-svc"
SERVICES = [FLASK, FASTAPI]
ids = {"ids": lambda path: path.name}


def readme(service):
    return (service / "README.md").read_text()


def headings(service):
    """All of one, with what only one side can say out of the way."""
    text = readme(service).replace("the extension", "IT").replace("the framework", "IT")
    return re.findall(r"^#+ .*", text.replace(service.name, "SVC"), re.M)


def modules(service):
    """The first cell of each row of the modules' table."""
    section = readme(service).split("## Modules\n")[1].split("\n## ")[0]
    cells = re.findall(r"^\| (`.*?) \|", section, re.M)
    return [name for cell in cells for name in re.findall(r"`([\w.]+)`", cell)]


def test_both_have_the_same_headings():
    """In the same order, so that they can be read side by side."""
    assert headings(FLASK) == headings(FASTAPI)


@pytest.mark.parametrize("service", SERVICES, **ids)
def test_every_module_is_in_the_table_once(service):
    """And no other."""
    package = service / service.name.replace("-", "_")

    assert sorted(modules(service)) == sorted(
        path.name for path in package.glob("*.py") if path.name != "__init__.py"
    )


def test_the_modules_that_both_have_are_in_the_same_order():
    """As everything else is."""
    flask, fastapi = modules(FLASK), modules(FASTAPI)

    assert [name for name in flask if name in fastapi] == [
        name for name in fastapi if name in flask
    ]


@pytest.mark.parametrize("service", SERVICES, **ids)
def test_every_setting_is_one_of_the_service(service):
    """A name in capitals is read in its settings.py."""
    settings = (service / service.name.replace("-", "_") / "settings.py").read_text()

    named = re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", readme(service))
    assert len(named) >= 3
    assert [name for name in named if f'"{name}"' not in settings] == []


@pytest.mark.parametrize("service", SERVICES, **ids)
def test_every_link_and_path_exists(service):
    """Links to files, and paths of the repository in backticks."""
    text = readme(service)
    links = [service / link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    paths = [ROOT / path for path in re.findall(r"`(lab/[\w./]+)`", text)]

    assert [str(path) for path in links + paths if not path.exists()] == []


@pytest.mark.parametrize("service", SERVICES, **ids)
def test_the_port_is_the_one_the_service_listens_on(service):
    """Unless it is told another."""
    settings = (service / service.name.replace("-", "_") / "settings.py").read_text()
    port = re.search(r'"LISTEN_PORT", (\d+)', settings)[1]

    assert set(re.findall(r"(?:localhost|127\.0\.0\.1):(\d+)", readme(service))) == {port}
