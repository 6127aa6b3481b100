"""The file of accounts: whose it is, who may open it, and what two that have it open see."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from ingest.errors import ConfigError, DatabaseError
from store.accounts import Accounts
from store.accounts_file import AccountsFile
from store.sessions import FAMILIAR, Familiar, Links, Sessions
from store.tokens import Tokens


def test_a_new_file_is_for_its_owners_eyes(tmp_path: Path) -> None:
    path = tmp_path / "a.accounts"
    with AccountsFile.open(path) as file:
        Accounts(file).add("anna", "officer", "hash")
        for part in tmp_path.iterdir():
            assert stat.S_IMODE(part.stat().st_mode) == 0o600, part
    assert list(tmp_path.iterdir()) == [path]
    with AccountsFile.open(path, must_exist=True) as file:
        assert [account.name for account in Accounts(file).all()] == ["anna"]


def test_a_file_that_was_made_for_nothing_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "a.accounts"
    AccountsFile.open(path).close()
    assert list(tmp_path.iterdir()) == []
    with AccountsFile.open(path) as file:
        Links(file).make(None, 60)
    AccountsFile.open(path).close()
    assert list(tmp_path.iterdir()) == [path]


def test_two_that_have_it_open_see_the_same_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.accounts"
    with AccountsFile.open(path) as one, AccountsFile.open(path) as other:
        Accounts(one).add("anna", "admin", "hash")
        Accounts(one).add("bert", "officer", "hash")
        secret = Sessions(one, 60, 60).begin("bert", "127.0.0.1")
        assert Sessions(other, 60, 60).find(secret) is not None
        Accounts(other).set_enabled("bert", False)
        assert Sessions(one, 60, 60).find(secret) is None


def test_all_of_a_change_or_nothing(tmp_path: Path) -> None:
    with AccountsFile.open(tmp_path / "a.accounts") as file:
        accounts = Accounts(file)
        accounts.add("anna", "admin", "hash")

        def both() -> None:
            with file.write():
                accounts.add("bert", "officer", "hash")
                accounts.set_role("anna", "viewer")

        with pytest.raises(ConfigError):
            both()
        assert [(a.name, a.role) for a in accounts.all()] == [("anna", "admin")]
        accounts.add("bert", "officer", "hash")  # and it goes on


@pytest.mark.parametrize("what", ["folder", "other", "text", "newer", "missing", "no folder"])
def test_what_cannot_be_opened_is_said_in_a_sentence(tmp_path: Path, what: str) -> None:
    path = tmp_path / "a.accounts"
    if what == "folder":
        path.mkdir()
    elif what == "text":
        path.write_text("this is no database, and long enough to look into" * 100)
    elif what == "newer":
        with sqlite3.connect(path) as link:
            link.execute("PRAGMA user_version = 99")
        link.close()
    elif what == "other":
        with sqlite3.connect(path) as link:
            link.execute("CREATE TABLE accounts (x)")
        link.close()
    elif what == "no folder":
        path = tmp_path / "not" / "there"
    with pytest.raises(DatabaseError) as refused:
        AccountsFile.open(path, must_exist=what == "missing")
    assert str(path) in str(refused.value)
    assert str(refused.value).count("\n") == 0


@pytest.mark.parametrize("name", ["", "-a", "a b", "a/b", "(host)", "ä", "a" * 65, "a\n", "a\x00"])
def test_names_that_cannot_be_used(name: str) -> None:
    with AccountsFile.temporary() as file, pytest.raises(ConfigError):
        Accounts(file).add(name, "viewer", "")


def test_familiar_addresses_are_a_few() -> None:
    with AccountsFile.temporary() as file:
        familiar = Familiar(file)
        for i in range(3 * FAMILIAR):
            familiar.add("anna", f"127.0.0.{i}")
        kept = [i for i in range(3 * FAMILIAR) if familiar.knows("anna", f"127.0.0.{i}")]
        assert len(kept) == FAMILIAR
        assert kept[-1] == 3 * FAMILIAR - 1
        assert not familiar.knows("bert", f"127.0.0.{kept[-1]}")


def test_a_token_of_the_machine_itself_needs_no_account() -> None:
    with AccountsFile.temporary() as file:
        tokens = Tokens(file)
        made, text = tokens.make("mole", "", "viewer", read_only=True, lasts_s=60)
        assert tokens.find(text) == (made, "admin")
        tokens.drop(made.id)
        assert tokens.find(text) is None
        _, gone = tokens.make("mole", "nobody", "viewer", read_only=True, lasts_s=60)
        assert tokens.find(gone) is None


class Coming(RuleBasedStateMachine):
    """Whatever is done in whatever order: only who may come in does, and an admin is left."""

    secrets = Bundle("secrets")
    names = st.sampled_from(["anna", "BERT", "cleo"])
    roles = st.sampled_from(["viewer", "officer", "admin"])

    @initialize()
    def begin(self) -> None:
        self.file = AccountsFile.temporary()
        self.accounts, self.links = Accounts(self.file), Links(self.file)
        self.sessions = Sessions(self.file, 1e6, 1e6)
        self.accounts.add("root", "admin", "0")
        self.enabled = {"root": True}
        self.role = {"root": "admin"}
        self.open: dict[str, str] = {}

    def _refused(self) -> bool:
        return not any(self.enabled[n] and r == "admin" for n, r in self.role.items())

    @rule(name=names | st.just("root"), role=roles)
    def add(self, name: str, role: str) -> None:
        if name in self.role:
            with pytest.raises(ConfigError):
                self.accounts.add(name.swapcase(), role, "")
        else:
            self.accounts.add(name, role, "")
            self.role[name], self.enabled[name] = role, True

    @rule(name=names | st.just("root"), role=roles)
    def set_role(self, name: str, role: str) -> None:
        before = dict(self.role)
        if name in self.role:
            self.role[name] = role
        if name not in before or self._refused():
            self.role = before
            with pytest.raises(ConfigError):
                self.accounts.set_role(name, role)
        else:
            self.accounts.set_role(name, role)

    @rule(name=names | st.just("root"), enabled=st.booleans())
    def enable(self, name: str, enabled: bool) -> None:
        before = dict(self.enabled)
        if name in self.role:
            self.enabled[name] = enabled
        if name not in self.role or (not enabled and self._refused()):
            self.enabled = before
            with pytest.raises(ConfigError):
                self.accounts.set_enabled(name, enabled)
            return
        self.accounts.set_enabled(name, enabled)
        if not enabled:
            self.open = {s: n for s, n in self.open.items() if n != name}

    @rule(name=names | st.just("root"), target=secrets)
    def come_in(self, name: str) -> str:
        secret = self.sessions.begin(name, "")
        if self.enabled.get(name):
            self.open[secret] = name
        else:  # a session of nobody is of no use, and never will be: an account ends those it had
            self.sessions.end(secret)
        return secret

    @rule(name=names | st.just("root"))
    def change_password(self, name: str) -> None:
        self.accounts.set_password(name, "1")
        self.open = {s: n for s, n in self.open.items() if n != name}

    @rule(secret=secrets)
    def leave(self, secret: str) -> None:
        self.sessions.end(secret)
        self.open.pop(secret, None)

    @rule(name=names)
    def link(self, name: str) -> None:
        older, newer = self.links.make(name, 60), self.links.make(name, 60)
        assert self.links.open(older) is None
        assert self.links.open(newer) == (name,)
        assert [self.links.use(newer), self.links.use(newer)] == [True, False]

    @rule(secret=secrets)
    def look(self, secret: str) -> None:
        found = self.sessions.find(secret)
        name = self.open.get(secret)
        assert (found and (found.account, found.role)) == (name and (name, self.role[name]))

    @invariant()
    def an_admin_is_left(self) -> None:
        found = {a.name: (a.role, a.enabled) for a in self.accounts.all()}
        assert found == {n: (r, self.enabled[n]) for n, r in self.role.items()}
        assert ("admin", True) in found.values()

    def teardown(self) -> None:
        self.file.close()


TestComing = Coming.TestCase
TestComing.settings = settings(max_examples=40, stateful_step_count=30)
