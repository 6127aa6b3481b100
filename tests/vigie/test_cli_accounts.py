"""`vigie accounts`: the host's own admin."""

from __future__ import annotations

from pathlib import Path

import pytest
from program import Done, Program

from api.accounts.passwords import Passwords
from store.accounts import Accounts
from store.accounts_file import AccountsFile
from store.sessions import Links, Sessions
from store.tokens import Tokens

PASSWORD = "seven grey gulls over Skye"


class Host:
    """Commands on one file of accounts."""

    def __init__(self, vigie: Program, folder: Path) -> None:
        self._vigie, self._folder = vigie, folder
        self.file = folder / "watch.duckdb.accounts"

    def __call__(self, *args: str, typed: str = "") -> Done:
        words = self._folder / "typed"
        words.write_text(typed)
        return self._vigie("accounts", *args, "--file", self.file, stdin=words)


@pytest.fixture
def host(vigie: Program, tmp_path: Path) -> Host:
    return Host(vigie, tmp_path)


def refused(done: Done) -> str:
    assert done.code == 2, done
    assert done.err.count("\n") == 1
    return done.err


def test_from_the_first_account_to_the_last_entry(host: Host) -> None:
    assert "no such file of accounts" in refused(host("list"))
    done = host("add", "maria", "--role", "admin", typed=f"{PASSWORD}\n")
    assert (done.code, done.out) == (0, b"maria is an admin.\n")
    assert host.file.stat().st_mode & 0o777 == 0o600
    assert PASSWORD.encode() not in host.file.read_bytes()
    with AccountsFile.open(host.file) as file:
        assert Passwords().right(Accounts(file).password("maria")[0], PASSWORD)
        secret = Sessions(file, 60, 60).begin("maria", "127.0.0.1")
    assert "too short" in refused(host("add", "anna", typed="short\n"))
    assert "too short" in refused(host("add", "anna"))
    done = host("add", "anna", "--role", "officer", "--link")
    link = done.out.decode().partition("/welcome#")[2].strip()
    with AccountsFile.open(host.file) as file:
        assert Links(file).open(link) == ("anna",)
    assert "already" in refused(host("add", "ANNA", "--link"))
    assert "is no role" in refused(host("add", "bert", "--role", "captain", "--link"))
    assert "cannot be used" in refused(host("add", "a b", "--link"))
    assert host("role", "anna", "supervisor").out == b"anna is a supervisor.\n"
    assert "nobody would be admin" in refused(host("disable", "maria"))
    assert host("disable", "anna").code == 0
    rows = host("list", "--json").json
    assert [(r["name"], r["role"], r["enabled"]) for r in rows] == [
        ("anna", "supervisor", False), ("maria", "admin", True),
    ]  # fmt: skip
    assert host("enable", "anna").code == 0
    assert host("password", "maria", typed="nine black cats under Oslo\n").code == 0
    with AccountsFile.open(host.file) as file:
        assert Sessions(file, 60, 60).find(secret) is None
    assert "no account" in refused(host("password", "nobody", typed=PASSWORD))
    told = [(e["what"], e["subject"]) for e in host("audit", "--json").json][::-1]
    assert told == [
        ("account.add", "maria"), ("account.add", "anna"), ("account.role", "anna"),
        ("account.disable", "anna"), ("account.enable", "anna"), ("password.change", "maria"),
    ]  # fmt: skip
    shown = host("audit", "--what", "account.", "--limit", "1").out.decode()
    assert "account.enable" in shown
    assert "(host)/" in shown
    assert "account.add" not in shown


def test_tokens(host: Host) -> None:
    done = host("tokens", "add", "prometheus", "--days", "30")
    text = done.out.decode().strip()
    with AccountsFile.open(host.file) as file:
        found = Tokens(file).find(text)
    assert found is not None
    token, _ = found
    assert (token.label, token.role, token.read_only) == ("prometheus", "viewer", True)
    assert text not in host("tokens", "list").out.decode()
    assert "this machine" in host("tokens", "list").out.decode()
    assert host("tokens", "revoke", token.id).code == 0
    assert "no token" in refused(host("tokens", "revoke", token.id))
    with AccountsFile.open(host.file) as file:
        assert Tokens(file).find(text) is None
    assert host("tokens", "list", "--json").json[0]["revoked"]
    assert "cannot be a label" in refused(host("tokens", "add", "a b"))


def test_the_record_is_held_against_a_printed_head(host: Host) -> None:
    host("tokens", "add", "one")
    done = host("audit", "--verify")
    assert done.code == 0
    head = done.out.decode().split("head ")[1].split(":")[0]
    host("tokens", "add", "two")
    assert host("audit", "--verify", "--head", head).code == 0
    with AccountsFile.open(host.file) as file, file.write() as change:
        change.execute("DELETE FROM audit WHERE number = 2")
    done = host("audit", "--verify", "--head", head)
    assert done.code == 1
    assert "cut" in done.out.decode()
    assert host("audit", "--verify", "--json").json[0]["sound"] is False
    assert "--verify" in refused(host("audit", "--head", head))


def test_which_accounts_must_be_said_once(vigie: Program, tmp_path: Path) -> None:
    assert "--config FILE or --file FILE" in refused(vigie("accounts", "list"))
    config = tmp_path / "vigie.toml"
    config.write_text('[database]\nfile = "watch.duckdb"\n')
    assert vigie("accounts", "tokens", "add", "a", "--config", config).code == 0
    assert (tmp_path / "watch.duckdb.accounts").exists()
    assert vigie("accounts", "list", "--config", config).code == 0
    both = vigie("accounts", "list", "--config", config, "--file", tmp_path / "x")
    assert "one of the two" in refused(both)
