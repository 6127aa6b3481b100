"""Asking a watch on this machine: who may write its file of accounts needs no password."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import ConfigError
from store.accounts_file import AccountsFile
from store.tokens import Tokens

# A token of this command's own is of use for so long, and forgotten when the command ends.
TOKEN_S = 60.0


@dataclass(frozen=True, slots=True)
class Asked:
    """Where a watch is asked, and what is shown to be let in.

    Attributes:
        url: of the watch.
        token: what is shown; "" for nothing.
        context: TLS that believes this watch's own certificate; None for what the system believes.

    """

    url: str
    token: str = ""
    context: ssl.SSLContext | None = None


@contextlib.contextmanager
def asked(
    url: str | None, config: Path | None, accounts: Path | None, token_file: Path | None
) -> Iterator[Asked]:
    """How to ask a watch.

    Args:
        url: where it is; None for where its configuration says, else the usual address.
        config: its configuration.
        accounts: its file of accounts.
        token_file: a file with a token.

    Raises:
        VigieError: a file cannot be read.
    """
    context, where = None, "http://127.0.0.1:8000"
    if config is not None:
        from vigie.live.config import read_config

        settings = read_config(config)
        accounts = accounts or settings.accounts_file
        host = settings.api.host.replace("0.0.0.0", "127.0.0.1")
        host = "[::1]" if host == "::" else f"[{host}]" if ":" in host else host
        scheme = "http" if settings.api.tls is None else "https"
        where = f"{scheme}://{host}:{settings.api.port}"
        if settings.api.tls is not None and url is None:
            context = _pinned(settings.api.tls.certificate)
    if token_file is not None:
        yield Asked(where if url is None else url, _read(token_file), context)
    elif accounts is None:
        yield Asked(where if url is None else url, "", context)
    else:
        with AccountsFile.open(accounts, must_exist=True) as file:
            tokens = Tokens(file)
            made, text = tokens.make("vigie", "", "viewer", read_only=True, lasts_s=TOKEN_S)
            try:
                yield Asked(where if url is None else url, text, context)
            finally:
                tokens.drop(made.id)


def _pinned(certificate: Path) -> ssl.SSLContext:
    """TLS that believes one certificate, by whatever name it is reached."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        context.load_verify_locations(certificate)
    except OSError as error:
        raise ConfigError(
            f"it cannot be read: {error.strerror}", where=str(certificate),
            mend="Run this as who may read it",
        ) from None  # fmt: skip
    return context


def _read(token_file: Path) -> str:
    try:
        token = token_file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        token = ""
    if not token.isascii() or not token.isprintable() or not token:
        raise ConfigError(
            "there is no token in it", where=str(token_file),
            mend="Write the token that was shown into it, and nothing else",
        )  # fmt: skip
    return token
