import pytest

from apps.common import merkle

LEAVES = [merkle.leaf_hash(str(n).encode()) for n in range(23)]
OTHER = merkle.leaf_hash(b"other")


def test_known_roots() -> None:
    """The values of RFC 6962's reference data: the empty tree, one empty leaf."""
    assert merkle.root([]).hex() == (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
    assert merkle.root([merkle.leaf_hash(b"")]).hex() == (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    )


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 21, 23])
def test_every_leaf_is_proved_and_no_other(size: int) -> None:
    leaves, tree = LEAVES[:size], merkle.root(LEAVES[:size])
    for index, leaf in enumerate(leaves):
        path = merkle.inclusion(index, leaves)
        assert merkle.is_included(leaf, index, size, path, tree)
        assert not merkle.is_included(OTHER, index, size, path, tree)
        assert not merkle.is_included(leaf, index, size, [*path, OTHER], tree)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 21, 23])
def test_a_longer_tree_goes_on_from_every_shorter_one(size: int) -> None:
    leaves, tree = LEAVES[:size], merkle.root(LEAVES[:size])
    for old in range(1, size + 1):
        path, root = merkle.consistency(old, leaves), merkle.root(LEAVES[:old])
        assert merkle.is_consistent(root, old, tree, size, path)
        assert not merkle.is_consistent(OTHER, old, tree, size, path)
        assert not merkle.is_consistent(root, old, OTHER, size, path)


@pytest.mark.parametrize("index", [-1, 3])
def test_no_proof_of_what_is_not_there(index: int) -> None:
    with pytest.raises(IndexError):
        merkle.inclusion(index, LEAVES[:3])
