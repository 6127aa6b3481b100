"""The page in a real browser: Debian's Chromium, driven by Playwright."""

import dataclasses
import importlib.util
import math
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from browsing import chromium, desk, serving
from playwright.sync_api import Browser, Page, expect

from api.access import Access
from api.app import create_app
from api.context import Context
from api.wire import publish
from watch.alert import Alert

ROW = ".alert[role=option]"


@pytest.fixture(scope="module")
def server(context: Context) -> Iterator[str]:
    """The address of a running server."""
    with serving(create_app(context, access=Access.open()), context.stream) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, server: str) -> Iterator[Page]:
    """The console, loaded; at the end there must have been no error and no foreign request."""
    with desk(browser) as (page, seen):
        page.goto(server)
        ready(page)
        page.seen = seen  # type: ignore[attr-defined]
        yield page
    # What a test calls out without writing it down has no log.
    assert [error for error in seen.errors if not error.endswith("/log")] == []
    assert all(url.startswith((server, server.replace("http", "ws"))) for url in seen.requests)


def ready(page: Page) -> None:
    expect(page.locator(ROW).first).to_be_visible()
    expect(page.locator("#health")).to_contain_text("rejected")
    expect(page).to_have_url(re.compile("#"))


def drawn(page: Page, colour: str) -> int:
    """How many pixels of the map's canvases have a colour of the palette."""
    return page.evaluate(
        """(name) => {
            const value = getComputedStyle(document.documentElement).getPropertyValue(name);
            const probe = document.createElement('canvas').getContext('2d');
            probe.fillStyle = value.trim();
            probe.fillRect(0, 0, 1, 1);
            const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
            let count = 0;
            for (const canvas of document.querySelectorAll('canvas.layer')) {
                const pixels = canvas.getContext('2d')
                    .getImageData(0, 0, canvas.width, canvas.height).data;
                for (let i = 0; i < pixels.length; i += 4) {
                    if (pixels[i + 3] > 200 && Math.abs(pixels[i] - r) < 8
                        && Math.abs(pixels[i + 1] - g) < 8 && Math.abs(pixels[i + 2] - b) < 8) {
                        count += 1;
                    }
                }
            }
            return count;
        }""",
        colour,
    )


def wait_for_drawing(page: Page, colour: str, pixels: int) -> None:
    """Wait, a few seconds at most, until so many pixels of a colour are drawn."""
    for _ in range(200):
        if drawn(page, colour) >= pixels:
            return
        page.evaluate("() => new Promise(requestAnimationFrame)")
    pytest.fail(f"{drawn(page, colour)} pixels of {colour} are drawn, not {pixels}")


def pixel(page: Page, lon: float, lat: float) -> tuple[float, float]:
    """Where a place stands on the screen: the address bar says the centre and the zoom."""
    centre_lat, centre_lon, zoom = map(float, page.url.split("#")[1].split("&")[0].split(","))
    box = page.locator("#map").bounding_box()
    assert box is not None

    def world(lon: float, lat: float) -> tuple[float, float]:
        y = 0.5 - math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)) / (2 * math.pi)
        return (lon / 360 + 0.5) * 256 * 2**zoom, y * 256 * 2**zoom

    (x, y), (cx, cy) = world(lon, lat), world(centre_lon, centre_lat)
    return box["x"] + box["width"] / 2 + x - cx, box["y"] + box["height"] / 2 + y - cy


def test_the_page_shows_the_watch(page: Page) -> None:
    expect(page).to_have_title("(4) Vigie")
    expect(page.locator("#clock")).to_have_text("2026-09-14 06:30:00Z")
    expect(page.locator("#mode")).to_have_text("REPLAY ×10")
    expect(page.locator("#recording")).to_have_text("gulf-of-aden.nmea.gz")
    expect(page.locator("#health")).to_contain_text("300 vessels")
    expect(page.locator("#health")).to_contain_text("0.67 % rejected")
    expect(page.locator("#lost")).to_be_hidden()
    expect(page.locator("#counts button").first).to_have_text("◆ 1")


def test_vessels_coast_and_zones_are_drawn(page: Page) -> None:
    for colour, pixels in (
        ("--target", 1000), ("--land", 100_000), ("--coast", 500), ("--zone-alarm", 300),
        ("--emergency", 20), ("--warning", 100),
    ):  # fmt: skip
        wait_for_drawing(page, colour, pixels)


def test_the_queue_has_the_most_urgent_first_and_twenty_in_sight(page: Page) -> None:
    expect(page.locator(ROW)).to_have_count(22)
    expect(page.locator("#queue-count")).to_have_text("22 shown · 22 open of 27")
    page.locator("#view").select_option("all")
    expect(page.locator(ROW)).to_have_count(27)
    ranks = ["emergency", "alarm", "warning", "caution"]
    found = page.locator(ROW).evaluate_all(
        "rows => rows.map(r => [r.dataset.closed, r.dataset.priority,"
        " r.querySelector('time').dateTime])"
    )
    opened = [
        (ranks.index(priority), time) for closed, priority, time in found if closed == "false"
    ]
    assert [rank for rank, _ in opened] == sorted(rank for rank, _ in opened)
    for rank in range(4):
        times = [time for r, time in opened if r == rank]
        assert times == sorted(times, reverse=True)
    assert [closed for closed, _, _ in found] == sorted(closed for closed, _, _ in found)
    box = page.locator("#queue").bounding_box()
    tops = page.locator(ROW).evaluate_all("rows => rows.map(r => r.getBoundingClientRect().bottom)")
    assert box is not None
    assert sum(bottom <= box["y"] + box["height"] for bottom in tops) >= 20


def test_keys_move_show_zoom_and_close(page: Page) -> None:
    page.keyboard.press("j")
    page.keyboard.press("j")
    chosen = page.locator(f"{ROW}[aria-selected=true]")
    expect(chosen).to_have_attribute("data-priority", "alarm")
    detail = page.locator("#detail")
    expect(detail).to_contain_text("VESSEL 10 was heard inside Listed area")
    expect(detail).to_contain_text("Call the vessel on VHF 16")
    expect(detail).to_contain_text("359 fixes in the last 12 h")
    expect(detail).to_contain_text("180 × 30 m")
    page.keyboard.press("k")
    expect(chosen).to_have_attribute("data-priority", "emergency")
    page.keyboard.press("z")
    expect(page).to_have_url(re.compile(r",11&alert="))
    wait_for_drawing(page, "--select", 50)
    page.keyboard.press("Escape")
    expect(detail).to_be_hidden()
    expect(chosen).to_have_count(0)
    page.keyboard.press("?")
    expect(page.locator("dialog")).to_contain_text("zoom in on it")


def test_a_click_on_a_vessel_opens_it(page: Page, context: Context) -> None:
    fleet = context.picture.fleet()
    row = 30
    page.goto(
        f"{page.url.split('#')[0]}#{fleet.positions.lat[row]:.3f},{fleet.positions.lon[row]:.3f},13"
    )
    page.reload()
    ready(page)
    x, y = pixel(page, float(fleet.positions.lon[row]), float(fleet.positions.lat[row]))
    page.mouse.move(x, y)
    expect(page.locator(".leaflet-tooltip")).to_contain_text(f"VESSEL {row}")
    page.mouse.click(x, y)
    expect(page.locator("#detail h2")).to_have_text(f"VESSEL {row}")
    expect(page.locator("#detail")).to_contain_text(str(fleet.statics.mmsi[row]))


def test_script_in_a_name_does_nothing(page: Page, context: Context) -> None:
    fleet = context.picture.fleet()
    row = 3
    name = fleet.statics.name[row].decode()
    assert name.startswith("<img")
    page.goto(
        f"{page.url.split('#')[0]}#{fleet.positions.lat[row]:.3f},{fleet.positions.lon[row]:.3f},13"
    )
    page.reload()
    ready(page)
    x, y = pixel(page, float(fleet.positions.lon[row]), float(fleet.positions.lat[row]))
    page.mouse.move(x, y)
    expect(page.locator(".leaflet-tooltip")).to_contain_text(name)
    page.mouse.click(x, y)
    expect(page.locator("#detail h2")).to_have_text(name)
    assert page.locator("img, script:not([src])").count() == 0
    assert page.evaluate("window.HIT") is None


def test_the_policy_forbids_script_that_got_in(page: Page) -> None:
    page.evaluate(
        """() => {
            const script = document.createElement('script');
            script.textContent = 'window.HIT = 1';
            document.body.append(script);
            const box = document.createElement('div');
            box.innerHTML = '<img src=x onerror="window.HIT = 1">';
            document.body.append(box);
        }"""
    )
    page.wait_for_function("() => document.images[0].complete")
    assert page.evaluate("window.HIT") is None
    errors = page.seen.errors  # type: ignore[attr-defined]
    while sum(error.startswith("CSP ") for error in errors) < 2:  # the script's and the image's
        page.wait_for_event("console")
    assert any("Content Security Policy" in error for error in errors)
    errors.clear()


def test_alerts_arrive_as_they_are_raised(page: Page, context: Context) -> None:
    row = 40
    fleet = context.picture.fleet()
    mmsi = int(fleet.statics.mmsi[row])
    now = context.status().event_time
    assert now is not None
    alert = Alert(
        "00000000000000aa", "distress", "emergency", "active-unacknowledged", "distress", mmsi,
        (mmsi,), None, now, now, 47.0, 12.5, 'MAYDAY <b onclick="x()">',
        evidence={"words": "heard"},
    )  # fmt: skip
    publish(context.stream, [alert])
    first = page.locator(ROW).first
    expect(first.locator(".title")).to_have_text('MAYDAY <b onclick="x()">')
    expect(page.locator("#queue-count")).to_have_text("23 shown · 23 open of 28")
    expect(page).to_have_title("(5) Vigie")
    publish(context.stream, [dataclasses.replace(alert, state="normal", revision=1)])
    expect(page.locator("#queue-count")).to_have_text("22 shown · 22 open of 28")
    page.locator("#view").select_option("closed")
    expect(page.locator(f"#alert-{alert.id} .where")).to_contain_text("closed")


def test_a_row_says_what_happened_and_leaves_the_number_to_the_detail(
    page: Page, context: Context
) -> None:
    row = 41
    fleet = context.picture.fleet()
    mmsi = int(fleet.statics.mmsi[row])
    now = context.status().event_time
    assert now is not None
    alert = Alert(
        "00000000000000ab", "piracy", "alarm", "active-unacknowledged", "zone_enter", mmsi,
        (mmsi,), "listed", now, now, 47.0, 12.5, f"Risk waters: VESSEL 41 ({mmsi}) entered Lane",
        evidence={"words": "heard"},
    )  # fmt: skip
    publish(context.stream, [alert])
    shown = page.locator(f"#alert-{alert.id}")
    expect(shown.locator(".title")).to_have_text("VESSEL 41 entered Lane")
    expect(shown.locator(".where")).to_have_text(
        "ALARM · unacknowledged · piracy · Listed area, Indian Ocean"
    )
    shown.click()
    expect(page.locator("#detail h2").first).to_have_text(alert.title)
    publish(context.stream, [dataclasses.replace(alert, state="normal", revision=1)])
    expect(shown.locator(".where")).to_contain_text("closed")  # it stays while it is looked at
    page.keyboard.press("Escape")
    expect(shown).to_have_count(0)  # only what is open is shown


def test_a_crowd_is_marked_only_while_it_is_selected(page: Page, context: Context) -> None:
    fleet = context.picture.fleet()
    crowd = tuple(map(int, fleet.statics.mmsi[60:260]))
    now = context.status().event_time
    assert now is not None
    alert = Alert(
        "00000000000000ac", "piracy", "warning", "active-unacknowledged", "zone_inside", crowd[0],
        crowd, "listed", now, now, 47.0, 12.5, "Risk waters: 200 further vessels",
        evidence={"words": "heard"},
    )  # fmt: skip
    before = drawn(page, "--warning")
    publish(context.stream, [alert])
    shown = page.locator(f"#alert-{alert.id}")
    expect(shown).to_be_visible()
    page.evaluate("() => new Promise(requestAnimationFrame)")
    assert drawn(page, "--warning") < before + 500
    shown.click()
    wait_for_drawing(page, "--warning", before + 3000)
    publish(context.stream, [dataclasses.replace(alert, state="normal", revision=1)])
    expect(shown.locator(".where")).to_contain_text("closed")  # it stays while it is looked at
    page.keyboard.press("Escape")
    expect(shown).to_have_count(0)  # only what is open is shown


def test_the_detail_keeps_what_it_knows_while_nobody_answers(page: Page) -> None:
    page.clock.install()
    page.reload()
    expect(page.locator(ROW).first).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("#detail")).to_contain_text("180 × 30 m")
    page.route("**/api/v1/vessels/**", lambda route: route.abort())
    with page.expect_event("requestfailed", lambda request: "/track" in request.url):
        page.clock.run_for(11_000)
    expect(page.locator("#detail")).to_contain_text("180 × 30 m")
    expect(page.locator("#detail")).not_to_contain_text("no longer in the picture")
    page.seen.errors.clear()  # type: ignore[attr-defined]


def test_ages_follow_the_clock(page: Page, context: Context) -> None:
    row = page.locator(ROW).nth(1)
    # Names and zones have come: from now on the row stays what it is.
    expect(row.locator(".where")).to_have_text(
        "ALARM · unacknowledged · piracy-area · Listed area, Indian Ocean"
    )
    before = row.locator(".age").inner_text()
    node = row.element_handle()
    assert node is not None
    well = context.status
    later = dataclasses.replace(well(), event_time=well().event_time + np.timedelta64(1, "h"))
    object.__setattr__(context, "status", lambda: later)
    try:
        expect(page.locator("#clock")).to_have_text("2026-09-14 07:30:00Z")
        expect(row.locator(".age")).not_to_have_text(before)
        assert node.evaluate("node => node.isConnected")  # so that a click on it is not lost
    finally:
        object.__setattr__(context, "status", well)
    expect(page.locator("#clock")).to_have_text("2026-09-14 06:30:00Z")


def test_one_is_not_said_in_the_plural(page: Page) -> None:
    words = page.evaluate(
        """async () => {
            const { text } = await import('/console/text.js');
            return [text.vessels(1), text.stations(1), text.stations(0), text.lines(2)];
        }"""
    )
    assert words == ["vessel", "station", "stations", "lines"]


def test_ports_are_drawn_from_near_only(page: Page) -> None:
    asked = "**/api/v1/zones?kind=port*"
    base = page.url.split("#")[0]
    with page.expect_request(asked):
        page.goto(f"{base}#11.6,43.15,11")
        page.reload()
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    page.goto(f"{base}#11.6,43.15,8")
    page.reload()
    expect(page.locator("#health")).to_contain_text("vessels")
    assert not any("kind=port" in url for url in seen)


def test_spans_of_time_round_as_a_whole(page: Page) -> None:
    spans = page.evaluate(
        """async () => {
            const { span } = await import('/console/format.js');
            return [119, 120, 7169, 7171, 10_790, 172_799, 172_801].map(span);
        }"""
    )
    assert spans == ["119 s", "2 min", "119 min", "2 h 00 min", "3 h 00 min", "48 h 00 min", "2 d"]


def test_the_reference_page_lists_every_path(page: Page, server: str) -> None:
    page.goto(f"{server}/docs")
    paths = page.request.get(f"{server}/api/v1/openapi.json").json()["paths"]
    named = [f"{m.upper()} {path}" for path, methods in paths.items() for m in methods]
    expect(page.locator("article")).to_have_count(len(named))
    assert sorted(page.locator("article .path").all_inner_texts()) == sorted(named)


def test_a_fault_of_the_watch_cannot_be_overlooked(page: Page, context: Context) -> None:
    expect(page.locator("#faults")).to_be_hidden()
    well = context.status
    broken = dataclasses.replace(well(), faults=("The replay broke off: <b>cut.gz</b> ends.",))
    object.__setattr__(context, "status", lambda: broken)
    try:
        expect(page.locator("#faults")).to_have_text("The replay broke off: <b>cut.gz</b> ends.")
    finally:
        object.__setattr__(context, "status", well)
    expect(page.locator("#faults")).to_be_hidden()


def test_what_should_be_known_of_what_is_shown_is_said_quietly(
    page: Page, context: Context
) -> None:
    expect(page.locator("#remarks")).to_be_hidden()
    said = "day.nmea was cut off at line 5,000; name it to go on with it."
    well = context.status
    told = dataclasses.replace(well(), remarks=(said,))
    object.__setattr__(context, "status", lambda: told)
    try:
        expect(page.locator("#remarks")).to_have_text(said)
        expect(page.locator("#faults")).to_be_hidden()
        health = page.request.get(f"{page.url.partition('#')[0]}api/v1/health").json()
        assert (health["status"], health["remarks"]) == ("ok", [said])
    finally:
        object.__setattr__(context, "status", well)
    expect(page.locator("#remarks")).to_be_hidden()


SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "screenshot.py"


@pytest.mark.parametrize("alerts", [True, False])
def test_a_picture_can_be_taken_with_alerts_and_without(
    page: Page, server: str, tmp_path: Path, alerts: bool
) -> None:
    spec = importlib.util.spec_from_file_location("screenshot", SCRIPT)
    assert spec
    assert spec.loader
    screenshot = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(screenshot)
    if not alerts:
        none = {"time": None, "next": None, "stream": "0-0", "alerts": []}
        page.route("**/api/v1/alerts?*", lambda route: route.fulfill(json=none))
    screenshot.photograph(page, server, ["f"], tmp_path / "console.png")
    assert (tmp_path / "console.png").read_bytes().startswith(b"\x89PNG")
    assert page.locator(ROW).count() == 0 or alerts
