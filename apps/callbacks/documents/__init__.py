"""The bulletin as Word and PDF.

Drawing takes a library that is large to load and asks for fonts: it is loaded where a file is
made, in the worker, never with the pages.
"""

from apps.callbacks.documents.page import Page

__all__ = ["Page", "make_pdf", "make_word"]


def make_word(page: Page) -> bytes:
    """Will give the bulletin as a Word document (docx)."""
    from apps.callbacks.documents.word import write_word

    return write_word(page)


def make_pdf(page: Page) -> bytes:
    """Will give the bulletin as PDF on A4 pages, its text selectable."""
    from apps.callbacks.documents.pdf import write_pdf

    return write_pdf(page)
