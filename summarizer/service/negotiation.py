"""What form of an answer a client prefers (RFC 9110, Accept)."""

from __future__ import annotations


def wants_html(accept: str) -> bool:
    """Whether HTML is preferred to JSON, as browsers do; where both are alike, JSON is sent."""
    html = max(_quality(accept, "text/html"), _quality(accept, "application/xhtml+xml"))
    other = _quality(accept, "application/json")
    return html > max(0.0, _quality(accept, "*/*") if other < 0 else other)


def _quality(accept: str, kind: str) -> float:
    """The weight of a media type that is named; -1 for one that is not."""
    for entry in accept.split(","):
        name, *parameters = (part.strip() for part in entry.split(";"))
        if name.casefold() != kind:
            continue
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip().casefold() == "q":
                try:
                    return float(value)
                except ValueError:
                    return -1.0
        return 1.0
    return -1.0
