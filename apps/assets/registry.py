"""What other apps know of an asset and show beside it, such as the 3D models it stands in."""

from collections.abc import Callable, Mapping, Sequence

from apps.accounts.models import User

#: Viewer, codes of assets -> (label, address) by code. Addresses may lie outside.
Links = Callable[[User, Sequence[str]], Mapping[str, Sequence[tuple[str, str]]]]

_links: list[Links] = []


def register_links(links: Links) -> None:
    """Will show these links with assets in the console. Raises: ValueError (known already)."""
    if links in _links:
        raise ValueError("these links are already registered")
    _links.append(links)


def links_of(viewer: User, code: str) -> list[tuple[str, str]]:
    """Will give what other apps link one asset with, for this viewer."""
    return [found for links in _links for found in links(viewer, [code]).get(code, ())]
