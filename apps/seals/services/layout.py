"""Where the seals of a request come to stand on its pages. Millimetres from the top left."""

from collections.abc import Sequence
from itertools import pairwise

from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput
from apps.seals.enums import Rule
from apps.seals.models import Placement
from apps.seals.pdf.marking import PER_MM, Spot

MOST_STRIPS = 12  # pages that share one seal across; more and nobody recognises it
Pages = Sequence[dict[str, float]]


def spots_of(placement: Placement, pages: Pages) -> list[Spot]:
    """Will give every appearance of one seal of a request.

    Raises: InvalidInput (fields "page", "x_mm", "y_mm", "rule": it would not lie on the page).
    """
    if placement.rule == Rule.ACROSS:
        return _across(placement, pages)
    count = len(pages)
    number = (placement.page or count) - 1
    if not 0 <= number < count:
        raise InvalidInput(_("文件只有 %(n)d 页") % {"n": count}, field="page")
    numbers = range(count) if placement.rule == Rule.EVERY_PAGE else [number]
    for each in numbers:
        _require_on_page(placement, pages[each], placement.seal.width_mm)
    return [Spot(each, placement.x_mm, placement.y_mm) for each in numbers]


def _across(placement: Placement, pages: Pages) -> list[Spot]:
    if len(pages) < 2:
        raise InvalidInput(_("骑缝章至少需要两页"), field="rule")
    spots: list[Spot] = []
    for group in _groups(len(pages)):
        for number, page in enumerate(group):
            width = placement.seal.width_mm / len(group)
            x = pages[page]["width"] / PER_MM - width
            _require_on_page(placement, pages[page], 0)
            spots.append(Spot(page, x, placement.y_mm, (number, len(group))))
    return spots


def _groups(count: int) -> list[range]:
    """Pages in runs as even as may be, none longer than a seal can be cut into."""
    runs = -(-count // MOST_STRIPS)
    edges = [round(count * each / runs) for each in range(runs + 1)]
    return [range(a, b) for a, b in pairwise(edges)]


def _require_on_page(placement: Placement, page: dict[str, float], width_mm: float) -> None:
    if not 0 <= placement.x_mm <= page["width"] / PER_MM - width_mm:
        raise InvalidInput(_("印章超出页面左右边界"), field="x_mm")
    if not 0 <= placement.y_mm <= page["height"] / PER_MM - placement.seal.height_mm:
        raise InvalidInput(_("印章超出页面上下边界"), field="y_mm")
