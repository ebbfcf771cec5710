"""Sealed files and files by digest: what is kept comes back, what was touched does not. OP-23."""

import io
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.upkeep.services import files
from apps.upkeep.vault import sealed
from apps.upkeep.vault.errors import VaultError
from apps.upkeep.vault.objects import Entry, ObjectStore
from apps.upkeep.vault.places import require_apart

KEY = bytes(range(32))


def seal(plain: bytes) -> bytes:
    output = io.BytesIO()
    sealed.seal(io.BytesIO(plain), output, KEY)
    return output.getvalue()


def unseal(data: bytes, key: bytes = KEY) -> bytes:
    return b"".join(sealed.unseal(io.BytesIO(data), key))


@given(st.binary(max_size=300), st.integers(1, 64))
def test_what_is_sealed_comes_back(plain: bytes, frame: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealed, "FRAME_BYTES", frame)
        data = seal(plain)
    assert unseal(data) == plain


@given(st.binary(min_size=40, max_size=200), st.data())
def test_a_touched_or_cut_file_does_not_open(plain: bytes, data: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealed, "FRAME_BYTES", 16)
        whole = seal(plain)
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(VaultError):
        unseal(whole[:cut])
    changed = bytearray(whole)
    changed[data.draw(st.integers(12, len(whole) - 1))] ^= 1
    with pytest.raises(VaultError):
        unseal(bytes(changed))
    with pytest.raises(VaultError):
        unseal(whole, bytes(32))


def test_each_content_is_kept_once_and_only_new_ones_are_read(tmp_path: Path) -> None:
    media = tmp_path / "media"
    media.mkdir()
    (media / "a").write_bytes(b"same")
    (media / "b").write_bytes(b"same")
    (media / "link").symlink_to("/etc/passwd")
    store = ObjectStore(tmp_path / "place", KEY)
    first, fresh = store.keep({"media": media}, {})
    assert (sorted(first), fresh) == (["media/a", "media/b"], 4)
    # Neither size nor time changed: not read again, whatever it holds now.
    stamp = (media / "a").stat()
    (media / "a").write_bytes(b"SAME")
    os.utime(media / "a", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    (media / "c").write_bytes(b"third")
    second, fresh = store.keep({"media": media}, first)
    assert (second["media/a"], fresh) == (first["media/a"], 5)
    store.write_manifest("one", first)
    store.write_manifest("two", second)
    assert store.prune({"one"}) == 1
    with pytest.raises(VaultError, match="two"):
        store.read_manifest("two")
    out = tmp_path / "out"
    assert store.restore(store.read_manifest("one"), {"media": out}) == 2
    assert (out / "b").read_bytes() == b"same"


def test_a_hostile_manifest_leads_nowhere(tmp_path: Path) -> None:
    media = tmp_path / "media"
    media.mkdir()
    (media / "a").write_bytes(b"x")
    store = ObjectStore(tmp_path / "place", KEY)
    [entry] = store.keep({"media": media}, {})[0].values()
    name = "media/../../escaped"
    with pytest.raises(VaultError, match="路径无效"):
        store.restore({name: Entry(name, 1, 1, entry.digest)}, {"media": tmp_path / "out"})
    assert not (tmp_path / "escaped").exists()


def test_another_content_under_a_digest_is_noticed(tmp_path: Path) -> None:
    media = tmp_path / "media"
    media.mkdir()
    (media / "a").write_bytes(b"one")
    (media / "b").write_bytes(b"two")
    store = ObjectStore(tmp_path / "place", KEY)
    manifest, _fresh = store.keep({"media": media}, {})
    one, two = (manifest[f"media/{name}"].digest for name in "ab")
    objects = tmp_path / "place" / "objects"
    (objects / one[:2] / one).write_bytes((objects / two[:2] / two).read_bytes())
    with pytest.raises(VaultError, match="摘要不符"):
        store.restore(manifest, {"media": tmp_path / "out"})


@pytest.mark.parametrize(
    ("name", "value"),
    [("BACKUP_KEY_FILE", "first/key"), ("BACKUP_SETTINGS_DIR", "second/settings")],
)
def test_keys_never_lie_beside_the_data(
    tmp_path: Path, settings: Any, name: str, value: str
) -> None:
    settings.BACKUP_DIR = str(tmp_path / "first")
    settings.BACKUP_SECOND_DIR = str(tmp_path / "second")
    settings.BACKUP_KEY_FILE = str(tmp_path / "key")
    settings.BACKUP_SETTINGS_DIR = str(tmp_path / "settings")
    require_apart()
    setattr(settings, name, str(tmp_path / value))
    with pytest.raises(VaultError, match="不能与数据备份放在同一位置"):
        require_apart()


def test_settings_are_sealed_and_opened_by_the_key_alone(tmp_path: Path, settings: Any) -> None:
    extra = tmp_path / "env"
    extra.write_text("TOKEN=1\n")
    settings.BACKUP_SETTINGS_DIR = str(tmp_path / "settings")
    settings.BACKUP_SETTINGS_PATHS = [str(extra)]
    files.keep_settings(KEY, label="L1")
    file = tmp_path / "settings" / "L1.sealed"
    assert settings.SECRET_KEY.encode() not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0
    files.restore_settings(KEY, label="L1", target=tmp_path / "out")
    assert (tmp_path / "out" / "secret_key").read_text() == settings.SECRET_KEY
    assert (tmp_path / f"out/files{extra}").read_text() == "TOKEN=1\n"
    with pytest.raises(VaultError, match="无法解密"):
        files.restore_settings(bytes(32), label="L1", target=tmp_path / "other")
