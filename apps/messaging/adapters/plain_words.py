"""Words of a letter without its dress: HTML to text, earlier letters cut off."""

import re
from html.parser import HTMLParser

_HIDDEN = {"script", "style", "head", "title", "template", "object", "noscript"}
_BREAKS = {"br", "p", "div", "tr", "li", "h1", "h2", "h3", "table", "blockquote"}
_QUOTE_BEGINS = re.compile(
    r"^\s*(-{2,}\s*(原始邮件|原始郵件|Original Message|转发|Forwarded).*"
    r"|在.{4,80}写道[：:]|.{4,80}寫道[：:]|On .{4,120} wrote:|发件人[：:].+|From:.+@.+)\s*$",
    re.IGNORECASE,
)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in _HIDDEN
        if tag in _BREAKS:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN and self._hidden:
            self._hidden -= 1
        if tag in _BREAKS:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)


def from_html(html: str) -> str:
    """Will give the words people would see; no mark, script or address of a link is left."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (re.sub(r"[ \t\xa0]+", " ", line).strip() for line in "".join(reader.words).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def without_quotes(text: str) -> str:
    """Will leave out the letters an answer drags along; all of it where nothing else is there."""
    kept: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if _QUOTE_BEGINS.match(line):
            break
        if not line.startswith(">"):
            kept.append(line)
    found = "\n".join(kept).strip()
    return found or text.strip()
