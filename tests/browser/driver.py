"""The few commands of the WebDriver protocol that the browser tests need (W3C WebDriver, 2018)."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--force-prefers-reduced-motion",
)  # fmt: skip


@dataclass
class Browser:
    """One window of a browser, driven through chromedriver at a port of this machine."""

    port: int
    session: str = ""

    def start(self, binary: str, *, scripts: bool = True) -> None:
        """Open a window; `scripts` tells whether pages may run JavaScript."""
        preferences = {} if scripts else {"profile.managed_default_content_settings.javascript": 2}
        wanted = {
            "goog:chromeOptions": {"binary": binary, "args": list(FLAGS), "prefs": preferences},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }
        answer = self.call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self.session = f"/session/{answer['sessionId']}"

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Send one command; a refusal fails the test with the driver's own words."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            text = json.dumps(body or {}) if method == "POST" else None
            connection.request(method, path, text, {"Content-Type": "application/json"})
            response = connection.getresponse()
            value = json.loads(response.read())["value"]
            assert response.status == 200, value
            return value
        finally:
            connection.close()

    def open(self, address: str) -> None:
        self.call("POST", f"{self.session}/url", {"url": address})

    def run(self, script: str) -> Any:
        """Run the body of a function and give what it returns."""
        return self.call("POST", f"{self.session}/execute/sync", {"script": script, "args": []})

    def run_later(self, script: str) -> Any:
        """Run the body of a function that gives what it found to its last argument, when it is ready."""
        return self.call("POST", f"{self.session}/execute/async", {"script": script, "args": []})

    def element(self, selector: str) -> str:
        found = self.call("POST", f"{self.session}/element", {"using": "css selector", "value": selector})
        return str(next(iter(found.values())))

    def click(self, selector: str) -> None:
        self.call("POST", f"{self.session}/element/{self.element(selector)}/click")

    def type(self, selector: str, text: str) -> None:
        self.call("POST", f"{self.session}/element/{self.element(selector)}/value", {"text": text})

    def text(self, selector: str) -> str:
        return str(self.call("GET", f"{self.session}/element/{self.element(selector)}/text"))

    def press(self, *keys: str) -> None:
        presses = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        actions = [{"type": "key", "id": "keys", "actions": presses}]
        self.call("POST", f"{self.session}/actions", {"actions": actions})

    def size(self, width: int, height: int) -> None:
        """Give pages a view of this many CSS pixels."""
        self.devtools(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=True
        )

    def scheme(self, name: str) -> None:
        """Ask for light or dark, as a reader's setting does."""
        self.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def devtools(self, command: str, **parameters: Any) -> Any:
        return self.call("POST", f"{self.session}/goog/cdp/execute", {"cmd": command, "params": parameters})

    def complaints(self) -> list[str]:
        """Give what the console has said since the last call: errors, refused resources, broken policies."""
        entries = self.call("POST", f"{self.session}/se/log", {"type": "browser"})
        return [entry["message"] for entry in entries if entry["level"] in {"SEVERE", "WARNING"}]

    def requested(self) -> set[str]:
        """Give the addresses that pages have asked for since the last call, also those that a policy refused."""
        entries = self.call("POST", f"{self.session}/se/log", {"type": "performance"})
        events = [json.loads(entry["message"])["message"] for entry in entries]
        return {event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"}

    def wait(self, ready: Callable[[], Any], seconds: float = 20) -> Any:
        """Wait until something holds; what it gives is given back."""
        end = time.monotonic() + seconds
        while not (value := ready()):
            assert time.monotonic() < end, "the page never came to it"
            time.sleep(0.1)
        return value

    def shot(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.call("GET", f"{self.session}/screenshot")))

    def close(self) -> None:
        if self.session:
            self.call("DELETE", self.session)
