"""The tree read in tiles says what the tree over all seals says."""

import pytest

from apps.audit.models import AuditSeal, SealedLeaves
from apps.common import clock, merkle
from apps.evidence.models import SealTile
from apps.evidence.services.leaves import seal_leaves
from apps.evidence.services.tree import TILE, SealTree, fill_tiles

pytestmark = pytest.mark.django_db
SIZE = 2 * TILE + 77


@pytest.fixture
def leaves() -> list[bytes]:
    """Seals of a long log, laid down without their entries."""
    numbers = range(1, SIZE + 1)
    seals = [
        AuditSeal(
            number=n, from_txid=n, to_txid=n + 1, first_id=n, last_id=n, count=1,
            previous_digest=f"{n - 1:064x}", digest=f"{n:064x}", sealed_at=clock.now(),
        )
        for n in numbers
    ]  # fmt: skip
    AuditSeal.objects.bulk_create(seals)
    SealedLeaves.objects.bulk_create(
        SealedLeaves(seal=seal, root="0" * 64, ids=b"", leaves=b"") for seal in seals
    )
    return [merkle.leaf_hash(text.encode()) for _row, text in seal_leaves()]


@pytest.mark.parametrize("size", [1, 2, TILE - 1, TILE, TILE + 1, 2 * TILE, SIZE])
def test_roots_and_proofs_are_the_same(leaves: list[bytes], size: int) -> None:
    tree, part = SealTree(size), leaves[:size]
    assert tree.root() == merkle.root(part)
    for index in {0, size // 3, size - 1}:
        assert tree.inclusion(index) == merkle.inclusion(index, part)
    for old in {1, size // 2 or 1, size}:
        assert tree.consistency(old) == merkle.consistency(old, part)


def test_tiles_are_written_once(leaves: list[bytes]) -> None:
    assert fill_tiles() == 2
    assert fill_tiles() == 0
    assert SealTile.objects.count() == 2
