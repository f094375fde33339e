"""docs/tutorial.md, followed to the letter: its commands, its files, and the page of the sandbox."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Dict, List

import pytest

from tests.support.documents import assert_printed, blocks_of
from tests.support.examples import Program, running

# It starts five programs and a browser, and takes ten seconds.
pytestmark = pytest.mark.heavy

BLOCKS = [block for block in blocks_of("docs/tutorial.md") if block.mode == "elsewhere"]
COMMANDS = [block.code for block in BLOCKS if block.language == "sh"]
PRINTED = [block for block in BLOCKS if block.language == "text"]
FILES = {block.name: block.code for block in BLOCKS if block.language == "python"}
INSTALL, START_TITAN, SECOND_TERMINAL, HELLO, START_BOT, THIRD_TERMINAL, SUBSCRIBE, TEST = COMMANDS


@pytest.fixture
def folder(tmp_path):
    """The folder `my-bot`, with an environment in which the SDK is installed: that of these tests."""
    commands = tmp_path / ".venv" / "bin"
    commands.mkdir(parents=True)
    (commands / "titan-sandbox").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m titan.sandbox "$@"\n')
    (commands / "titan-sandbox").chmod(0o755)
    there = os.path.dirname(sys.executable)
    (commands / "activate").write_text(f'PATH="{commands}:{there}:$PATH"\n')
    return tmp_path


class Terminal:
    """A terminal in the folder: what was set in it stays set."""

    def __init__(self, folder: os.PathLike[str], ports: Dict[int, int]) -> None:
        self._folder = folder
        self._ports = ports
        self._lines: List[str] = []

    def real(self, text: str) -> str:
        """With the ports of this test."""
        for shown, real in self._ports.items():
            text = text.replace(f":{shown}", f":{real}")
        return text

    def command(self, block: str) -> List[str]:
        """What runs a block; all of its lines but the last one set something."""
        *settings, last = self.real(block).strip().split("\n")
        self._lines += settings
        return ["bash", "-euc", "\n".join([*self._lines, f"exec {last}"])]

    def set(self, block: str) -> None:
        self._lines += self.real(block).strip().split("\n")

    def run(self, block: str) -> str:
        done = subprocess.run(
            self.command(block), cwd=self._folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert done.returncode == 0, done.stdout
        return done.stdout


@pytest.fixture(autouse=True)
def no_other_titan(monkeypatch):
    for name in list(os.environ):
        if name.startswith("TITAN_"):
            monkeypatch.delenv(name)
    # The test of the bot finds the SDK as it stands here, and only the plugins that it needs.
    monkeypatch.setenv("PYTHONPATH", os.getcwd())
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    monkeypatch.setenv(
        "PYTEST_ADDOPTS", "-p no:schemathesis -p no:randomly -p no:asyncio -p no:xdist -p no:cacheprovider"
    )


def output_of(program: Program, last: str) -> str:
    """What a program has printed, once the last line of it is there; it may listen before that."""
    deadline = time.monotonic() + 60
    while last not in program.output:
        assert time.monotonic() < deadline, program.output
        time.sleep(0.02)
    return program.output


def test_the_tutorial_leads_to_a_tested_bot(folder, browser):
    ports: Dict[int, int] = {}
    first, second, third = (Terminal(folder, ports) for _ in range(3))
    first.set(". .venv/bin/activate")

    def sandbox(port: int) -> List[str]:
        ports[8420] = port
        return first.command(f"{START_TITAN.strip()} --port {port}")

    with running(sandbox, folder) as titan:
        for name in FILES:
            (folder / name).write_text(first.real(FILES[name]), encoding="utf-8")
        printed = output_of(titan, "Ctrl-C").replace(f":{titan.port}", ":8420")
        assert_printed(printed, PRINTED[0])
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{titan.port}/")

        second.set(SECOND_TERMINAL)
        hello = subprocess.Popen(second.command(HELLO), cwd=folder, stdout=subprocess.PIPE, text=True)
        with hello:
            before = hello.stdout.readline()
            page.get_by_text("my-session").first.click()
            page.get_by_role("button", name="Scan").click()
            assert_printed(before + hello.stdout.read(), PRINTED[1])
        assert hello.returncode == 0

        def bot(port: int) -> List[str]:
            ports[8000] = port
            return second.command(START_BOT)

        with running(bot, folder) as waitress:
            for name in FILES:
                (folder / name).write_text(first.real(FILES[name]), encoding="utf-8")
            assert_printed(output_of(waitress, "Serving").replace(f":{waitress.port}", ":8000"), PRINTED[2])
            third.set(THIRD_TERMINAL)
            printed = third.run(SUBSCRIBE)
            assert_printed(printed.replace(f":{waitress.port}", ":8000"), PRINTED[3])
            page.get_by_text("+5511999999999").first.click()
            page.get_by_role("textbox").last.fill("Hi!")
            page.keyboard.press("Enter")
            page.get_by_text("You wrote: Hi!").first.wait_for()
            page.close()

        assert_printed(third.run(TEST), PRINTED[4])
