"""The list of paths in `docs/api.md`, made from the OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

BEGIN, END = "<!-- paths: made from the OpenAPI document -->", "<!-- end of paths -->"


def reference(document: dict[str, Any]) -> str:
    """Markdown: a table of paths for each tag, with what each takes."""
    lines: list[str] = []
    for tag in document["tags"]:
        lines += [f"### {tag['name']}", "", tag["description"], ""]
        lines += ["| path | what | for | parameters |", "|---|---|---|---|"]
        for path, method, operation in operations(document):
            if tag["name"] in operation["tags"]:
                asked = path if method == "get" else f"{method.upper()} {path}"
                names = [
                    f"`{parameter['name']}`"
                    for parameter in operation.get("parameters", [])
                    if parameter["in"] == "query"
                ]
                whom = operation.get("x-role") or "anybody"
                whom = "who has signed in" if whom == "partner" else whom
                lines.append(f"| `{asked}` | {operation['summary']} | {whom} | {' '.join(names)} |")
        lines.append("")
    return "\n".join(lines)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and description of everything that can be asked for."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def renewed(text: str, document: dict[str, Any]) -> str:
    """A page with the part between the two marks made anew."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{reference(document)}\n{END}{after}"
