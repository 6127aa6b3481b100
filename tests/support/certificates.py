"""Certificates for tests, made with openssl: authorities, and who they sign for."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")


@dataclass(frozen=True)
class Pair:
    """A certificate and its private key, in PEM files."""

    certificate: Path
    key: Path

    @property
    def table(self) -> dict[str, str]:
        """As a configuration names them."""
        return {"certificate": str(self.certificate), "key": str(self.key)}


class Authority:
    """Signs certificates; its own is what the other side must trust."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        if shutil.which("openssl") is None:
            pytest.skip("openssl is not installed (Debian package openssl)")
        self._folder, self._name = folder, name
        self.path, self._key = folder / f"{name}.pem", folder / f"{name}.key"
        _openssl(
            "req", "-x509", *_KEY, "-nodes", "-keyout", self._key, "-out", self.path,
            "-days", "2", "-subj", f"/CN={name}",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign",
        )  # fmt: skip

    def issue(
        self, name: str = "here", *, alternative: str = "IP:127.0.0.1", password: str = "",
        days: int = 2,
    ) -> Pair:  # fmt: skip
        """A certificate for a name, and for an alternative one such as `DNS:receiver.example`.

        It has run out already where `days` is negative.
        """
        stem = self._folder / f"{self._name}-{name}"
        pair, request = Pair(stem.with_suffix(".pem"), stem.with_suffix(".key")), f"{stem}.csr"
        extensions = stem.with_suffix(".ext")
        extensions.write_text(f"subjectAltName={alternative}\n")
        secret = ("-passout", f"pass:{password}") if password else ("-nodes",)
        _openssl(
            "req", "-new", *_KEY, *secret, "-keyout", pair.key, "-out", request,
            "-subj", f"/CN={name}",
        )  # fmt: skip
        _openssl(
            "x509", "-req", "-in", request, "-CA", self.path, "-CAkey", self._key,
            "-CAcreateserial", "-out", pair.certificate, "-days", str(days),
            "-extfile", extensions,
        )  # fmt: skip
        return pair


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
