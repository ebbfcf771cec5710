"""The bulletin as a Word document, in the form of an official paper: red head, black text."""

import io

from docx import Document
from docx.document import Document as Paper
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Inches, Pt, RGBColor
from docx.text.run import Run

from apps.callbacks.documents.charts import WIDTH_IN, as_picture
from apps.callbacks.documents.page import Page, Table

BODY, HEAD = "仿宋", "黑体"
RED = RGBColor(0xC0, 0x1C, 0x1C)
TEXT_CM = 16.0


def write_word(page: Page) -> bytes:
    """Will give the document; A4, margins as official papers have them."""
    paper = Document()
    _set_up(paper, page)
    _line(paper, page.title, size=26, face=HEAD, color=RED, center=True)
    _line(paper, page.subtitle, size=14, center=True)
    for section in page.sections():
        _line(paper, section.heading, size=16, face=HEAD, heading=True)
        for part in section.text.split("\n"):
            _body(paper, part)
        for table in section.tables:
            if table.rows:
                _table(paper, table)
        for chart in section.charts:
            if chart.values:
                paper.add_picture(io.BytesIO(as_picture(chart)), width=Inches(WIDTH_IN))
    _line(paper, page.foot, size=10)
    out = io.BytesIO()
    paper.save(out)
    return out.getvalue()


def _set_up(paper: Paper, page: Page) -> None:
    sheet = paper.sections[0]
    sheet.page_width, sheet.page_height = Cm(21), Cm(29.7)
    sheet.left_margin = sheet.right_margin = Cm(2.5)
    sheet.top_margin = sheet.bottom_margin = Cm(2.5)
    properties = paper.core_properties
    properties.title, properties.author = f"{page.title} {page.subtitle}", page.author
    properties.created = properties.modified = page.approved_at.replace(tzinfo=None)
    properties.comments = page.digest


def _line(
    paper: Paper,
    text: str,
    *,
    size: int,
    face: str = BODY,
    color: RGBColor | None = None,
    center: bool = False,
    heading: bool = False,
) -> None:
    paragraph = paper.add_paragraph(style="Heading 1" if heading else None)
    if center:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run(text)
    _face(run, face, size)
    run.font.color.rgb = color or RGBColor(0, 0, 0)


def _body(paper: Paper, text: str) -> None:
    paragraph = paper.add_paragraph()
    paragraph.paragraph_format.first_line_indent = Pt(24)
    _face(paragraph.add_run(text), BODY, 12)


def _table(paper: Paper, table: Table) -> None:
    _line(paper, table.title, size=11, face=HEAD)
    drawn = paper.add_table(rows=1, cols=len(table.head), style="Table Grid")
    for row_number, row in enumerate([table.head, *table.rows]):
        cells = drawn.rows[0].cells if row_number == 0 else drawn.add_row().cells
        for cell, text, width in zip(cells, row, table.widths, strict=True):
            cell.width = Cm(TEXT_CM * width)
            _face(cell.paragraphs[0].add_run(text), HEAD if row_number == 0 else BODY, 9)
    paper.add_paragraph()


def _face(run: Run, face: str, size_pt: int) -> None:
    """Word takes the font of Chinese characters from an attribute of its own."""
    run.font.name, run.font.size = face, Pt(size_pt)
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), face)
