"""Passwords and the like: given in the configuration, or in a file of their own."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from ingest.errors import ConfigError

_MOST = 65_536


def read_secret(value: SecretStr | None, file: Path | None, *, where: str) -> str | None:
    """A secret from wherever it was given, without the line end of its file; None if nowhere.

    Args:
        value: as it stands in the configuration.
        file: file that holds it; goes before `value`.
        where: what an error calls the place, such as "source north, password_file".

    Raises:
        ConfigError: the file cannot be read, is not text, or is too large to be a secret.

    """
    if file is None:
        return value.get_secret_value() if value is not None else None
    try:
        with file.open("rb") as opened:
            data = opened.read(_MOST + 1)
        text = data.decode()
    except OSError as fault:
        raise ConfigError(
            f"{file} cannot be read: {fault.strerror}", where=where,
            mend="check the path and its permissions",
        ) from None  # fmt: skip
    except UnicodeDecodeError:
        raise ConfigError(f"{file} is not text", where=where, mend="save it as UTF-8") from None
    if len(data) > _MOST:
        raise ConfigError(f"{file} is too large", where=where, mend="name the right file")
    return text.rstrip("\r\n")
