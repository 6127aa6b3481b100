"""The officer's page with 30,000 vessels in sight: headless Chromium, drawing without a GPU.

A server in this process, its picture and alerts made here. The page is not told that it is
measured: what its socket's messages and its frames take is counted from outside, by wrapping both.
"""

from __future__ import annotations

import contextlib
import importlib
import re
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import uvicorn

from api.access import Access
from api.app import CONSOLE, create_app
from api.context import Context, Status
from api.live.link import SERVED
from api.pages import packed
from api.wire import publish
from benchmarks.geofence import traffic
from benchmarks.row import REQUIRED, Row
from benchmarks.sea import MIDNIGHT, Sea
from geofence import library
from geofence.zoneset import ZoneSet
from ingest.errors import ConfigError
from ingest.records import Positions, Statics
from ingest.stations import Stations
from store.database import Database
from store.picture import Picture
from watch.alert import Alert

BENCH = "console"
VESSELS, CHANGED = 30_000, 5_000
LOADS, BEATS, ALERTS, PAN_S = 7, 20, 60, 4
REQUIRED_FIRST_S, REQUIRED_FRAME_MS, REQUIRED_UPDATE_MS, REQUIRED_ALERT_S = 2.0, 40.0, 20.0, 1.0
REQUIRED_KB = 60.0
_PATIENCE_MS = 120_000.0
_ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

# Times each message of vessels and the frame that draws it; frames while a pan is asked for; rows
# of alerts when the frame after they came is done.
WATCHING = """(() => {
    const seen = window.seen = { handled: [], painted: [], rows: {} };
    const real = window.requestAnimationFrame.bind(window);
    let beat = null;
    window.requestAnimationFrame = (work) => real((at) => {
        const before = performance.now();
        work(at);
        if (beat) beat.took += performance.now() - before;
    });
    const Socket = window.WebSocket;
    window.WebSocket = class extends Socket {
        set onmessage(work) {
            super.onmessage = (event) => {
                const before = performance.now();
                work(event);
                if (typeof event.data === 'string') return;
                const took = performance.now() - before;
                seen.handled.push(took);
                if (beat) { beat.took += took; return; }
                const mine = beat = { took };
                real(() => real(() => { beat = null; seen.painted.push(mine.took); }));
            };
        }
    };
    seen.frames = async (ms) => {
        const gaps = [];
        let last = await new Promise(real);
        for (const end = last + ms; last < end;) {
            const now = await new Promise(real);
            gaps.push(now - last);
            last = now;
        }
        return gaps;
    };
    addEventListener('DOMContentLoaded', () => new MutationObserver(() => {
        for (const row of document.querySelectorAll('.alert[id]')) {
            if (!(row.id in seen.rows)) {
                seen.rows[row.id] = null;
                real(() => setTimeout(() => {
                    seen.rows[row.id] = performance.timeOrigin + performance.now();
                }));
            }
        }
    }).observe(document.getElementById('queue'), { childList: true, subtree: true }));
})()"""


def run(full: bool) -> Iterator[Row]:
    """Rows of this bench, on the wall: what an officer waits for, with nothing else at work."""
    yield _size()
    sea = Sea(VESSELS, places=places())
    with served(sea) as (url, context, move), _chromium() as browser:
        loads = sorted(_load(browser, url) for _ in range(2 * LOADS if full else LOADS))
        case = f"{VESSELS:,} vessels, all in sight"
        yield _held(case, "log-in to first useful paint, median", loads[len(loads) // 2], "s",
                    REQUIRED_FIRST_S)  # fmt: skip
        page = _open(browser, url)
        page.wait_for_function("() => window.seen.painted.length > 0")
        page.wait_for_timeout(3000)  # what loads at first is not what is measured
        frames = _pan(page)
        yield _held(case, "pan, median frame", _at(frames, 0.5), "ms", REQUIRED_FRAME_MS)
        yield Row(BENCH, case, "pan, p95 frame", _at(frames, 0.95), "ms")
        handled, painted = _updates(page, move)
        case = f"{CHANGED:,} of {VESSELS:,} vessels changed"
        yield _held(case, "taken in, median", _at(handled, 0.5), "ms", REQUIRED_UPDATE_MS)
        yield Row(BENCH, case, "taken in and drawn, median", _at(painted, 0.5), "ms")
        waits = _alerts(page, context, sea)
        yield _held("one at a time", "alert raised to row on screen, p95", _at(waits, 0.95), "s",
                    REQUIRED_ALERT_S)  # fmt: skip


def _held(case: str, subject: str, value: float, unit: str, required: float) -> Row:
    return Row.against(
        BENCH, case, subject, value, unit, peer=REQUIRED, peer_value=required,
        less_is_better=True, must=1.0,
    )  # fmt: skip


def _at(values: list[float], quantile: float) -> float:
    return float(np.quantile(values, quantile))


def _size() -> Row:
    files = [p for p in sorted(CONSOLE.iterdir()) if p.suffix in (".js", ".css")]
    ours = [p for p in files if not re.match(r"docs\.|handover\.", p.name)]  # other pages
    sent = sum(len(packed(path, True).gzip) for path in ours)
    return _held(
        f"{len(ours)} files", "JavaScript and style as sent", sent / 1e3, "kB", REQUIRED_KB
    )


def places() -> Any:
    """Where traffic is, in a stretch of sea that a map shows at once."""
    areas = [zone.geometry for zone in library.load() if not zone.is_gate]
    lon, lat = traffic(areas, 6 * VESSELS)
    near = (lon > 20) & (lon < 120) & (lat > -30) & (lat < 45)
    rows = np.flatnonzero(near)[:VESSELS]
    rows = np.resize(rows, VESSELS)
    return lon[rows], lat[rows]


@contextlib.contextmanager
def served(sea: Sea) -> Iterator[tuple[str, Context, Callable[[], None]]]:
    """Address, context, and what makes some vessels move on."""
    picture = Picture()
    names = np.array([b"VESSEL %d" % n for n in range(VESSELS)])
    began = np.full(VESSELS, MIDNIGHT)
    statics = Statics.absent(VESSELS, mmsi=sea.mmsi, name=names,
                             msg_type=np.full(VESSELS, 5), time=began)  # fmt: skip
    everybody = sea.positions(0, 200)
    picture.update(everybody, statics)
    last = {int(mmsi): row for row, mmsi in enumerate(everybody.mmsi)}
    rows = np.array(sorted(last.values()))
    now = [MIDNIGHT + np.timedelta64(200, "s")]
    random = np.random.default_rng(3)

    def move() -> None:
        now[0] += np.timedelta64(1, "s")
        some = everybody.take(np.sort(random.choice(rows, CHANGED, replace=False)))
        moved = {name: getattr(some, name) for name in ("mmsi", "msg_type", "cog", "heading")}
        picture.update(
            Positions.absent(
                CHANGED, time=np.full(CHANGED, now[0]), lon=some.lon, flags=some.flags,
                lat=np.clip(some.lat + 0.001 * (int(now[0].astype(int)) % 7), -90, 90),
                sog=some.sog, status=some.status, **moved,
            ),
            Statics.absent(0),
        )  # fmt: skip

    zones = ZoneSet(tuple(zone for zone in library.load() if zone.kind != "port"))
    with Database.temporary() as database:
        stations = Stations()
        for number in range(20):
            stations.number(b"ST%02d" % number)
        context = Context(
            database, picture, lambda: zones, lambda: Status("live", now[0]), stations=stations
        )
        app = create_app(context, access=Access.open())
        listening = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", **SERVED))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}", context, move
        finally:
            context.stream.close()
            server.should_exit = server.force_exit = True
            thread.join()
            listening.close()


@contextlib.contextmanager
def _chromium() -> Iterator[Any]:
    path = shutil.which("chromium")
    try:
        api = importlib.import_module("playwright.sync_api")
    except ModuleNotFoundError:
        path = None
    if path is None:
        raise ConfigError(
            "the console cannot be measured without a browser", where="bench console",
            mend="Run make setup-dev, and install the Debian package chromium",
        )  # fmt: skip
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield browser
        browser.close()


def _open(browser: Any, url: str) -> Any:
    page = browser.new_context(viewport={"width": 1920, "height": 1080}).new_page()
    page.set_default_timeout(_PATIENCE_MS)
    page.add_init_script(WATCHING)
    page.goto(url)
    return page


def _load(browser: Any, url: str) -> float:
    """Seconds from asking for the page to alerts and vessels drawn, with nothing kept before."""
    page = _open(browser, url)
    page.wait_for_function(
        "() => window.seen.painted.length > 0"
        " && document.getElementById('queue').ariaBusy === 'false'"
    )
    took = page.evaluate("() => performance.now()")
    page.context.close()
    return float(took) / 1000


def _pan(page: Any) -> list[float]:
    """Intervals between frames while the map is dragged to and fro, ms."""
    box = page.locator("#map").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.evaluate(f"() => {{ window.panned = window.seen.frames({1000 * PAN_S}); }}")
    page.mouse.move(x, y)
    page.mouse.down()
    end = time.perf_counter() + PAN_S
    step = 0
    while time.perf_counter() < end:
        step += 1
        page.mouse.move(x + 300 * np.sin(step / 25), y + 120 * np.sin(step / 40))
    page.mouse.up()
    frames: list[float] = page.evaluate("() => window.panned")
    return frames


def _updates(page: Any, move: Callable[[], None]) -> tuple[list[float], list[float]]:
    """Milliseconds that changes took to be taken in; and to be taken in and drawn."""
    page.evaluate("() => { window.seen.handled.length = window.seen.painted.length = 0; }")
    for beat in range(BEATS):
        move()
        page.wait_for_function(f"() => window.seen.painted.length > {beat}")
    return page.evaluate("() => window.seen.handled"), page.evaluate("() => window.seen.painted")


def _alerts(page: Any, context: Context, sea: Sea) -> list[float]:
    """Seconds from each alert's publication to the frame with its row."""
    waits = []
    now = MIDNIGHT + np.timedelta64(200, "s")
    for number in range(ALERTS):
        made = f"{number:016x}"
        mmsi = int(sea.mmsi[number])
        alert = Alert(
            made, "bench", "alarm", "active-unacknowledged", "zone_enter", mmsi, (mmsi,), None, now,
            now, 45.0, 12.0, f"VESSEL {number} entered", evidence={"words": "entered"},
        )  # fmt: skip
        raised = time.time()
        publish(context.stream, [alert])
        page.wait_for_function(f"() => window.seen.rows['alert-{made}']")
        shown = page.evaluate(f"() => window.seen.rows['alert-{made}']")
        waits.append(shown / 1000 - raised)
    return waits
