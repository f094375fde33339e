"""What users install: its dependencies are told of, and what scripts/check_packages looks for, it finds."""

import importlib.metadata
import json
import re
import subprocess
import sys

import pytest

from tests.support.project import ROOT

sys.path.insert(0, str(ROOT / "scripts"))

from _packages.building import build_twice
from _packages.commands import CheckError, run
from _packages.dependencies import EXTRAS, check_licences, find_vulnerabilities, judge, write_bill
from _packages.using import PROGRAMS, use_newest

PAGE = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
ROW = re.compile(
    r"^\| (?P<name>[\w-]+) \| `(?P<range>[^`]+)` \| [^|]+ \| (?P<licence>[^|]+) \|$", re.MULTILINE
)


def requirements():
    """Those of the SDK and of its own extras, by name."""
    found = {}
    for line in importlib.metadata.requires("titan-sdk"):
        requirement, _, marker = line.partition(";")
        if re.search(r"extra == .(test|dev|docs)", marker):
            continue
        name, bounds = re.fullmatch(r"([\w-]+)(.*)", requirement.strip()).groups()
        found.setdefault(name.lower().replace("_", "-"), set()).update(bounds.split(","))
    return found


def test_the_page_has_each_dependency_with_its_range():
    told = {row["name"].lower().replace("_", "-"): set(row["range"].split(",")) for row in ROW.finditer(PAGE)}
    assert told == requirements()


@pytest.mark.parametrize("row", list(ROW.finditer(PAGE)), ids=lambda row: row["name"])
def test_the_page_has_the_licence_that_a_package_declares(row):
    metadata = importlib.metadata.metadata(row["name"])
    classifiers = [one for one in metadata.get_all("Classifier", []) if one.startswith("License ::")]
    declared = " ".join([metadata.get("License-Expression", ""), metadata.get("License", ""), *classifiers])
    family = {"PSF": "(PSF|Python Software Foundation)"}.get(
        row["licence"][:3], row["licence"].partition("-")[0]
    )
    assert re.search(family, declared), f"{row['name']} says {declared!r}"


def test_each_extra_is_tried_and_its_licences_are_looked_at():
    own = set(importlib.metadata.metadata("titan-sdk").get_all("Provides-Extra")) - {"test", "dev", "docs"}
    assert set(PROGRAMS) - {""} == own
    assert set(EXTRAS.split(",")) == own


def test_a_task_of_celery_is_seen_to_be_tried():
    run([sys.executable, ROOT / "scripts" / "_packages" / PROGRAMS["celery"]], env={"PYTHONPATH": str(ROOT)})


def program(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o700)
    return str(path)


def test_a_build_that_gives_other_bytes_each_time_is_found(tmp_path):
    # Says the time where a true build must not.
    build = (
        'folder="$4"; mkdir -p "$folder" tree; echo x > tree/pyproject.toml; '
        'tar -czf "$folder/a-1.tar.gz" tree; '
        'date +%N > "$folder/a-1-py3-none-any.whl"'
    )
    python = program(tmp_path / "python", f"cd {tmp_path}; {build}")
    with pytest.raises(CheckError, match=r"a-1-py3-none-any\.whl is not reproducible"):
        build_twice(python, ROOT, tmp_path / "work")


def test_a_package_that_cannot_be_imported_is_found(tmp_path):
    wheel = tmp_path / "titan_sdk-0-py3-none-any.whl"
    wheel.write_bytes(b"this is no wheel")
    with pytest.raises(CheckError, match="ended with status"):
        use_newest(sys.executable, wheel, tmp_path / "home")


def test_a_licence_that_nobody_looked_at_is_refused(tmp_path):
    found = [
        {"Name": "good", "Version": "1", "License": "MIT"},
        {"Name": "strange", "Version": "2", "License": "UNKNOWN"},
    ]
    tools = program(tmp_path / "python", f"echo '{json.dumps(found)}'")
    with pytest.raises(CheckError, match="'strange'"):
        check_licences(tools, tmp_path)
    for licence in (
        "Proprietary. USE LIMITED.",
        "AGPL-3.0 AND MIT",
        "Apache-2.0 WITH Commons-Clause",
        "GPL; MIT",
    ):
        asked = program(tmp_path / "python", f"echo '{json.dumps([{**found[0], 'License': licence}])}'")
        with pytest.raises(CheckError, match="good"):
            check_licences(asked, tmp_path)
    tools = program(tmp_path / "python", f"echo '{json.dumps(found[:1])}'")
    assert check_licences(tools, tmp_path) == "  good 1: MIT"
    # A list that is empty was not made.
    with pytest.raises(CheckError):
        check_licences(program(tmp_path / "python", "echo '[]'"), tmp_path)


def test_a_bill_of_materials_that_lacks_what_the_sdk_needs_is_refused(tmp_path):
    bill = {"metadata": {"component": {"name": "titan-sdk"}}, "components": [{"name": "httpx"}]}
    file = tmp_path / "bill.json"
    file.write_text(json.dumps(bill))
    with pytest.raises(CheckError, match=r"lacks .*'pydantic'"):
        write_bill(program(tmp_path / "python", "true"), tmp_path, ROOT / "pyproject.toml", file)


def package(*flaws, **more):
    return {"name": "thing", "version": "1", "vulns": list(flaws), **more}


def test_a_vulnerability_with_a_remedy_fails_and_one_without_is_told_of():
    remedy = {"id": "CVE-1", "fix_versions": ["2"]}
    with pytest.raises(CheckError, match="thing 1: CVE-1"):
        judge([package(), package(remedy)])
    assert "1 vulnerabilities without a remedy" in judge([package({"id": "CVE-2", "fix_versions": []})])


def test_an_index_that_knows_nothing_is_not_taken_for_a_good_sign(tmp_path):
    assert judge([package(skip_reason="not found")]).startswith("NOT TESTED")
    tools = program(
        tmp_path / "python", 'case "$*" in *freeze*) echo httpx==1;; *) echo "no way" >&2; exit 1;; esac'
    )
    said = find_vulnerabilities(tools, tmp_path, tmp_path)
    assert said.startswith("NOT TESTED")
    assert "no way" in said


def test_what_is_released_is_what_was_checked():
    workflow = (ROOT / ".github" / "workflows" / "release.yml").read_text()
    assert workflow.count("scripts/check_packages --output checked") == 1
    assert "build" not in re.findall(r"run: (.*)", workflow.partition("  publish:")[2])
    assert "sbom-path: checked/titan-sdk.cdx.json" in workflow


def test_a_folder_that_has_packages_already_is_refused_before_anything_is_built(tmp_path):
    (tmp_path / "packages").mkdir()
    command = [sys.executable, str(ROOT / "scripts" / "check_packages"), "--output", str(tmp_path)]
    refused = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert refused.returncode == 2
    assert "exists already" in refused.stderr
