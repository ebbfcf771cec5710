"""Merkle trees: one digest for a list, and short proofs about it.

Pure functions over leaf digests. A proof of inclusion shows that one leaf is in a tree, a proof
of consistency that a longer list begins with a shorter one. Leaves and nodes are hashed with
different first bytes, so that neither can pass for the other.
Source: RFC 6962 section 2.1, RFC 9162 section 2.1.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence

EMPTY = hashlib.sha256(b"").digest()
DIGEST_BYTES = 32


def leaf_hash(data: bytes) -> bytes:
    """Will give the digest of one leaf, 32 bytes."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Will give the digest of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Growing:
    """A tree that only grows: keeps the roots of its full subtrees, gives its root any time."""

    def __init__(self) -> None:
        self.size = 0
        self._full: list[tuple[int, bytes]] = []  # leaves below, digest; largest first

    def add(self, leaf: bytes) -> None:
        """Will append one leaf digest."""
        count, digest = 1, leaf
        while self._full and self._full[-1][0] == count:
            _count, left = self._full.pop()
            count, digest = count * 2, node_hash(left, digest)
        self._full.append((count, digest))
        self.size += 1

    def root(self) -> bytes:
        """Will give the digest over all leaves so far."""
        if not self._full:
            return EMPTY
        digest = self._full[-1][1]
        for _count, left in reversed(self._full[:-1]):
            digest = node_hash(left, digest)
        return digest


def root(leaves: Iterable[bytes]) -> bytes:
    """Will give the digest over a list of leaf digests."""
    tree = Growing()
    for leaf in leaves:
        tree.add(leaf)
    return tree.root()


def inclusion(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Will give the path that proves the leaf at ``index`` (from 0), nearest sibling first.

    Raises: IndexError (there is no such leaf).
    """
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    if len(leaves) == 1:
        return []
    at = split(len(leaves))
    if index < at:
        return [*inclusion(index, leaves[:at]), root(leaves[at:])]
    return [*inclusion(index - at, leaves[at:]), root(leaves[:at])]


def consistency(size: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Will give the path that proves that these leaves begin with the first ``size`` of them.

    Raises: IndexError (size is not between 1 and the number of leaves).
    """
    if not 1 <= size <= len(leaves):
        raise IndexError(size)
    return _subproof(size, leaves, is_whole=True)


def is_included(leaf: bytes, index: int, size: int, path: Sequence[bytes], tree: bytes) -> bool:
    """Will tell whether the path leads from the leaf to the root of the tree of that size."""
    if not 0 <= index < size:
        return False
    here, last, digest = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if here % 2 or here == last:
            digest = node_hash(sibling, digest)
            while here and not here % 2:
                here, last = here // 2, last // 2
        else:
            digest = node_hash(digest, sibling)
        here, last = here // 2, last // 2
    return last == 0 and digest == tree


def is_consistent(
    old: bytes, old_size: int, new: bytes, new_size: int, path: Sequence[bytes]
) -> bool:
    """Will tell whether the path proves that the new tree begins with the old one."""
    if old_size == new_size:
        return not path and old == new
    if not 0 < old_size < new_size:
        return False
    steps: Iterator[bytes] = iter(path)
    here, last = old_size - 1, new_size - 1
    while here % 2:
        here, last = here // 2, last // 2
    first = old if here == 0 else next(steps, b"")
    digest_old = digest_new = first
    for sibling in steps:
        if last == 0:
            return False
        if here % 2 or here == last:
            digest_old = node_hash(sibling, digest_old)
            digest_new = node_hash(sibling, digest_new)
            while here and not here % 2:
                here, last = here // 2, last // 2
        else:
            digest_new = node_hash(digest_new, sibling)
        here, last = here // 2, last // 2
    return last == 0 and digest_old == old and digest_new == new


def split(size: int) -> int:
    """Will give the largest power of two below ``size``: where a tree parts."""
    return 1 << (size - 1).bit_length() - 1


def _subproof(size: int, leaves: Sequence[bytes], *, is_whole: bool) -> list[bytes]:
    if size == len(leaves):
        return [] if is_whole else [root(leaves)]
    at = split(len(leaves))
    if size <= at:
        return [*_subproof(size, leaves[:at], is_whole=is_whole), root(leaves[at:])]
    return [*_subproof(size - at, leaves[at:], is_whole=False), root(leaves[:at])]
