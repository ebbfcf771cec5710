"""Files kept by what they hold: each content once, however many backups cite it.

``objects/ab/<sha256>`` below a place, sealed; a manifest names every file of one backup with
its size, time and digest. A file whose size and time are those of the last manifest is not
read again, so an hourly run costs a walk through the folders.
"""

import gzip
import hashlib
import io
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _

from apps.upkeep.vault.errors import VaultError
from apps.upkeep.vault.sealed import seal, unseal

_READ_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Entry:
    """One file of a backup. name: its path below its root, with the root's name in front."""

    name: str
    size: int
    mtime_ns: int
    digest: str


Manifest = dict[str, Entry]


class ObjectStore:
    """The files of one backup place. key: 32 bytes."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self._objects = folder / "objects"
        self._manifests = folder / "manifests"
        self._key = key

    def keep(self, roots: Mapping[str, Path], before: Manifest) -> tuple[Manifest, int]:
        """Will keep every file below the roots; gives the manifest and the bytes newly kept.

        A file that vanishes while it is read is left out: it was not there at the end.
        """
        manifest: Manifest = {}
        fresh = 0
        for name, file in _walk(roots):
            try:
                entry, added = self._keep_one(name, file, before.get(name))
            except FileNotFoundError:
                continue
            manifest[name] = entry
            fresh += added
        return manifest, fresh

    def write_manifest(self, label: str, manifest: Manifest) -> str:
        """Will keep a manifest under a label and give its digest (SHA-256, hexadecimal)."""
        rows = [[e.name, e.size, e.mtime_ns, e.digest] for _name, e in sorted(manifest.items())]
        plain = gzip.compress(json.dumps(rows, ensure_ascii=False).encode(), mtime=0)
        self._write(self._manifests / label, io.BytesIO(plain))
        return hashlib.sha256(plain).hexdigest()

    def read_manifest(self, label: str) -> Manifest:
        """Raises: VaultError (no such manifest, or it cannot be opened)."""
        file = self._manifests / label
        if not file.exists():
            raise VaultError(_("备份位置中没有这份文件清单：%s") % label)
        with file.open("rb") as source:
            rows: list[Any] = json.loads(gzip.decompress(b"".join(unseal(source, self._key))))
        return {row[0]: Entry(*row) for row in rows}

    def restore(self, manifest: Manifest, roots: Mapping[str, Path]) -> int:
        """Will write the files of a manifest below the roots and give their number.

        Each content is checked against its digest. Raises: VaultError (a content is missing or
        is another one; a name leads out of its root).
        """
        count = 0
        for name, entry in manifest.items():
            root, _slash, inner = name.partition("/")
            if root not in roots:
                continue
            target = (roots[root] / inner).resolve()
            if not target.is_relative_to(roots[root].resolve()):
                raise VaultError(_("文件清单中的路径无效：%s") % name)
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as output:
                for part in self.open(entry.digest):
                    output.write(part)
            os.utime(target, ns=(entry.mtime_ns, entry.mtime_ns))
            count += 1
        return count

    def open(self, digest: str) -> Iterator[bytes]:
        """Will give a content part by part. Raises: VaultError (missing, or not what it was)."""
        file = self._place_of(digest)
        if not file.exists():
            raise VaultError(_("备份中缺少文件内容：%s") % digest[:12])
        found = hashlib.sha256()
        with file.open("rb") as source:
            for part in unseal(source, self._key):
                found.update(part)
                yield part
        if found.hexdigest() != digest:
            raise VaultError(_("备份中的文件内容与摘要不符：%s") % digest[:12])

    def prune(self, labels: Iterable[str]) -> int:
        """Will drop every manifest but these, and contents none of them cites; gives how many."""
        kept = set(labels)
        cited: set[str] = set()
        for file in self._manifests.glob("*"):
            if file.name in kept:
                cited |= {entry.digest for entry in self.read_manifest(file.name).values()}
            else:
                file.unlink()
        dropped = 0
        half = [*self._objects.glob("tmp*"), *self._objects.parent.glob("tmp*")]
        for file in half:  # of a run that was killed; nobody else writes here now
            file.unlink()
        for file in self._objects.glob("*/*"):
            if file.name not in cited:
                file.unlink()
                dropped += 1
        return dropped

    def _keep_one(self, name: str, file: Path, before: Entry | None) -> tuple[Entry, int]:
        status = file.stat()
        size, mtime_ns = status.st_size, status.st_mtime_ns
        is_known = before is not None and (before.size, before.mtime_ns) == (size, mtime_ns)
        if before is not None and is_known and self._place_of(before.digest).exists():
            return before, 0
        digest = _digest_of(file)
        place = self._place_of(digest)
        entry = Entry(name, size, mtime_ns, digest)
        if place.exists():
            return entry, 0
        with file.open("rb") as source:
            self._write(place, source)
        return entry, size

    def _place_of(self, digest: str) -> Path:
        return self._objects / digest[:2] / digest

    def _write(self, place: Path, source: IO[bytes]) -> None:
        """Whole or not at all: a run that is killed leaves no half of a content behind."""
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=place.parent.parent, delete=False) as output:
            try:
                seal(source, output, self._key)
                output.flush()
                os.fsync(output.fileno())
                Path(output.name).replace(place)
            except BaseException:
                Path(output.name).unlink(missing_ok=True)
                raise


def _walk(roots: Mapping[str, Path]) -> Iterator[tuple[str, Path]]:
    for root, folder in roots.items():
        for place, _folders, files in os.walk(folder):  # does not follow links out of the folder
            for file in sorted(files):
                path = Path(place) / file
                if path.is_file() and not path.is_symlink():
                    yield f"{root}/{path.relative_to(folder)}", path


def _digest_of(file: Path) -> str:
    found = hashlib.sha256()
    with file.open("rb") as source:
        while part := source.read(_READ_BYTES):
            found.update(part)
    return found.hexdigest()
