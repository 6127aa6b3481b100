"""A server of the pages in a thread, Debian's Chromium, and a cable between them to cut."""

from __future__ import annotations

import contextlib
import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import uvicorn
from fastapi import FastAPI
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

from api.live.link import SERVED
from api.stream import Stream

PATIENCE_MS = 60_000.0
ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--autoplay-policy=user-gesture-required",
)  # fmt: skip
WIDE = {"width": 1920, "height": 1080}


@contextlib.contextmanager
def serving(app: FastAPI, stream: Stream) -> Iterator[str]:
    """The address of a running server of an application."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="error", lifespan="off", **SERVED)
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, args=([listening],))
    thread.start()  # who comes before it is ready is kept waiting, not refused
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        stream.close()
        running.should_exit = running.force_exit = True
        thread.join()
        listening.close()


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    path = shutil.which("chromium")
    assert path, "the console's tests need Chromium: install the Debian package chromium"
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@dataclass
class Seen:
    """What went wrong in a page, and what it asked for."""

    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


def watched(page: Page) -> Seen:
    """What goes wrong in a page from now on."""
    seen = Seen()

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error":
            seen.errors.append(f"{message.text} {message.location.get('url', '')}")

    page.on("console", heard)
    page.on("pageerror", lambda error: seen.errors.append(f"{error}\n{error.stack}"))
    page.on("request", lambda request: seen.requests.append(request.url))
    page.add_init_script(
        "addEventListener('securitypolicyviolation', (e) => console.error('CSP', e.blockedURI))"
    )
    return seen


@contextlib.contextmanager
def desk(browser: Browser, **options: object) -> Iterator[tuple[Page, Seen]]:
    """A desk of its own: a page that shares nothing with others."""
    settings = {"viewport": WIDE, "reduced_motion": "reduce", **options}
    context: BrowserContext = browser.new_context(**settings)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    try:
        yield page, watched(page)
    finally:
        context.close()


class Cable:
    """A port that leads to a server, until it is cut."""

    def __init__(self, url: str) -> None:
        host, _, port = url.removeprefix("http://").partition(":")
        self._to = (host, int(port))
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._links: list[socket.socket] = []
        self._lock = threading.Lock()
        self._whole = True
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def cut(self) -> None:
        """Nothing goes through any more."""
        with self._lock:
            self._whole = False
            for link in self._links:
                with contextlib.suppress(OSError):
                    link.shutdown(socket.SHUT_RDWR)
                link.close()
            self._links.clear()

    def mend(self) -> None:
        """It leads there again."""
        with self._lock:
            self._whole = True

    def close(self) -> None:
        """Take it away."""
        self.cut()
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            with self._lock:
                if not self._whole:
                    near.close()
                    continue
                far = socket.create_connection(self._to)
                self._links += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._pass, args=(one, other), daemon=True).start()

    @staticmethod
    def _pass(one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65_536):
                other.sendall(data)
        for link in (one, other):
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)
