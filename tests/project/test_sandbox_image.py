"""What docs/guides/sandbox-in-ci.md puts into a container works outside of one, command by command.

NOT TESTED: that the image builds and that containers reach each other, for want of a daemon that runs them.
"""

from __future__ import annotations

import json
import re
import shlex
import socket
import subprocess
import sys

import httpx
import pytest
import yaml

from tests.support.documents import blocks_of
from tests.support.examples import running
from titan import BadRequestError, TitanClient

BLOCKS = [block for block in blocks_of("docs/guides/sandbox-in-ci.md") if block.mode == "elsewhere"]
(DOCKERFILE,) = [block.code for block in BLOCKS if block.language == "dockerfile"]
COMPOSE, SERVICE, SHARED = [yaml.safe_load(block.code) for block in BLOCKS if block.language == "yaml"]


def instructions(name):
    """What stands behind an instruction of the Dockerfile, as lists where it is written so."""
    lines = DOCKERFILE.replace("\\\n", " ").splitlines()
    found = [line.partition(" ")[2].strip() for line in lines if line.startswith(f"{name} ")]
    return [json.loads(text[text.index("[") :]) if "[" in text and name != "RUN" else text for text in found]


(COMMAND,) = instructions("CMD")
(HEALTH,) = [json.loads(line.strip()[4:]) for line in DOCKERFILE.splitlines() if line.startswith("    CMD ")]


@pytest.fixture(scope="module")
def container(tmp_path_factory):
    """The command of the image, on a free port in place of 8420."""
    program, *options = COMMAND
    assert program == "titan-sandbox"

    def command(port):
        return [sys.executable, "-m", "titan.sandbox", *options, "--port", str(port)]

    with running(command, tmp_path_factory.mktemp("container")) as program:
        yield program


def health(port):
    program, *arguments = HEALTH
    assert program == "python"
    return subprocess.run(
        [sys.executable, *(one.replace(":8420", f":{port}") for one in arguments)], capture_output=True
    ).returncode


def test_the_health_check_tells_whether_the_sandbox_answers(container):
    assert health(container.port) == 0
    with socket.create_server(("127.0.0.1", 0)) as free:
        nobody = free.getsockname()[1]
    assert health(nobody) == 1


def test_others_reach_it_by_the_name_of_its_service_and_with_the_key_of_the_page(container):
    environment = COMPOSE["services"]["tests"]["environment"]
    host = environment["TITAN_BASE_URL"].split("://")[1].replace("8420", str(container.port))
    headers = {"Host": host, "Authorization": f"Bearer {environment['TITAN_API_KEY']}"}
    url = f"http://127.0.0.1:{container.port}/api/sessions"
    assert httpx.get(url, headers=headers).json() == {"data": []}
    assert httpx.get(url, headers={**headers, "Host": "another"}).status_code == 403


def test_a_webhook_beyond_the_loopback_is_refused(container):
    key = SHARED["services"]["bot"]["environment"]["TITAN_API_KEY"]
    with TitanClient(f"http://127.0.0.1:{container.port}", key) as client:
        with pytest.raises(BadRequestError):
            client.webhooks.create({"url": "http://bot:8000/titan"})
        assert client.webhooks.create({"url": "http://127.0.0.1:8000/titan"}).id


def test_every_address_and_key_of_the_page_is_that_of_the_image():
    key = COMMAND[COMMAND.index("--api-key") + 1]
    name = COMMAND[COMMAND.index("--allow-host") + 1]
    used = [*COMPOSE["services"].values(), *SHARED["services"].values(), SERVICE["jobs"]["tests"]]
    environments = [one.get("environment") or one.get("env") for one in used]
    found = [one for one in environments if one]
    assert [one["TITAN_API_KEY"] for one in found] == [key] * 3
    assert {one["TITAN_BASE_URL"] for one in found} == {f"http://{name}:8420", "http://127.0.0.1:8420"}
    assert SHARED["services"]["bot"]["network_mode"] == f"service:{name}"
    assert name in SHARED["services"]
    assert name in COMPOSE["services"]
    assert instructions("EXPOSE") == ["8420"]


def test_the_image_installs_a_wheel_as_the_page_says(tmp_path):
    """The shell of its RUN, with a pip that says what it is asked for."""
    (install, _) = instructions("RUN")
    (tmp_path / "titan_sdk-1.0-py3-none-any.whl").touch()
    shell = install.replace("/tmp/", f"{tmp_path}/").replace("python -m pip", "echo pip")
    done = subprocess.run(["sh", "-euc", shell], capture_output=True, text=True, check=True)
    asked = shlex.split(done.stdout)
    assert asked[:3] == ["pip", "install", "--no-cache-dir"]
    assert re.fullmatch(r".*/titan_sdk-1\.0-py3-none-any\.whl\[sandbox\]", asked[3])
    assert list(tmp_path.glob("*.whl")) == []
