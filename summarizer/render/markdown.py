"""A brief as Markdown."""

from __future__ import annotations

import re

from summarizer.brief import Brief
from summarizer.render.lines import Role, lines

_FORM: dict[Role, str] = {
    "title": "# {}\n",
    "note": "*{}*\n",
    "heading": "\n## {}\n",
    "point": "- {}",
    "holder": "\n**{}**\n",
    "line": "- {}",
    "quote": "  > {}",
    "warning": "- **{}**",
}
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!@$&]|(?<=http)s?:|(?<=ftp):|(?<=[Ww]ww)\.|^[-+](?=\s)|(?<=^\d)[.)])")


def markdown(brief: Brief) -> str:
    """The brief as Markdown; characters of the article that Markdown or HTML would read are escaped."""
    return "\n".join(_FORM[line.role].format(_SPECIAL.sub(r"\\\1", line.text)) for line in lines(brief)) + "\n"
