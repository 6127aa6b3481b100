"""The hand-over report as a page to print: plain HTML, a style sheet of its own, no script.

Every text in it may come from a stranger's transmitter or another desk. All of it is escaped, and
characters that would turn or hide what stands beside them are shown as escapes.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from api.editing import when
from ingest.words import place, safe_text
from store.book import Shift

STYLE = "../../../../console/handover.css"
"""From where the page is, /api/v1/shifts/<id>/report; under the path of a replay too."""

_ACTIONS = {
    "raised": "raised", "rectified": "no longer true", "again": "true again",
    "withdrawn": "withdrawn", "grown": "grown", "escalated": "escalated",
    "acknowledge": "acknowledged", "take": "taken", "transfer": "transferred",
    "comment": "commented on", "close": "closed", "reopen": "reopened", "silence": "silenced",
}  # fmt: skip


def page(shift: Shift, told: Mapping[str, Any]) -> str:
    """The report of a shift as HTML."""
    state = "" if shift.ended else " — so far"
    title = f"Hand-over report, shift {shift.id}{state}"
    body = "\n".join((
        f"<h1>{_text(title)}</h1>", _mode(told), _head(shift, told), _open(told["open"]),
        _done(told["done"]), _raised(told["raised"]), _notes(shift), _sources(told),
        _rules(told["rules"]), _changes(told["changes"]), _foot(told),
    ))  # fmt: skip
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{_text(title)}</title>"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="stylesheet" href="{STYLE}"></head>\n'
        f"<body><main>\n{body}\n</main></body></html>\n"
    )


def _mode(told: Mapping[str, Any]) -> str:
    mode = str(told["mode"])
    if mode == "live":
        return ""
    of = f" of {told['recording']}" if told.get("recording") else ""
    return f'<p class="mode">{_text(mode.upper() + of)}: this is not the sea as it is now.</p>'


def _head(shift: Shift, told: Mapping[str, Any]) -> str:
    rows = [
        ("On watch", ", ".join(shift.officers)),
        ("Begun", f"{_shown(when(shift.begun))} by {shift.begun_by}"),
        ("Ended", f"{_shown(when(shift.ended))} by {shift.ended_by}" if shift.ended else "not yet"),
        ("Event time", _shown(told["event_time"]) or "nothing was heard"),
        ("Report made", f"{_shown(told['made'])} by {told['made_by']}"),
    ]
    lines = "".join(f"<dt>{_text(k)}</dt><dd>{_text(v)}</dd>" for k, v in rows)
    return f"<dl>{lines}</dl>"


def _open(told: Mapping[str, Any]) -> str:
    counts, alerts = told["counts"], told["alerts"]
    total = sum(counts.values())
    said = ", ".join(f"{count} {priority}" for priority, count in counts.items())
    rows = [
        (
            _strong(alert["priority"]), _text(alert["state"]), _time(alert["time"]),
            f"{_text(alert['title'])}<br><small>{' · '.join(map(_text, _where(alert)))}</small>",
            _text(alert["owner"] or "nobody"), _said(alert["last_comment"]),
        )
        for alert in alerts
    ]  # fmt: skip
    more = total - len(alerts)
    return (
        f"<h2>Open alerts: {total}</h2>"
        + (f"<p>{_text(said)}.</p>" if said else "")
        + _table(("Priority", "State", "Since", "Alert", "Owner", "Last comment"), rows)
        + (f"<p>And {more} more that are not shown here.</p>" if more > 0 else "")
    )


def _done(told: Mapping[str, Any]) -> str:
    counts, closed = told["counts"], told["closed"]
    said = [f"{counts[key]} {words}" for key, words in _ACTIONS.items() if counts.get(key)]
    dispositions = ", ".join(f"{count} {name}" for name, count in sorted(closed.items()) if name)
    if dispositions:
        said.append(f"closed as: {dispositions}")
    rows = [
        (
            _time(entry["acted"]), _text(entry["actor"]),
            _text(_ACTIONS.get(entry["action"], entry["action"])),
            f"{_text(entry['title'] or 'an alert')}<br><small>{_text(entry['alert'])}</small>",
            _text(_what(entry)),
        )
        for entry in told["entries"]
    ]  # fmt: skip
    return (
        "<h2>What was done</h2>"
        + f"<p>{_text('; '.join(said) or 'Nothing was done about any alert')}.</p>"
        + _table(("When", "Who", "What", "Alert", "With"), rows)
        + ("<p>More was done than is shown here.</p>" if told["more"] else "")
    )


def _raised(told: Mapping[str, Any]) -> str:
    rows = [
        (
            _time(alert["time"]), _strong(alert["priority"]), _text(alert["title"]),
            _text(f"closed: {alert['disposition']}" if alert["disposition"] else alert["state"]),
        )
        for alert in told["alerts"]
    ]  # fmt: skip
    return (
        f"<h2>Raised during the shift: {len(rows)}{' and more' if told['more'] else ''}</h2>"
        + _table(("Since", "Priority", "Alert", "Now"), rows)
    )


def _notes(shift: Shift) -> str:
    rows = [(_time(when(n.at)), _text(n.actor), _text(n.text)) for n in shift.notes]
    return "<h2>Notes</h2>" + _table(("When", "Who", "Note"), rows)


def _sources(told: Mapping[str, Any]) -> str:
    rows = [
        (
            _text(source["name"]), _strong(source["state"]), f"{source['lines']:,}",
            _time(source["last"]) or "never",
            "" if source["lag_s"] is None else f"{source['lag_s']:.0f} s",
            _text(source["error"] or ""),
        )
        for source in told["sources"]
    ]  # fmt: skip
    faults = "".join(f"<li>{_text(fault)}</li>" for fault in (*told["faults"], *told["remarks"]))
    return (
        "<h2>Sources</h2>"
        + _table(("Source", "State", "Lines", "Last heard", "Lag", "Last error"), rows)
        + (f"<ul>{faults}</ul>" if faults else "<p>The watch itself is well.</p>")
    )


def _rules(rules: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        (
            _strong("overdue") if rule["overdue"] else "soon", _text(rule["review"]),
            f"{_text(rule['title'])}<br><small>{_text(rule['id'])}</small>",
            _text(rule["author"]),
        )
        for rule in rules
    ]  # fmt: skip
    return "<h2>Rules to be reviewed</h2>" + _table(("", "By", "Rule", "Author"), rows)


def _changes(told: Mapping[str, Any]) -> str:
    rows = [
        (
            _time(change["at"]), _text(change["actor"]),
            _text(f"{change['kind']} {change['id']}"),
            "deleted" if change["deleted"] else f"version {change['version']}",
            _text(change["note"]),
        )
        for change in told["made"]
    ]  # fmt: skip
    return (
        "<h2>Rules, zones and lists that were changed</h2>"
        + _table(("When", "Who", "What", "To", "Why"), rows)
        + ("<p>More was changed than is shown here.</p>" if told["more"] else "")
    )


def _foot(told: Mapping[str, Any]) -> str:
    head = told["audit_head"] or "there is none: everybody is let in here"
    return (
        '<footer><p>Head of the audit log: <code>'
        f"{_text(head)}</code></p><p>Sum of this report: <code>{_text(told['sum'])}</code></p>"
        '<p class="sign">Handed over by <span></span> Taken over by <span></span></p></footer>'
    )  # fmt: skip


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are HTML already; a word where there are none."""
    lines = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>\n" for row in rows)
    if not lines:
        return "<p>None.</p>"
    heads = "".join(f'<th scope="col">{_text(title)}</th>' for title in titles)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>\n{lines}</tbody></table>"


def _where(alert: Mapping[str, Any]) -> list[str]:
    told = [str(alert["id"])]
    if alert["lon"] is not None and alert["lat"] is not None:
        told.append(place(float(alert["lon"]), float(alert["lat"])))
    if alert["zone"]:
        told.append(str(alert["zone"]))
    return [*told, "EXERCISE"] if alert["exercise"] else told


def _said(comment: Mapping[str, Any] | None) -> str:
    return "" if comment is None else f"{_text(comment['text'])} <em>{_text(comment['actor'])}</em>"


def _what(entry: Mapping[str, Any]) -> str:
    told = [entry["disposition"], entry["recipient"] and f"to {entry['recipient']}", entry["text"]]
    return "; ".join(part for part in told if part)


def _shown(time: str | None) -> str:
    """A time as it is read: to the second."""
    return "" if not time else f"{time[:19].replace('T', ' ')} UTC"


def _time(time: str | None) -> str:
    return f'<span class="t">{_text(_shown(time))}</span>' if time else ""


def _strong(word: str) -> str:
    return f"<strong>{_text(word)}</strong>"


def _text(value: object) -> str:
    """Text, harmless and escaped; its lines stay lines."""
    lines = str("" if value is None else value).split("\n")
    return "<br>".join(html.escape(safe_text(line, 4000)) for line in lines)
