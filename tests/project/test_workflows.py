"""The workflows are sound, and run what is promised on each system and Python."""

from __future__ import annotations

import re
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Any, Dict, Iterator, Set

import pytest
import yaml

from tests.support.project import ROOT

ZIZMOR = shutil.which("zizmor", path=sysconfig.get_path("scripts"))
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def read(name: str) -> Dict[Any, Any]:
    text = (ROOT / ".github" / "workflows" / f"{name}.yml").read_text(encoding="utf-8")
    found: Dict[Any, Any] = yaml.safe_load(text)
    return found


def pythons(job: str) -> Set[str]:
    return set(read("ci")["jobs"][job]["strategy"]["matrix"]["python"])


def steps(path: Path) -> Iterator[Dict[str, Any]]:
    for job in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values():
        yield from job.get("steps", [])


@pytest.mark.skipif(ZIZMOR is None, reason="NOT TESTED: workflows, with zizmor of the extra `dev`")
def test_nothing_in_the_workflows_can_be_abused_as_far_as_zizmor_knows():
    command = [ZIZMOR, "--offline", "--no-progress", ".github"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr


def test_supported_pythons_are_tested_on_each_system_and_listed_once_they_must_pass():
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    supported = set(re.findall(r"Python :: (3\.\d+)", pyproject))
    job = read("ci")["jobs"]["tests"]
    optional = set(re.findall(r"matrix\.python == '(.+?)'", str(job["continue-on-error"])))
    assert pythons("tests") - optional == supported
    assert set(job["strategy"]["matrix"]["system"]) == {"ubuntu-latest", "macos-latest"}
    assert pythons("windows") <= supported
    assert min(supported, key=lambda minor: int(minor[2:])) in pythons("windows")


def test_a_release_waits_for_all_of_these_tests():
    release = read("release")["jobs"]
    assert release["checks"]["uses"] == "./.github/workflows/ci.yml"
    assert "checks" in release["attest"]["needs"]
    assert release["publish"]["needs"] == "attest"


def test_the_site_is_built_for_every_pull_request_and_published_from_main_alone():
    workflow = read("docs")
    # YAML takes the bare word for a boolean.
    assert "pull_request" in workflow[True]
    assert "if" not in workflow["jobs"]["build"]
    assert "refs/heads/main" in workflow["jobs"]["publish"]["if"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_those_of_one_commit_that_its_version_names(path):
    for step in steps(path):
        if step.get("uses", "").startswith("actions/"):
            assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", step["uses"])
    for line in re.findall(r"uses: actions/.*", path.read_text(encoding="utf-8")):
        assert re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line
