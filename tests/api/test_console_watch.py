"""The watch at the console, in a real browser against the whole program, from log-in to hand-over.

Alerts are dealt with by keys alone; two desks stay in step; a connection that was lost is mended
without missing an alert; 30,000 vessels; three palettes, each checked with axe.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import Cable, chromium, desk
from playwright.sync_api import Browser, Locator, Page, expect

from benchmarks.console import VESSELS, places, served
from benchmarks.sea import Sea

ROW = ".alert[role=option]"
PASSWORD = "a sentence that nobody guesses"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def link(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The one-time link of a watch over the bundled recording, as far as it goes."""
    folder = tmp_path_factory.mktemp("watch")
    vigie = Path(sys.executable).with_name("vigie")
    command = [vigie, "run", "--port", "0", "--speed", "max", "--accounts", folder / "accounts"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if found := re.search(r"http://\S+/welcome#\S+", line):
                    yield found[0]
                    return
            pytest.fail("the program ended without saying where to look")
        finally:
            process.terminate()


def selected(page: Page) -> Locator:
    return page.locator(f"{ROW}[aria-selected=true]")


def state(page: Page, words: str) -> None:
    """The selected alert is in a state, in the queue and in the detail."""
    expect(selected(page).locator(".where")).to_contain_text(f"· {words} ·")
    expect(page.locator("#detail .severity")).to_contain_text(f"· {words}")


def log_in(page: Page, url: str) -> None:
    """By keys."""
    page.goto(url)
    expect(page.locator("#entry input").first).to_be_focused()
    page.keyboard.type("anna")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(ROW).first).to_be_visible()


def axe(page: Page) -> list[str]:
    """What breaks WCAG 2.2 AA, as axe finds it."""
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
    return [
        f"{violation['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for violation in found.response["violations"]
        for node in violation["nodes"]
    ]


def test_an_evening_by_keys_alone_from_log_in_to_hand_over(browser: Browser, link: str) -> None:
    with desk(browser) as (page, seen), desk(browser) as (other, _):
        keys = page.keyboard
        page.goto(link)
        expect(page.locator("#entry input").first).to_be_focused()
        assert "#" not in page.url  # the token stays in no history
        assert axe(page) == []
        for words in ("anna", PASSWORD, PASSWORD):
            keys.type(words)
            keys.press("Tab")
        keys.press("Enter")
        expect(page.locator(ROW).first).to_be_visible()
        expect(page.locator("#who")).to_have_text("anna (admin)")
        # So that nothing but what is done here changes anything.
        expect(page.locator("#mode")).to_have_text("REPLAY ENDED")

        # Another desk logs in, and sees what the first does.
        log_in(other, link.partition("/welcome")[0])

        keys.press("h")
        expect(page.locator("dialog")).to_contain_text("Nobody has taken over the watch")
        keys.press("Control+Enter")
        expect(page.locator("#said")).to_have_text("You have the watch.")
        expect(page.locator("dialog")).to_have_count(0)

        keys.press("j")
        state(page, "unacknowledged")
        title = page.locator("#detail .alert h2").inner_text()
        row = selected(page).get_attribute("id")
        keys.press("s")
        state(page, "silenced")
        expect(other.locator(f"#{row}")).to_have_attribute("data-state", "active-silenced")
        keys.press("a")
        state(page, "acknowledged")
        expect(other.locator(f"#{row}")).to_have_attribute("data-state", "active-acknowledged")
        keys.press("t")
        expect(page.locator(".standing")).to_contain_text("With anna")
        keys.press("n")
        expect(page.locator("dialog textarea")).to_be_focused()
        keys.type("Called on VHF 16: no answer. <b>x</b>")
        keys.press("Control+Enter")
        expect(page.locator("#detail blockquote")).to_contain_text("no answer. <b>x</b>")
        expect(page.locator("dialog")).to_have_count(0)
        keys.press("z")
        expect(page).to_have_url(re.compile(r",11&alert="))
        keys.press("c")
        expect(page.locator("dialog select")).to_be_focused()
        keys.type("false")
        keys.press("Tab")
        keys.type("An exercise of the neighbours")
        keys.press("Control+Enter")
        expect(page.locator("#detail .severity")).to_contain_text("closed")
        expect(other.locator(f"#{row}")).to_have_count(0)
        expect(page.locator("#detail section.log")).to_contain_text("Log, ")

        expect(page.locator("dialog")).to_have_count(0)

        # What is not possible any more is said, with the reason.
        keys.press("s")
        expect(page.locator("#said")).to_contain_text("not possible")

        keys.press("Escape")
        keys.press("/")
        keys.type("arabian")
        expect(page.locator("#found li").first).to_be_visible()
        keys.press("Enter")
        expect(page.locator("#detail .who h2")).to_contain_text("ARABIAN")
        expect(page.locator("#detail .plot")).to_be_visible()

        keys.press("h")
        expect(page.locator("dialog textarea")).to_be_focused()
        keys.type("All quiet but for the beacon.")
        keys.press("Control+Enter")
        report = page.locator("dialog a").first
        expect(report).to_be_focused()
        with page.context.expect_page() as opened:
            keys.press("Enter")
        paper = opened.value
        expect(paper.locator("body")).to_contain_text("All quiet but for the beacon.")
        expect(paper.locator("body")).to_contain_text(title[:30])
        paper.close()
        keys.press("Escape")
        page.locator("#out").focus()
        keys.press("Enter")
        expect(page.locator("#entry input").first).to_be_focused()
        expected = ("401", "409")
        assert [e for e in seen.errors if not any(code in e for code in expected)] == []


def test_what_was_raised_while_the_connection_was_lost_is_there_when_it_is_mended(
    browser: Browser, link: str
) -> None:
    server = link.partition("/welcome")[0]
    cable = Cable(server)
    try:
        with desk(browser) as (page, _), httpx.Client(base_url=server) as api:
            session = api.post("/api/v1/session", json={"name": "anna", "password": PASSWORD})
            api.headers["X-CSRF-Token"] = session.json()["csrf"]
            log_in(page, cable.url)
            expect(page.locator("#health")).to_contain_text("rejected")
            expect(page.locator("#lost")).to_be_hidden()
            page.keyboard.press("j")
            alert = selected(page).get_attribute("id").removeprefix("alert-")  # type: ignore[union-attr]
            cable.cut()
            expect(page.locator("#lost")).to_contain_text("CONNECTION LOST")
            page.keyboard.press("a")
            expect(page.locator("#said")).to_contain_text("does not answer")
            done = api.post(
                f"/api/v1/alerts/{alert}/actions", json={"action": "comment", "text": "meanwhile"}
            )
            assert done.status_code == 200, done.text
            cable.mend()
            expect(page.locator("#lost")).to_be_hidden()
            expect(page.locator("#detail blockquote")).to_contain_text("meanwhile")
    finally:
        cable.close()


@pytest.mark.parametrize("palette", ["day", "dusk", "night"])
def test_a_palette_is_readable_and_everything_has_a_name(
    browser: Browser, link: str, palette: str
) -> None:
    with desk(browser) as (page, _):
        page.add_init_script(f"localStorage.setItem('vigie.palette', '\"{palette}\"')")
        log_in(page, link.partition("/welcome")[0])
        expect(page.locator("html")).to_have_attribute("data-palette", palette)
        page.locator("#by").select_option("rule")
        page.keyboard.press("Escape")
        page.locator("#queue").focus()
        page.keyboard.press("j")
        expect(page.locator("#detail .plot")).to_be_visible()
        assert axe(page) == []
        if palette == "dusk":  # the rest is the same in each
            page.keyboard.press("?")
            expect(page.locator("dialog")).to_be_visible()
            assert axe(page) == []
            page.keyboard.press("Escape")
            page.locator("#zones").click()
            expect(page.locator("dialog li").first).to_be_visible()
            page.get_by_role("button", name="Draw a zone").click()
            expect(page.locator("#zone input").first).to_be_focused()
            page.keyboard.type("Watch area off Aden")
            page.locator("#zone .coordinates").fill("12°30.5'N 045°10'E\n12.5 46.2\nx")
            expect(page.locator("#zone .fault")).to_contain_text("Line 3")
            page.locator("#zone .coordinates").fill("12°30.5'N 045°10'E\n12.5 46.2\n13.5, 46")
            expect(page.locator(".vertex")).to_have_count(3)
            assert axe(page) == []
            page.get_by_role("button", name="Save zone").click()
            expect(page.locator("#said")).to_have_text("Watch area off Aden is in force.")
            expect(page.locator("#zone")).to_be_hidden()
            page.set_viewport_size({"width": 960, "height": 540})  # 200 %
            expect(page.locator(ROW).first).to_be_visible()
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= 960
            for name in ("#queue", "#map", "#clock", "#mode", "#sources"):
                expect(page.locator(name)).to_be_in_viewport()
            assert axe(page) == []


def test_thirty_thousand_vessels_are_shown_and_found(browser: Browser) -> None:
    with served(Sea(VESSELS, places=places())) as (url, _, move), desk(browser) as (page, seen):
        page.goto(url)
        expect(page.locator("#health")).to_contain_text("30\u202f000 vessels")
        # Their symbols are copied to the canvas: thousands of them in the colour of class A.
        page.wait_for_function(
            """() => {
                const probe = document.createElement('canvas').getContext('2d');
                probe.fillStyle = getComputedStyle(document.documentElement)
                    .getPropertyValue('--target');
                probe.fillRect(0, 0, 1, 1);
                const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
                const canvas = document.querySelectorAll('canvas.layer')[1];
                const { data } = canvas.getContext('2d')
                    .getImageData(0, 0, canvas.width, canvas.height);
                let count = 0;
                for (let i = 0; i < data.length; i += 4) {
                    count += data[i + 3] > 100 && Math.abs(data[i] - r) < 8
                        && Math.abs(data[i + 1] - g) < 8 && Math.abs(data[i + 2] - b) < 8;
                }
                return count > 40_000;
            }""",
            polling=500,
        )
        move()
        page.keyboard.press("/")
        page.keyboard.type("vessel 29999")
        expect(page.locator("#found li")).to_have_count(1)
        page.keyboard.press("Enter")
        expect(page.locator("#detail .who h2")).to_have_text("VESSEL 29999")
        assert seen.errors == []
