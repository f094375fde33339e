"""`titan pair` on a terminal: the code that the screen shows is the one that the server has."""

from __future__ import annotations

import io
import json
import re
import signal

import pyte
import pytest
import segno

from tests.support.loopback import http_json, serving
from tests.support.sandbox import client, data_of
from titan.cli.output import console
from titan.cli.qr import CodeScreen
from titan.types_gen import PairingQR

# It waits for terminals, and depends little on Python.
pytestmark = pytest.mark.once

MARGIN = 2


def modules_of(text):
    return [[bool(one) for one in row] for row in segno.make(text, error="l", micro=False).matrix]


def without_margin(modules):
    return [row[MARGIN:-MARGIN] for row in modules[MARGIN:-MARGIN]]


def is_black(colour):
    return colour == "000000"


def code_on_screen(terminal):
    """The modules that the characters and colours of the screen show."""
    rows = []
    for y in range(terminal.screen.lines):
        cells = [terminal.screen.buffer[y][x] for x in range(terminal.screen.columns)]
        width = next((x for x, cell in enumerate(cells) if cell.bg == "default"), len(cells))
        if width < 20:
            continue
        upper, lower = [], []
        for cell in cells[:width]:
            top, bottom = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}[cell.data]
            ink, paper = is_black(cell.fg), is_black(cell.bg)
            upper.append(ink if top else paper)
            lower.append(ink if bottom else paper)
        rows += [upper, lower]
    if not rows:
        return []
    size = len(rows[0])
    return without_margin(rows[:size])


def qr_text(sandbox, name="my-session"):
    """The text of the code that a session shows now."""
    sandbox.configure(qr_format="text")
    with client(sandbox) as api:
        text = data_of(api.get(f"/api/sessions/{name}/pairing/qr"))["qr"]
    sandbox.configure(qr_format="image")
    return text


def test_a_session_is_made_and_paired_with_a_code_that_redraws_in_its_place(on_terminal, sandbox, titan):
    pairing = on_terminal("pair", "my-session", lines=50)
    pairing.wait_for("Link a device")
    first = qr_text(sandbox)
    assert code_on_screen(pairing) == modules_of(first)

    sandbox.advance(20)
    second = qr_text(sandbox)
    assert second != first
    pairing.wait_for(lambda terminal: code_on_screen(terminal) == modules_of(second))
    # Nothing of the first is left, on the screen or above it.
    assert pairing.text.count("Link a device") == 1
    assert not pairing.screen.history.top

    sandbox.scan("my-session", phone_number="+5511999999999", push_name="Ana")
    assert pairing.wait() == 0
    assert pairing.text == "The session my-session is connected: +5511999999999 Ana"
    assert titan.sessions.get("my-session").status == "CONNECTED"


def test_codes_that_come_as_texts_are_drawn_too(on_terminal, sandbox):
    sandbox.configure(qr_format="text")
    pairing = on_terminal("pair", "my-session")
    pairing.wait_for("Link a device")
    assert code_on_screen(pairing) == modules_of(qr_text(sandbox))
    pairing.type("\x03")
    assert pairing.wait() == 130
    assert not pairing.screen.cursor.hidden
    assert pairing.text.strip("^C") == ""


class InterruptedScreen(io.StringIO):
    """A terminal at which somebody presses Ctrl-C at the moment in which some words are written."""

    def __init__(self, words):
        super().__init__()
        self.words = words
        self.screen = pyte.Screen(100, 50)

    def isatty(self):
        return True

    def write(self, text):
        pyte.Stream(self.screen).feed(text.replace("\n", "\r\n"))
        if self.words and self.words in text:
            self.words = ""
            signal.raise_signal(signal.SIGINT)
        return len(text)


def test_a_code_that_is_interrupted_while_it_is_drawn_leaves_the_screen_empty(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    terminal = InterruptedScreen("Ctrl-C ends it")
    try:
        with pytest.raises(KeyboardInterrupt), CodeScreen(console(terminal), "Ctrl-C ends it.") as codes:
            codes.show(PairingQR(qr="a code"))
    finally:
        signal.signal(signal.SIGINT, before)
    assert terminal.words == ""
    assert "".join(terminal.screen.display).strip() == ""
    assert not terminal.screen.cursor.hidden


def drawn_with(pairing, light, dark):
    """The modules of a code that is drawn with two characters, or pairs of them, for light and dark."""
    width = len(light)
    lines = [line for line in pairing.screen.display if line.startswith(light * 20)]
    first = pairing.screen.display.index(lines[0])
    size = len(pairing.screen.display[first].rstrip()) // width
    rows = []
    for line in pairing.screen.display[first : first + size]:
        cells = [line[x : x + width] for x in range(0, size * width, width)]
        assert set(cells) <= {light, dark}
        rows.append([cell == dark for cell in cells])
    return without_margin(rows)


def test_a_terminal_without_unicode_and_colours_gets_a_code_in_ascii(on_terminal, sandbox):
    variables = {"PYTHONIOENCODING": "ascii", "NO_COLOR": "1"}
    pairing = on_terminal("pair", "my-session", columns=160, lines=80, variables=variables)
    pairing.wait_for("Link a device")
    assert drawn_with(pairing, "##", "  ") == modules_of(qr_text(sandbox))
    assert pairing.raw.isascii()
    assert not re.search(rb"\x1b\[[0-9;]*[34][0-8][0-9;]*m", pairing.raw)
    sandbox.scan("my-session")
    assert pairing.wait() == 0


def test_a_window_that_is_too_small_for_the_code_says_so_until_it_is_larger(on_terminal, sandbox):
    pairing = on_terminal("pair", "my-session", columns=40, lines=20)
    pairing.wait_for(lambda terminal: "make the window" in " ".join(terminal.lines))
    pairing.resize(100, 50)
    pairing.wait_for(lambda terminal: code_on_screen(terminal) == modules_of(qr_text(sandbox)))


def test_a_code_for_the_phone_is_shown_and_waited_for(on_terminal, sandbox):
    pairing = on_terminal("pair", "my-session", "--code", "+55 11 99999-9999", "--json")
    pairing.wait_for("Link with phone number")
    assert re.search(r"The code: \d{4}-\d{4}\n", pairing.text)
    sandbox.scan("my-session")
    assert pairing.wait() == 0
    assert '"phoneNumber": "+5511999999999"' in pairing.text


def test_a_code_for_the_phone_without_a_terminal(run, sandbox):
    sandbox.configure(scan_after=0.5)
    done = run("pair", "my-session", "--code", "11 99999-9999", "--country", "55", "--json")
    assert done.status == 0
    assert re.match(r"The code: \d{4}-\d{4}\n", done.err)
    assert json.loads(done.out)["status"] == "CONNECTED"


def test_a_session_that_is_connected_before_it_has_a_code_needs_none(run, sandbox):
    sandbox.configure(scan_after=0.2)
    sandbox.fail("pairing.code", status=409)
    done = run("pair", "my-session", "--code", "+55 11 99999-9999")
    assert done.status == 0
    assert "The code" not in done.out


def test_a_code_for_the_phone_that_may_have_been_made_is_no_riddle(run, sandbox):
    sandbox.fail("pairing.code", cut="after")
    done = run("pair", "my-session", "--code", "+55 11 99999-9999")
    assert done.status == 3
    assert "A code may have been made that is not shown: run this again" in done.err


@pytest.mark.parametrize("qr", ["x" * 5000, "data:image/png;base64,AAAA", "data:image/png;base64,?"])
def test_a_code_that_cannot_be_drawn_is_the_servers_fault_and_there_is_another_way(run, qr):
    def answer(request):
        is_code = request.target.endswith("/qr")
        return http_json({"data": {"qr": qr} if is_code else {"name": "s", "status": "CONNECTING"}})

    with serving(answer) as server:
        done = run("pair", "s", TITAN_BASE_URL=server.url)
    assert (done.status, done.out) == (1, "")
    assert done.err == (
        "titan: this Titan sent a QR code that cannot be drawn here\n"
        "Use a phone code: titan pair NAME --code PHONE\n"
    )


def test_a_session_that_may_have_been_created_is_unclear(run, sandbox):
    sandbox.fail("sessions.create", cut="after")
    done = run("pair", "my-session")
    assert (done.status, done.out) == (3, "")
    assert "The session may have been created: see titan sessions" in done.err


def test_a_session_that_is_connected_is_told_of_at_once(run, connected, titan):
    done = run("pair", connected)
    assert done.status == 0
    assert done.out.startswith("The session my-session is connected: +55")
    assert json.loads(run("pair", connected, "--json").out) == titan.sessions.get(connected).to_dict()


def test_a_stopped_session_is_started_again(run, connected, titan):
    titan.sessions.stop(connected)
    assert run("pair", connected).status == 0
    assert titan.sessions.get(connected).status == "CONNECTED"


def test_a_code_that_nobody_scans_ends_with_a_hint(run, sandbox):
    sandbox.configure(qr_seconds=0.001)
    done = run("pair", "my-session")
    assert done.status == 1
    assert "QR_TIMEOUT" in done.err
    assert "Run it again" in done.err


def test_without_a_terminal_codes_come_one_below_the_other_and_without_control_characters(run, sandbox):
    sandbox.configure(scan_after=0.5)
    done = run("pair", "my-session")
    assert done.status == 0
    assert "Link a device" in done.out
    assert "\x1b" not in done.out
    assert len(done.out.splitlines()) > 20


def test_a_picture_that_is_no_code_is_refused_with_another_way(monkeypatch):
    import base64

    from tests.support.sandbox import PNG
    from titan.cli.failures import CommandError
    from titan.cli.qr import read_code

    for picture in (PNG, b""):
        with pytest.raises(CommandError) as refused:
            read_code("data:image/png;base64," + base64.b64encode(picture).decode())
        assert "--code PHONE" in refused.value.hint
