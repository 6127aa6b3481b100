"""`vigie accounts`: who may come in, for whoever may write the file of accounts."""

from __future__ import annotations

import contextlib
import getpass
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from ingest.errors import ConfigError
from ingest.journal.times import to_iso
from store.accounts import NAME, Account, Accounts
from store.accounts_file import AccountsFile
from store.audit import Audit, Entry
from store.sessions import Links
from store.tokens import Token, Tokens
from vigie.options import Json, print_json
from vigie.table import print_table

app = typer.Typer(help="Who may come in, and what was done.", no_args_is_help=True)
tokens_app = typer.Typer(help="Tokens, for programs that ask the API.", no_args_is_help=True)
app.add_typer(tokens_app, name="tokens")

ROLES = ("viewer", "officer", "supervisor", "admin", "partner")
LINK_DAYS = 3

Config = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="The configuration of the watch."),
]
File = Annotated[
    Path | None,
    typer.Option("--file", metavar="FILE", help="Or the file of accounts itself."),
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the account.")]
RoleOption = Annotated[
    str, typer.Option("--role", metavar="ROLE", help=f"{', '.join(ROLES[:-1])} or {ROLES[-1]}.")
]


@app.command("list")
def list_(config: Config = None, file: File = None, json: Json = False) -> None:
    """List accounts."""
    with _opened(config, file) as opened:
        found = Accounts(opened).all()
    if json:
        for account in found:
            print_json(_as_dict(account))
        return
    print_table(
        ("name", "role", "", "made", "came in last"),
        ((a.name, a.role, "" if a.enabled else "disabled", _when(a.created), _when(a.seen))
         for a in found),
    )  # fmt: skip


@app.command("add")
def add(
    name: Name,
    role: RoleOption = "officer",
    link: Annotated[
        bool, typer.Option("--link", help="Let its owner choose the password, by a one-time link.")
    ] = False,
    config: Config = None,
    file: File = None,
) -> None:
    """Make an account; asks for its password, or reads it from standard input."""
    _role(role)
    with _opened(config, file, make=True) as opened:
        kept = "" if link else _password(name)
        with opened.write():
            Accounts(opened).add(name, role, kept)
            _record(opened, "account.add", name, {"role": role})
            secret = Links(opened).make(name, LINK_DAYS * 86_400) if link else ""
    typer.echo(f"{name} is {_a(role)}.")
    if secret:
        typer.echo(f"Within {LINK_DAYS} days, once, at the address of the watch: /welcome#{secret}")


@app.command("password")
def password(
    name: Name,
    link: Annotated[
        bool, typer.Option("--link", help="Let its owner choose it, by a one-time link.")
    ] = False,
    config: Config = None,
    file: File = None,
) -> None:
    """Give an account another password; ends its sessions."""
    with _opened(config, file) as opened:
        accounts = Accounts(opened)
        _need(accounts, name)
        kept = "" if link else _password(name)
        with opened.write():
            accounts.set_password(name, kept)
            _record(opened, "password.change", name)
            secret = Links(opened).make(name, LINK_DAYS * 86_400) if link else ""
    typer.echo(f"The password of {name} is changed, and its sessions have ended.")
    if secret:
        typer.echo(f"Within {LINK_DAYS} days, once, at the address of the watch: /welcome#{secret}")


@app.command("role")
def role_(
    name: Name,
    role: Annotated[str, typer.Argument(metavar="ROLE", help="The new role.")],
    config: Config = None,
    file: File = None,
) -> None:
    """Give an account another role, at once."""
    _role(role)
    with _opened(config, file) as opened, opened.write():
        Accounts(opened).set_role(name, role)
        _record(opened, "account.role", name, {"role": role})
    typer.echo(f"{name} is {_a(role)}.")


@app.command("disable")
def disable(name: Name, config: Config = None, file: File = None) -> None:
    """Shut somebody out at once: sessions and tokens end. The account stays, as records name it."""
    with _opened(config, file) as opened, opened.write():
        Accounts(opened).set_enabled(name, False)
        _record(opened, "account.disable", name)
    typer.echo(f"{name} is out.")


@app.command("enable")
def enable(name: Name, config: Config = None, file: File = None) -> None:
    """Let somebody in again who was shut out."""
    with _opened(config, file) as opened, opened.write():
        Accounts(opened).set_enabled(name, True)
        _record(opened, "account.enable", name)
    typer.echo(f"{name} may come in.")


@app.command("audit")
def audit(
    verify: Annotated[
        bool, typer.Option("--verify", help="Check the whole chain; exit code 1 if it is unsound.")
    ] = False,
    head: Annotated[
        list[str] | None,
        typer.Option(
            "--head",
            metavar="HEAD",
            help="With --verify: a head as it was printed, in a hand-over report for example. May"
            " be repeated.",
        ),
    ] = None,
    who: Annotated[
        str | None, typer.Option("--who", metavar="NAME", help="Only what this name did.")
    ] = None,
    what: Annotated[
        str | None, typer.Option("--what", metavar="WORD", help="Only deeds that begin so.")
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, help="The newest so many.")
    ] = 50,
    config: Config = None,
    file: File = None,
    json: Json = False,
) -> None:
    """Show what was done, newest first; or check that nobody has changed the record of it."""
    if head and not verify:
        raise ConfigError("it goes with --verify", where="--head", mend="Add --verify")
    with _opened(config, file) as opened:
        log = Audit(opened)
        if verify:
            _tell(log, head or [], json=json)
            return
        found = log.entries(limit, who=who, what=what)
    if json:
        for entry in found:
            print_json({**_entry(entry), "head": entry.head})
        return
    print_table(
        ("number", "when", "who", "role", "from", "what", "subject", "body"),
        (tuple(_entry(entry).values()) for entry in found),
    )


@tokens_app.command("list")
def tokens(config: Config = None, file: File = None, json: Json = False) -> None:
    """List tokens, newest first, without their secrets."""
    with _opened(config, file) as opened:
        found = Tokens(opened).all()
    if json:
        for token in found:
            print_json(_token(token))
        return
    print_table(
        ("id", "label", "account", "role", "", "expires", "used last", "revoked"),
        ((t.id, t.label, t.account or "this machine", t.role, "reads" if t.read_only else "",
          _when(t.expires), _when(t.used), _when(t.revoked)) for t in found),
    )  # fmt: skip


@tokens_app.command("add")
def add_token(
    label: Annotated[str, typer.Argument(metavar="LABEL", help="What it is for.")],
    role: RoleOption = "viewer",
    writes: Annotated[
        bool, typer.Option("--writes", help="It may also change what its role may.")
    ] = False,
    days: Annotated[
        float, typer.Option("--days", metavar="N", min=0.001, max=366, help="Days until it ends.")
    ] = 90,
    config: Config = None,
    file: File = None,
) -> None:
    """Make a token and print it, once: it is kept as a hash only."""
    _role(role)
    if not re.fullmatch(NAME, label):
        raise ConfigError(
            "this cannot be a label", where="LABEL",
            mend="Use 1 to 64 letters, digits and . _ @ -, a letter or digit first",
        )  # fmt: skip
    with _opened(config, file, make=True) as opened, opened.write():
        token, text = Tokens(opened).make(
            label, "", role, read_only=not writes, lasts_s=days * 86_400
        )
        _record(opened, "token.make", token.id, {"label": label, "role": role, "days": days})
    typer.echo(text)


@tokens_app.command("revoke")
def revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="Its id, as listed.")],
    config: Config = None,
    file: File = None,
) -> None:
    """End a token at once."""
    with _opened(config, file) as opened, opened.write():
        if not Tokens(opened).revoke(token_id):
            raise ConfigError(
                f"no token that holds has the id {token_id}", where="ID",
                mend="`vigie accounts tokens list` shows them",
            )  # fmt: skip
        _record(opened, "token.revoke", token_id)
    typer.echo(f"Token {token_id} is of no use any more.")


@contextlib.contextmanager
def _opened(
    config: Path | None, file: Path | None, *, make: bool = False
) -> Iterator[AccountsFile]:
    """The file of accounts that was named.

    Raises:
        ConfigError: none was, or two.
    """
    if (config is None) == (file is None):
        raise ConfigError(
            "it needs --config FILE or --file FILE, one of the two", where="vigie accounts",
            mend="Name the configuration of the watch",
        )  # fmt: skip
    if config is not None:
        from vigie.live.config import read_config

        file = read_config(config).accounts_file
    assert file is not None
    with AccountsFile.open(file, must_exist=not make) as opened:
        yield opened


def _password(name: str) -> str:
    """The hash of a password that is typed twice, or read from standard input."""
    from api.accounts.passwords import Passwords, fault_of

    if sys.stdin.isatty():
        typed = getpass.getpass(f"New password of {name}: ")
        if (fault := fault_of(typed, name)) is None and getpass.getpass("Once more: ") != typed:
            fault = ("the two differ", "try again")
    else:
        typed = sys.stdin.readline().rstrip("\r\n")
        fault = fault_of(typed, name)
    if fault is not None:
        raise ConfigError(fault[0], where="password", mend=fault[1])
    return Passwords().hash(typed)


def _tell(log: Audit, heads: list[str], *, json: bool) -> None:
    verdict = log.verify(heads)
    if json:
        print_json({
            "entries": verdict.entries, "head": verdict.head, "sound": not verdict.faults,
            "faults": verdict.faults,
        })  # fmt: skip
    else:
        for fault in verdict.faults:
            typer.echo(fault)
        sound = "it is as it was written" if not verdict.faults else "it was changed"
        typer.echo(f"{verdict.entries:,} entries, head {verdict.head}: {sound}")
    if verdict.faults:
        raise typer.Exit(1)


def _record(
    opened: AccountsFile, what: str, subject: str, body: dict[str, Any] | None = None
) -> None:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # one that the system has no name for
        user = str(os.getuid())
    Audit(opened).add(f"(host)/{user}", "admin", "", what, subject, body)


def _need(accounts: Accounts, name: str) -> None:
    if accounts.get(name) is None:
        raise ConfigError(
            f"there is no account {name!r:.80}", where="name",
            mend="`vigie accounts list` lists them",
        )  # fmt: skip


def _role(role: str) -> None:
    if role not in ROLES:
        raise ConfigError(
            f"{role!r:.40} is no role", where="ROLE", mend=f"Choose {', '.join(ROLES)}"
        )


def _a(role: str) -> str:
    return f"an {role}" if role[0] in "ao" else f"a {role}"


def _when(us: int | None) -> str:
    return "" if us is None else to_iso(us)


def _as_dict(account: Account) -> dict[str, Any]:
    return {
        "name": account.name, "role": account.role, "enabled": account.enabled,
        "created": _when(account.created), "seen": _when(account.seen) or None,
    }  # fmt: skip


def _token(token: Token) -> dict[str, Any]:
    return {
        "id": token.id, "label": token.label, "account": token.account, "role": token.role,
        "read_only": token.read_only, "created": _when(token.created),
        "expires": _when(token.expires), "used": _when(token.used) or None,
        "revoked": _when(token.revoked) or None,
    }  # fmt: skip


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "number": entry.number, "at": _when(entry.at), "who": entry.who, "role": entry.role,
        "address": entry.address, "what": entry.what, "subject": entry.subject,
        "body": entry.body if entry.body != "{}" else "",
    }  # fmt: skip
