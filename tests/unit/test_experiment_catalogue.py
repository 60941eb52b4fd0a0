"""Which experiment is meant."""

import pytest

from lab.experiments import catalogue
from lab.experiments.experiment_file import ExperimentFileError


@pytest.fixture
def folder(tmp_path):
    """A folder with three experiments, and what is none."""
    for name in ("01-one.toml", "02-two.toml", "21-twenty-one.toml", "notes.toml", "README.md"):
        (tmp_path / name).write_text("")
    return tmp_path


def test_names_are_those_of_experiments_in_order(folder):
    """What has no number is none."""
    assert catalogue.names(folder) == ["01-one", "02-two", "21-twenty-one"]


@pytest.mark.parametrize("text", ["2", "02", "02-two", "02-t"])
def test_a_number_or_a_begin_is_enough(folder, text):
    """As long as it means one."""
    assert catalogue.find(text, folder) == folder / "02-two.toml"


def test_a_path_means_itself(folder):
    """Wherever the file is, and whatever it is called; reading checks the name."""
    assert catalogue.find(str(folder / "notes.toml")) == folder / "notes.toml"
    with pytest.raises(ExperimentFileError, match="elsewhere/02-two.toml: no such file"):
        catalogue.find("elsewhere/02-two.toml")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("3", '"3": no experiment of that name: expected one of 01-one, 02-two, 21-twenty-one'),
        ("two", '"two": no experiment of that name'),
        ("", '"": no experiment of that name'),
        ("0", '"0": no experiment of that name'),
        ("²", '"²": no experiment of that name'),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(folder, text, sentence):
    """One sentence with all names."""
    with pytest.raises(ExperimentFileError) as refusal:
        catalogue.find(text, folder)

    assert str(refusal.value).startswith(sentence)


def test_what_means_two_is_refused_with_both(folder):
    """Not with the others."""
    (folder / "02-too.toml").write_text("")

    with pytest.raises(
        ExperimentFileError, match="more than one .*: expected one of 02-too, 02-tw"
    ):
        catalogue.find("02", folder)
