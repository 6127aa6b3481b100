"""Coming in and staying in: passwords, sessions, links, tokens, and what is put on record."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from letting_in import PASSWORD, QUICK, a_token, an_access, begin_anew, client_of, signed_in

from api.accounts import passwords
from api.accounts.held import HeldAccess
from api.app import create_app
from api.context import Context
from ingest import clock

NEW = "nine black cats under Oslo"
SESSION = "/api/v1/session"


@pytest.fixture(scope="module")
def one_app(context: Context) -> Iterator[tuple[Any, HeldAccess]]:
    made = an_access()
    yield create_app(context, access=made), made
    made.file.close()


@pytest.fixture
def access(one_app: tuple[Any, HeldAccess]) -> HeldAccess:
    begin_anew(one_app[1])
    return one_app[1]


@pytest.fixture
def app(one_app: tuple[Any, HeldAccess], access: HeldAccess) -> Any:
    return one_app[0]


@pytest.fixture
async def client(app: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as made:
        yield made


@pytest.fixture
async def admin(app: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as made:
        await signed_in(made, "admin")
        yield made


def deeds(access: HeldAccess) -> list[str]:
    """What is on record, oldest first."""
    return [f"{e.who} {e.what} {e.subject}".strip() for e in access.log.entries(100)][::-1]


# Signing in and out


async def test_signing_in_and_out(client: httpx.AsyncClient, access: HeldAccess) -> None:
    assert (await client.get(SESSION)).status_code == 401
    answer = await client.post(SESSION, json={"name": "OFFICER", "password": PASSWORD})
    assert answer.status_code == 200
    told = answer.json()
    assert (told["name"], told["role"], told["demo"]) == ("officer", "officer", False)
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/" in cookie
    assert "secure" not in cookie  # over plain HTTP, on loopback, it would never come back
    assert (await client.get(SESSION)).json() == told
    assert (await client.get("/api/v1/vessels?limit=1")).status_code == 200
    kept = dict(client.cookies)
    left = await client.delete(SESSION, headers={"X-CSRF-Token": told["csrf"]})
    assert left.status_code == 204
    client.cookies.update(kept)  # whoever kept the cookie has nothing
    assert (await client.get(SESSION)).status_code == 401
    assert deeds(access) == ["officer session.begin", "officer session.end"]


async def test_nothing_secret_is_kept_as_it_is(
    client: httpx.AsyncClient, access: HeldAccess
) -> None:
    await signed_in(client, "officer")
    token = a_token(access, "admin")["Authorization"].partition("_")[2]
    link = access.links.make("viewer", 60)
    text = "\n".join(access.file._writer.iterdump())
    for secret in (PASSWORD, client.cookies["vigie_session"], token.partition("_")[2], link):
        assert len(secret) > 20
        assert secret not in text
    assert "$argon2id$" in text


async def test_whoever_signs_in_gets_a_session_that_nobody_chose(client: httpx.AsyncClient) -> None:
    client.headers["Cookie"] = "vigie_session=chosen-by-somebody-else"
    await signed_in(client, "officer")
    assert client.cookies["vigie_session"] != "chosen-by-somebody-else"


async def test_what_is_wrong_is_not_told(
    app: Any, access: HeldAccess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unknown, disabled, without a password yet, or a wrong password: one answer, one price."""
    access.accounts.set_enabled("viewer", False)
    access.accounts.add("invited", "viewer", "")
    tried: list[str] = []

    class Watched:
        """Notes against what a password is tried: that decides how long it takes."""

        def verify(self, kept: str, password: str) -> bool:
            tried.append(kept)
            return QUICK.verify(kept, password)

    monkeypatch.setattr(access.passwords, "_hasher", Watched())
    answers = []
    for name, password in (
        ("nobody", PASSWORD), ("viewer", PASSWORD), ("invited", PASSWORD), ("officer", "wrong"),
        ("", ""), ("officer'--", PASSWORD), ("nobody", "nobody has this password"),
    ):  # fmt: skip
        async with client_of(app) as client:
            answer = await client.post(SESSION, json={"name": name, "password": password})
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers
        answers.append(answer.text)
    assert len(set(answers)) == 1
    # Each was tried, and against a hash that costs what a real one does.
    assert len(tried) == len(answers)
    assert {kept.rsplit("$", 2)[0] for kept in tried} == {"$argon2id$v=19$m=8,t=1,p=1"}


async def test_a_session_ends_idle_and_after_its_time(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = an_access(idle_s=1800, longest_s=3600)
    now = [clock.micros()]
    monkeypatch.setattr(clock, "micros", lambda: now[0])
    async with client_of(create_app(context, access=access)) as client:
        await signed_in(client, "officer")
        for minutes, status in ((20, 200), (20, 200), (15, 200), (10, 401)):
            now[0] += minutes * 60_000_000
            assert (await client.get(SESSION)).status_code == status, minutes
        await signed_in(client, "officer")
        now[0] += 31 * 60_000_000
        assert (await client.get(SESSION)).status_code == 401
    access.file.close()


async def test_one_account_has_a_bounded_number_of_sessions(app: Any, access: HeldAccess) -> None:
    for _ in range(60):
        access.sessions.begin("officer", "127.0.0.1")
    assert access.sessions.count("officer") == 50


async def test_a_change_of_role_counts_at_once(
    app: Any, access: HeldAccess, admin: httpx.AsyncClient
) -> None:
    async with client_of(app) as client:
        await signed_in(client, "viewer")
        assert (await client.get("/api/v1/people")).status_code == 403
        changed = await admin.patch("/api/v1/accounts/viewer", json={"role": "officer"})
        assert changed.json()["role"] == "officer"
        assert (await client.get("/api/v1/people")).status_code == 200
        await admin.patch("/api/v1/accounts/viewer", json={"enabled": False})
        assert (await client.get(SESSION)).status_code == 401
        await admin.patch("/api/v1/accounts/viewer", json={"enabled": True})
        assert (await client.get(SESSION)).status_code == 401  # it ended, and stays so


async def test_changing_the_password_ends_all_sessions(app: Any, access: HeldAccess) -> None:
    async with client_of(app) as one, client_of(app) as other:
        await signed_in(one, "officer")
        await signed_in(other, "officer")
        path = f"{SESSION}/password"
        wrong = await one.post(path, json={"password": "wrong", "new": NEW})
        assert wrong.status_code == 401
        short = await one.post(path, json={"password": PASSWORD, "new": "short"})
        assert short.status_code == 422
        same = await one.post(path, json={"password": PASSWORD, "new": PASSWORD})
        assert same.status_code == 422
        assert (await other.get(SESSION)).status_code == 200
        done = await one.post(path, json={"password": PASSWORD, "new": NEW})
        assert done.status_code == 200
        assert (await other.get(SESSION)).status_code == 401
        assert (await one.get(SESSION)).json() == done.json()
        await signed_in(other, "officer", NEW)
    assert "officer password.change officer" in deeds(access)


# Passwords


@pytest.mark.parametrize(
    ("password", "good"),
    [
        (PASSWORD, True), ("correct horse battery staple", True), ("ünïcödé wörds hére", True),
        ("fourteen chars", False), ("x" * 40, False), ("abcabcabcabcabcabc", False),
        ("abcdefghijklmnopqrstuvwxyz", False), ("987654321098765", False),
        ("anna anna anna anna", False), ("vigie password vigie", False),
        ("y" * 3 + "a" * 300, False),
    ],
)  # fmt: skip
def test_what_makes_a_password(password: str, good: bool) -> None:
    assert (passwords.fault_of(password, "anna") is None) == good


def test_a_password_is_the_same_however_it_is_composed(access: HeldAccess) -> None:
    kept = access.passwords.hash("caf\u00e9 au lait \u212b \ufb01n")
    assert access.passwords.right(kept, "cafe\u0301 au lait \u00c5 fin")


async def test_a_hash_of_other_settings_is_renewed(
    client: httpx.AsyncClient, access: HeldAccess
) -> None:
    old = passwords.Passwords().hash(PASSWORD)
    assert "m=65536,t=3,p=1" in old  # RFC 9106, second recommendation, in one lane
    access.accounts.rehash("officer", old)
    await signed_in(client, "officer")
    assert access.accounts.password("officer")[0] != old
    await signed_in(client, "officer")


# One-time links


async def test_the_first_admin_comes_in_by_a_link_that_works_once(
    app: Any, access: HeldAccess
) -> None:
    with access.file.write() as change:
        change.execute("DELETE FROM accounts")
    older = access.links.make(None, 60)
    link = access.links.make(None, 60)
    asked = {"token": link, "name": "maria", "password": NEW}
    async with client_of(app) as client, client_of(app) as late:
        for wrong in (
            {**asked, "token": older}, {**asked, "token": ""}, {**asked, "token": "x" * 43},
        ):  # fmt: skip
            assert (await client.post("/api/v1/welcome", json=wrong)).status_code == 403
        for wrong in (
            {**asked, "password": "short"}, {**asked, "name": None}, {**asked, "name": "a b"},
            {**asked, "password": "maria maria maria"},
        ):  # fmt: skip
            answer = await client.post("/api/v1/welcome", json=wrong)
            assert answer.status_code == 422
            assert "short" not in answer.text.replace("it is too short", "")
        # Two at the same moment: one of them is first.
        answers = await asyncio.gather(
            client.post("/api/v1/welcome", json=asked),
            late.post("/api/v1/welcome", json={**asked, "name": "eve"}),
        )
        assert sorted(answer.status_code for answer in answers) == [200, 403]
        (first,) = access.accounts.all()
        assert first.role == "admin"
        assert (await client.post("/api/v1/welcome", json=asked)).status_code == 403
        winner = client if answers[0].status_code == 200 else late
        assert (await winner.get(SESSION)).json()["role"] == "admin"


async def test_a_link_expires(client: httpx.AsyncClient, access: HeldAccess) -> None:
    link = access.links.make("viewer", -1)
    answer = await client.post("/api/v1/welcome", json={"token": link, "password": NEW})
    assert answer.status_code == 403


async def test_an_admins_link_is_of_no_use_once_there_is_an_admin(
    client: httpx.AsyncClient, access: HeldAccess
) -> None:
    link = access.links.make(None, 60)
    asked = {"token": link, "name": "eve", "password": NEW}
    assert (await client.post("/api/v1/welcome", json=asked)).status_code == 403
    assert access.accounts.get("eve") is None


async def test_an_admin_invites_and_the_invited_choose_their_password(
    app: Any, admin: httpx.AsyncClient, access: HeldAccess
) -> None:
    made = await admin.post("/api/v1/accounts", json={"name": "anna", "role": "officer"})
    assert made.status_code == 201
    link = made.json()["link"].partition("#")[2]
    again = await admin.post("/api/v1/accounts", json={"name": "Anna", "role": "admin"})
    assert again.status_code == 409
    async with client_of(app) as client:
        come = await client.post("/api/v1/welcome", json={"token": link, "password": NEW})
        assert come.json()["name"] == "anna"
        async with client_of(app) as late:
            again = await late.post("/api/v1/welcome", json={"token": link, "password": NEW})
            assert again.status_code == 403
        renewed = (await admin.post("/api/v1/accounts/anna/link")).json()["link"]
        assert (await client.get(SESSION)).status_code == 200  # until it is used
        token = renewed.partition("#")[2]
        back = await client.post(
            "/api/v1/welcome", json={"token": token, "password": PASSWORD},
            headers={"X-CSRF-Token": come.json()["csrf"]},
        )  # fmt: skip
        assert back.status_code == 200
    assert (await admin.post("/api/v1/accounts/nobody/link")).status_code == 404
    assert [deed for deed in deeds(access) if "anna" in deed] == [
        "admin account.add anna", "anna session.welcome", "admin account.link anna",
        "anna session.welcome",
    ]  # fmt: skip


async def test_the_last_admin_stays(admin: httpx.AsyncClient) -> None:
    for change in ({"enabled": False}, {"role": "viewer"}):
        answer = await admin.patch("/api/v1/accounts/admin", json=change)
        assert answer.status_code == 409
        assert "admin" in answer.json()["detail"]
    assert (await admin.get(SESSION)).status_code == 200
    assert (await admin.patch("/api/v1/accounts/nobody", json={})).status_code == 404


async def test_an_admin_ends_the_sessions_of_an_account(app: Any, admin: httpx.AsyncClient) -> None:
    async with client_of(app) as client:
        await signed_in(client, "officer")
        listed = (await admin.get("/api/v1/accounts")).json()["accounts"]
        assert {row["name"]: row["sessions"] for row in listed}["officer"] == 1
        ended = await admin.delete("/api/v1/accounts/officer/sessions")
        assert ended.status_code == 204
        assert (await client.get(SESSION)).status_code == 401


# Tokens


async def test_a_token_is_shown_once_and_revoked_at_once(
    app: Any, admin: httpx.AsyncClient, access: HeldAccess
) -> None:
    made = await admin.post("/api/v1/tokens", json={"label": "mole", "role": "viewer"})
    assert made.status_code == 201
    told = made.json()
    listed = await admin.get("/api/v1/tokens")
    assert told["token"] not in listed.text
    assert told["token"].split("_", 2)[2] not in listed.text
    headers = {"Authorization": f"Bearer {told['token']}"}
    async with client_of(app) as client:
        session = (await client.get(SESSION, headers=headers)).json()
        assert (session["name"], session["role"]) == ("admin/mole", "viewer")
        for other in (
            f"Bearer {told['token']}x", f"Bearer vigie_{told['id']}_", "Bearer ", "Bearer vigie__",
            f"Basic {told['token']}", told["token"], "Bearer " + "a" * 5000,
        ):  # fmt: skip
            answer = await client.get(SESSION, headers={"Authorization": other})
            assert answer.status_code == 401, other
        assert (await admin.delete(f"/api/v1/tokens/{told['id']}")).status_code == 204
        assert (await client.get(SESSION, headers=headers)).status_code == 401
    assert (await admin.delete(f"/api/v1/tokens/{told['id']}")).status_code == 404


async def test_a_bad_token_is_no_good_beside_a_good_cookie(admin: httpx.AsyncClient) -> None:
    answer = await admin.get(SESSION, headers={"Authorization": "Bearer vigie_0_0"})
    assert answer.status_code == 401


async def test_a_token_ends_with_its_days_and_with_its_account(
    app: Any, access: HeldAccess, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = a_token(access, "supervisor")
    async with client_of(app) as client:

        async def status() -> int:
            return (await client.get(SESSION, headers=headers)).status_code

        assert await status() == 200
        access.accounts.set_role("supervisor", "viewer")  # who answers for it may do less by now
        assert await status() == 401
        access.accounts.set_role("supervisor", "supervisor")
        assert await status() == 200
        access.accounts.set_enabled("supervisor", False)
        assert await status() == 401
        access.accounts.set_enabled("supervisor", True)
        later = clock.micros() + 3601 * 1_000_000
        monkeypatch.setattr(clock, "micros", lambda: later)
        assert await status() == 401


async def test_a_token_makes_no_tokens_and_has_no_password(app: Any, access: HeldAccess) -> None:
    headers = a_token(access, "admin")
    async with client_of(app) as client:
        asked = {"label": "more", "role": "viewer"}
        made = await client.post("/api/v1/tokens", json=asked, headers=headers)
        assert made.status_code == 403
        changed = await client.post(
            f"{SESSION}/password", json={"password": PASSWORD, "new": NEW}, headers=headers
        )
        assert changed.status_code == 403


# On record


async def test_what_is_changed_is_on_record_even_where_nobody_thought_of_it(
    context: Context, access: HeldAccess
) -> None:
    from api.access import may

    app = create_app(context, access=access)

    @app.put("/later", dependencies=[may("officer")])
    def later() -> str:
        return "done"

    @app.put("/fails", dependencies=[may("officer")])
    def fails() -> None:
        raise RuntimeError

    async with client_of(app) as client:
        headers = a_token(access, "officer")
        assert (await client.put("/later", headers=headers)).status_code == 200
        assert (await client.put("/fails", headers=headers)).status_code == 500
        assert (await client.get("/api/v1/health", headers=headers)).status_code == 200
    (entry,) = access.log.entries(10)
    assert (entry.who, entry.role, entry.what, entry.subject, entry.address) == (
        "officer/test", "officer", "PUT", "/later", "127.0.0.1",
    )  # fmt: skip


async def test_the_log_is_read_by_admins_and_held_against_a_head(
    admin: httpx.AsyncClient, access: HeldAccess
) -> None:
    for name in ("a", "b", "c"):
        await admin.post("/api/v1/accounts", json={"name": name, "role": "viewer"})
    page = (await admin.get("/api/v1/audit?limit=2&what=account.")).json()
    assert [entry["subject"] for entry in page["entries"]] == ["c", "b"]
    rest = await admin.get(f"/api/v1/audit?limit=2&what=account.&before={page['next']}")
    assert [entry["subject"] for entry in rest.json()["entries"]] == ["a"]
    assert rest.json()["next"] is None
    head = access.audit_head()
    asked = "/api/v1/audit/verdict"
    assert (await admin.get(asked, params={"head": head})).json()["sound"]
    with access.file.write() as change:
        change.execute("UPDATE audit SET subject = 'x' WHERE number = 3")
    verdict = (await admin.get(asked, params={"head": head})).json()
    assert not verdict["sound"]
    assert "Entry 3" in verdict["faults"][0]


async def test_secrets_are_not_on_record(admin: httpx.AsyncClient, access: HeldAccess) -> None:
    link = (await admin.post("/api/v1/accounts", json={"name": "z", "role": "viewer"})).json()
    token = (await admin.post("/api/v1/tokens", json={"label": "t", "role": "viewer"})).json()
    await admin.post(f"{SESSION}/password", json={"password": PASSWORD, "new": NEW})
    text = " ".join(entry.body for entry in access.log.entries(100))
    for secret in (PASSWORD, NEW, link["link"].partition("#")[2], token["token"]):
        assert secret not in text
