"""What other apps know of an asset and show beside it: 3D models it stands in, its work orders."""

from collections.abc import Callable, Mapping, Sequence

from apps.accounts.models import User

#: Viewer, codes of assets -> (label, address) by code. Addresses may lie outside.
Links = Callable[[User, Sequence[str]], Mapping[str, Sequence[tuple[str, str]]]]

#: Viewer, key of an asset -> address of a page of their own for it; None: not theirs.
Page = Callable[[User, int], str | None]

_links: list[Links] = []
_pages: list[Page] = []


def register_links(links: Links) -> None:
    """Will show these links with assets in the console. Raises: ValueError (known already)."""
    if links in _links:
        raise ValueError("these links are already registered")
    _links.append(links)


def links_of(viewer: User, code: str) -> list[tuple[str, str]]:
    """Will give what other apps link one asset with, for this viewer."""
    return [found for links in _links for found in links(viewer, [code]).get(code, ())]


def register_page(page: Page) -> None:
    """Will send who scanned a label, but does not keep the register, to this page.

    Raises: ValueError (known already).
    """
    if page in _pages:
        raise ValueError("this page is already registered")
    _pages.append(page)


def page_for(viewer: User, pk: int) -> str | None:
    """Will give where somebody who does not keep the register deals with a thing, or None."""
    return next((found for page in _pages if (found := page(viewer, pk)) is not None), None)
