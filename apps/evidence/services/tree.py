"""The tree over all seals, read in tiles: a proof at half a million seals reads two thousand rows.

A tile holds the leaves of 256 seals. Tiles are a convenience, not evidence: whoever builds on
them compares the outcome with a signed root and falls back to the seals themselves.
Source: RFC 6962; the layout follows tiled logs.
"""

from collections.abc import Iterator
from itertools import islice

from apps.audit.models import AuditSeal
from apps.common import merkle
from apps.evidence.models import SealTile
from apps.evidence.services.leaves import seal_leaves

TILE = 256  # a power of two: a tile is a whole subtree


def fill_tiles() -> int:
    """Will write the tiles of full 256 seals that are missing, and give their number."""
    last = SealTile.objects.order_by("-number").first()
    begin = last.number + 1 if last else 0
    complete = AuditSeal.objects.count() // TILE
    rows = _leaves(after=begin * TILE, up_to=complete * TILE)
    written = 0
    for number in range(begin, complete):
        leaves = list(islice(rows, TILE))
        if len(leaves) < TILE:
            break  # a seal is missing: the verification names it
        SealTile.objects.bulk_create(
            [SealTile(number=number, root=merkle.root(leaves).hex(), leaves=b"".join(leaves))],
            ignore_conflicts=True,
        )
        written += 1
    return written


class SealTree:
    """The tree over the first ``size`` seals; reads the roots of tiles and at most 255 seals."""

    def __init__(self, size: int) -> None:
        self.size = size
        fill_tiles()
        roots = SealTile.objects.filter(number__lt=size // TILE).order_by("number")
        self._roots = [bytes.fromhex(root) for root in roots.values_list("root", flat=True)]
        self._begin = len(self._roots) * TILE
        self._rest = list(_leaves(after=self._begin, up_to=size))
        self._opened: dict[int, list[bytes]] = {}

    def root(self) -> bytes:
        """Will give the digest over all of it."""
        return self._range(0, self.size) if self.size else merkle.EMPTY

    def inclusion(self, index: int) -> list[bytes]:
        """Will give the path that proves the seal at ``index`` (from 0), as ``merkle`` does."""
        if not 0 <= index < self.size:
            raise IndexError(index)
        path: list[bytes] = []
        low, high = 0, self.size
        while high - low > 1:
            middle = low + merkle.split(high - low)
            if index < middle:
                path.append(self._range(middle, high))
                high = middle
            else:
                path.append(self._range(low, middle))
                low = middle
        return path[::-1]

    def consistency(self, old: int) -> list[bytes]:
        """Will give the path that proves that this tree begins with its first ``old`` seals."""
        if not 1 <= old <= self.size:
            raise IndexError(old)
        path: list[bytes] = []
        low, high, is_whole = 0, self.size, True
        while old < high:
            middle = low + merkle.split(high - low)
            if old <= middle:
                path.append(self._range(middle, high))
                high = middle
            else:
                path.append(self._range(low, middle))
                low, is_whole = middle, False
        if not is_whole:
            path.append(self._range(low, high))
        return path[::-1]

    def _range(self, low: int, high: int) -> bytes:
        """The digest over the seals low to high; such ranges begin at a multiple of their size."""
        if high - low == TILE and high <= self._begin:
            return self._roots[low // TILE]
        if high - low == 1:
            return self._leaf(low)
        middle = low + merkle.split(high - low)
        return merkle.node_hash(self._range(low, middle), self._range(middle, high))

    def _leaf(self, index: int) -> bytes:
        if index >= self._begin:
            return self._rest[index - self._begin]
        number = index // TILE
        if number not in self._opened:
            packed = bytes(SealTile.objects.get(number=number).leaves)
            size = merkle.DIGEST_BYTES
            self._opened[number] = [packed[at : at + size] for at in range(0, len(packed), size)]
        return self._opened[number][index % TILE]


def _leaves(*, after: int, up_to: int) -> Iterator[bytes]:
    for _row, text in seal_leaves(up_to, after=after):
        yield merkle.leaf_hash(text.encode())
