"""Make docs/console.png: the console over the bundled recording, as an officer sees it.

    .venv/bin/python scripts/screenshot.py docs/console.png --at 2026-09-14T06:00:00Z --keys j

Starts a replay of its own, waits until it has reached the time, presses the keys, takes the
picture. With --url it photographs a watch that is running already. Needs playwright and Debian's
chromium, as the tests do.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
from playwright.sync_api import Page, expect, sync_playwright

ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]


@contextlib.contextmanager
def replaying(speed: str, moment: str) -> Iterator[str]:
    """A replay of the bundled recording that has reached an event time; its address."""
    command = [str(Path(sys.executable).with_name("vigie")), "run", "--demo", "--port", "0"]
    command += ["--speed", speed]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if found := re.search(r"http://\S+:\d+", line):
                    while not reached(found[0], moment):
                        if process.poll() is not None:
                            sys.exit("vigie run ended before it got there")
                        time.sleep(0.2)
                    yield found[0]
                    return
            sys.exit("vigie run ended without saying where to look")
        finally:
            process.terminate()


def reached(url: str, moment: str) -> bool:
    """Whether the watch has reached an event time, or its replay has ended."""
    try:
        health = httpx.get(f"{url}/api/v1/health").json()
    except httpx.TransportError:  # it says where before it listens there
        return False
    return bool(health["finished"] or (health["event_time"] or "") >= moment)


def photograph(page: Page, url: str, keys: list[str], target: Path) -> None:
    """One picture of the console, once everything is drawn."""
    page.goto(url)
    expect(page.locator("#queue")).to_have_attribute(  # there are alerts, or none
        "aria-busy", "false", timeout=30_000
    )
    expect(page.locator("#health")).to_contain_text(re.compile(r"\d vessels?"))
    if "#" not in url:
        page.keyboard.press("f")
    for key in keys:
        page.keyboard.press(key)
    page.wait_for_timeout(3000)
    page.screenshot(path=target)


def main() -> None:
    """Read the command line and make the picture."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("target", type=Path, help="the PNG to write")
    parser.add_argument("--at", default="", help="event time our own replay is to reach")
    parser.add_argument("--url", help="a watch that is running, instead of a replay of our own")
    parser.add_argument("--speed", default="60", help="of our own replay, times real time")
    parser.add_argument("--keys", default="", help="keys to press, with blanks between: j Enter z")
    parser.add_argument("--palette", default="dusk", help="day, dusk or night")
    parser.add_argument("--size", default="1920x1080", help="width and height of the window")
    given = parser.parse_args()
    width, height = map(int, given.size.split("x"))
    with contextlib.ExitStack() as stack:
        url = given.url or stack.enter_context(replaying(given.speed, given.at))
        browser = stack.enter_context(sync_playwright()).chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS
        )
        page = browser.new_page(
            viewport={"width": width, "height": height}, reduced_motion="reduce"
        )
        page.add_init_script(f"localStorage.setItem('vigie.palette', '\"{given.palette}\"')")
        photograph(page, url, given.keys.split(), given.target)
        browser.close()


if __name__ == "__main__":
    main()
