"""The bulletin as PDF: A4 pages laid out line by line, text kept as text.

Drawn with the library of the charts, so one Chinese font is embedded, and only its characters
that occur. Lengths in inches from the top left.
"""

import io
import unicodedata
from dataclasses import dataclass, field
from typing import Any

import matplotlib
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from apps.callbacks.documents.charts import INK, draw, font, height_of
from apps.callbacks.documents.page import Chart, Page, Table

WIDTH, HEIGHT, MARGIN = 8.27, 11.69, 0.95
TEXT_WIDTH = WIDTH - 2 * MARGIN
RED = "#c01c1c"
HANGING = "，。；、：）”"  # never begin a line
# Type 42: the characters stay characters, so the text can be searched and copied.
_EMBEDDED: Any = {"pdf.fonttype": 42, "pdf.compression": 6}


@dataclass
class _Sheets:
    """Pages being filled from the top. y: where the next thing begins on the last one."""

    figures: list[Figure] = field(default_factory=list)
    y: float = HEIGHT

    def room(self, height: float) -> Figure:
        """Will give the page that has room for so much, a new one where needed."""
        if not self.figures or self.y + height > HEIGHT - MARGIN:
            self.figures.append(Figure(figsize=(WIDTH, HEIGHT)))
            self.y = MARGIN
        return self.figures[-1]

    def line(
        self, text: str, *, size: float, x: float = MARGIN, color: str = INK, center: bool = False
    ) -> None:
        """Will write one line and go below it."""
        height = size / 72 * 1.7
        sheet = self.room(height)
        sheet.text(
            0.5 if center else x / WIDTH,
            1 - (self.y + height * 0.75) / HEIGHT,
            text,
            fontproperties=font(size),
            color=color,
            ha="center" if center else "left",
            parse_math=False,
        )
        self.y += height


def write_pdf(page: Page) -> bytes:
    """Will give the document."""
    sheets = _Sheets()
    sheets.line(page.title, size=22, color=RED, center=True)
    sheets.line(page.subtitle, size=12, center=True)
    for section in page.sections():
        sheets.y += 0.12
        sheets.line(section.heading, size=14)
        for part in section.text.split("\n"):
            for text in wrap(f"　　{part}", TEXT_WIDTH, 11):
                sheets.line(text, size=11)
        for table in section.tables:
            if table.rows:
                _table(sheets, table)
        for chart in section.charts:
            if chart.values:
                _chart(sheets, chart)
    sheets.y += 0.15
    for text in wrap(page.foot, TEXT_WIDTH, 9):
        sheets.line(text, size=9)
    return _bound(sheets, page)


def wrap(text: str, width: float, size_pt: float) -> list[str]:
    """Will break a text into lines of so many inches; a wide character is as wide as high."""
    lines, line, used = [], "", 0.0
    for character in text:
        wide = unicodedata.east_asian_width(character) in {"W", "F", "A"}
        step = size_pt / 72 * (1.0 if wide else 0.56)
        if used + step > width and line and character not in HANGING:
            lines.append(line)
            line, used = "", 0.0
        line, used = line + character, used + step
    return [*lines, line] if line else lines


def _table(sheets: _Sheets, table: Table) -> None:
    sheets.y += 0.08
    sheets.room(1.0)
    sheets.line(table.title, size=10)
    for number, row in enumerate([table.head, *table.rows]):
        cells = [
            wrap(text, TEXT_WIDTH * width - 0.08, 8.5)
            for text, width in zip(row, table.widths, strict=True)
        ]
        height = 0.2 * max(len(cell) for cell in cells) + 0.06
        sheet, x = sheets.room(height), MARGIN
        for cell, width in zip(cells, table.widths, strict=True):
            for line, text in enumerate(cell):
                sheet.text(
                    (x + 0.04) / WIDTH,
                    1 - (sheets.y + 0.17 + 0.2 * line) / HEIGHT,
                    text,
                    fontproperties=font(8.5),
                    color=INK,
                    parse_math=False,
                )
            x += TEXT_WIDTH * width
        sheets.y += height
        _rule(sheet, sheets.y, 1.0 if number == 0 else 0.4)
    sheets.y += 0.1


def _rule(sheet: Figure, y: float, weight: float) -> None:
    level = 1 - y / HEIGHT
    ends = [MARGIN / WIDTH, (WIDTH - MARGIN) / WIDTH]
    sheet.add_artist(Line2D(ends, [level, level], color=INK, linewidth=weight))


def _chart(sheets: _Sheets, chart: Chart) -> None:
    height = height_of(chart)
    sheet = sheets.room(height)
    left = 1.9
    axes = sheet.add_axes(
        (
            left / WIDTH,
            1 - (sheets.y + height - 0.15) / HEIGHT,
            (WIDTH - MARGIN - left) / WIDTH,
            (height - 0.5) / HEIGHT,
        )
    )
    draw(axes, chart)
    sheets.y += height


def _bound(sheets: _Sheets, page: Page) -> bytes:
    out = io.BytesIO()
    about = {
        "Title": f"{page.title} {page.subtitle}",
        "Author": page.author,
        "Subject": page.digest,
        "CreationDate": page.approved_at,
    }
    with matplotlib.rc_context(_EMBEDDED), PdfPages(out, metadata=about) as book:
        for number, sheet in enumerate(sheets.figures, 1):
            sheet.text(
                0.5, 0.035, f"{number} / {len(sheets.figures)}", ha="center", size=8, color=INK
            )
            book.savefig(sheet)
    return out.getvalue()
