"""A real Chromium, headless, spoken to over a pipe: pages are opened, run, pressed and looked at.

Its DevTools protocol is JSON, one message after another, each ended by a zero byte; so nothing has
to be installed but the browser itself.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--remote-debugging-pipe",
)  # fmt: skip

NAMED = {"Enter": "\r", "Tab": "\t", " ": " "}
CODES = {"Enter": 13, "Tab": 9, " ": 32, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39,
         "ArrowDown": 40, "Home": 36, "End": 35}  # fmt: skip


class Browser:
    """A browser with one page, and what that page said and asked for."""

    def __init__(self) -> None:
        self.profile = tempfile.TemporaryDirectory(prefix="chromium", ignore_cleanup_errors=True)
        theirs, self.sent = os.pipe()
        self.heard, ours = os.pipe()
        theirs, ours = (fcntl.fcntl(one, fcntl.F_DUPFD, 20) for one in (theirs, ours))

        def placed() -> None:
            os.dup2(theirs, 3)
            os.dup2(ours, 4)

        self.process = subprocess.Popen(
            [str(CHROMIUM), *FLAGS, f"--user-data-dir={self.profile.name}", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=placed, pass_fds=(3, 4),
        )  # fmt: skip
        os.close(theirs)
        os.close(ours)
        self.rest = b""
        self.count = 0
        self.session: str | None = None
        self.console: list[str] = []
        self.requests: list[str] = []
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(one["targetId"] for one in targets if one["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def close(self) -> None:
        """End it."""
        self.session = None
        self.call("Browser.close")
        self.process.wait(20)
        os.close(self.sent)
        os.close(self.heard)
        self.profile.cleanup()

    def call(self, method: str, **parameters: object) -> dict:
        """Ask for something, and wait for the answer."""
        self.count += 1
        message: dict = {"id": self.count, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.sent, data) :]
        while True:
            answer = self._next()
            if answer.get("id") == self.count:
                assert "error" not in answer, answer
                return answer["result"]
            self._note(answer)

    def _next(self) -> dict:
        while b"\0" not in self.rest:
            read = os.read(self.heard, 1 << 20)
            assert read, "the browser ended"
            self.rest += read
        first, self.rest = self.rest.split(b"\0", 1)
        return json.loads(first)

    def _note(self, event: dict) -> None:
        """Keep what the page says, and what it asks a network for."""
        name, told = event.get("method"), event.get("params", {})
        if name == "Runtime.consoleAPICalled":
            self.console.append(" ".join(str(one.get("value")) for one in told["args"]))
        elif name == "Runtime.exceptionThrown":
            self.console.append(json.dumps(told["exceptionDetails"]))
        elif name == "Log.entryAdded":
            self.console.append(told["entry"]["text"])
        elif name == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])

    def open(self, path: Path, fragment: str = "") -> None:
        """Open a file as a page, and wait until it is there."""
        self.console, self.requests = [], []
        self.call("Page.navigate", url="about:blank")
        self.requests = []
        self.call("Page.navigate", url=path.resolve().as_uri() + fragment)
        self.run("new Promise(go => document.readyState === 'complete' ? go() : "
                 "addEventListener('load', go))")  # fmt: skip
        self.settle()

    def run(self, expression: str) -> object:
        """What an expression of JavaScript gives in the page."""
        answer = self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, json.dumps(answer["exceptionDetails"])[:2000]
        return answer["result"].get("value")

    def settle(self) -> None:
        """Wait until the page has drawn what was asked for."""
        self.run("new Promise(go => requestAnimationFrame(() => requestAnimationFrame(go)))")

    def press(self, key: str) -> None:
        """Press and release a key; but for Tab, wait until the page has drawn what follows."""
        told = {"key": key, "windowsVirtualKeyCode": CODES.get(key, 0)}
        if text := NAMED.get(key, key if len(key) == 1 else ""):
            told["text"] = text
        self.call("Input.dispatchKeyEvent", type="keyDown", **told)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)
        if key != "Tab":
            self.settle()

    def write(self, text: str) -> None:
        """Write text where the focus is."""
        self.call("Input.insertText", text=text)

    def look(self, width: int, height: int, *, dark: bool = False, printed: bool = False) -> None:
        """See the page as a screen of this size shows it, or paper."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=width < 500)  # fmt: skip
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", media="print" if printed else "", features=scheme)
        self.settle()

    def picture(self, path: Path) -> None:
        """The whole page as a PNG."""
        data = self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        path.write_bytes(base64.b64decode(data))

    def paper(self, path: Path) -> None:
        """The page as it is printed, as PDF."""
        path.write_bytes(base64.b64decode(self.call("Page.printToPDF")["data"]))
