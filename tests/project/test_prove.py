"""scripts/prove writes what its parts find, and keeps what one found before that now fails."""

from __future__ import annotations

import importlib

import pytest

from tests.support.project import ROOT


@pytest.fixture
def proofs(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    return importlib.import_module("_proofs")


@pytest.fixture
def page(proofs):
    return importlib.import_module("_proofs._page")


@pytest.fixture
def root(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "titan").mkdir()
    (tmp_path / "titan" / "_version.py").write_text('__version__ = "9.9.9"\n')
    return tmp_path


def part_of(proofs, name, *figures, failures=()):
    class Part(proofs.Part):
        def run(self, options):
            return proofs.Result([proofs.Figure(*figure) for figure in figures], list(failures))

    return Part(name, f"The title of {name}")


def run(proofs, page, root, *parts):
    return page.run_parts(root, {part.name: part for part in parts}, proofs.Options(root, 1))


def test_every_module_of_a_part_is_found_with_its_title(proofs):
    parts = proofs.find_parts()
    assert parts["faults"].title.startswith("Faults: how a call ends")
    assert not any(name.startswith("_") for name in parts)


def test_each_part_has_a_section_which_only_its_own_run_replaces(proofs, page, root):
    assert (
        run(proofs, page, root, part_of(proofs, "load", ("Lost", "0")), part_of(proofs, "faults", ("A", "1")))
        == 0
    )
    assert run(proofs, page, root, part_of(proofs, "faults", ("A", "2"))) == 0
    text = (root / "docs" / "proofs.md").read_text(encoding="utf-8")
    assert text.count("## The title of load") == text.count("## The title of faults") == 1
    assert "| Lost | 0 |" in text
    assert "| A | 2 |" in text
    assert "| A | 1 |" not in text
    assert "`scripts/prove faults`" in text
    assert "version 9.9.9" in text


def test_a_part_that_fails_keeps_its_earlier_section(proofs, page, root, capsys):
    run(proofs, page, root, part_of(proofs, "load", ("Lost", "0")))
    before = (root / "docs" / "proofs.md").read_text(encoding="utf-8")
    failing = part_of(proofs, "load", ("Lost", "3"), failures=["3 were lost"])
    assert run(proofs, page, root, failing) == 1
    assert (root / "docs" / "proofs.md").read_text(encoding="utf-8") == before
    assert "NOT AS PROMISED: 3 were lost" in capsys.readouterr().out
