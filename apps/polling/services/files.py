"""Files of readings: taken in whole, worked through in batches, told line by line.

What a file says is judged as any reading. Working it through twice, or half and then again,
stores nothing twice. Source: IO-09, docs/decisions/0060.
"""

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput
from apps.polling.enums import FileSource, FileState
from apps.polling.loggers import Batch, batches
from apps.polling.models import FileProblem, ReadingFile
from apps.sensing.enums import FieldKind, Refusal
from apps.sensing.models import Device
from apps.sensing.services import Answer, take_readings

CHUNK_BYTES = 256 * 1024
BATCH_VALUES = 5000
MOST_PROBLEMS = 10_000
CLAIM = timedelta(minutes=2)
#: A file is left alone until nobody has written to it for so long.
QUIET = timedelta(seconds=30)
SUFFIXES = (".csv", ".jsonl", ".txt")


def take_file(
    sender: User | None, *, name: str, source: FileSource, chunks: Iterable[bytes]
) -> ReadingFile:
    """Will keep a file to be worked through; the same of the same sender is given again.

    name: as its sender calls it, only shown. sender: None for the watched folder.
    Raises: InvalidInput (field "file": empty, or larger than ``READING_FILE_MAX_BYTES``).
    """
    folder = Path(settings.READING_FILES_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".part-", delete=False) as part:
        temporary = Path(part.name)
        try:
            digest, size = _copy(chunks, part)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    return _enter(sender, temporary, name=name, source=source, digest=digest, size=size)


def watch_folder() -> int:
    """Will take the quiet files of the watched folder in and give how many.

    Only plain files of their own (no links, no pipes) with a known ending, directly in it;
    then they are moved to "taken" or "refused" beside them.
    """
    if not settings.READING_DROP_DIR:
        return 0
    folder = Path(settings.READING_DROP_DIR)
    quiet = clock.now().timestamp() - QUIET.total_seconds()
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries if entry.is_file(follow_symlinks=False))
    return sum(_take_from(folder, name, quiet) for name in names[:1000])


def work_through(*, most: int = 5) -> int:
    """Will work through waiting files, oldest first, and give how many; two never share one."""
    done = 0
    while done < most and (file := _claim()) is not None:
        try:
            _work(file)
        except DomainError as error:
            _finish(file, FileState.FAILED, str(error))
        done += 1
    return done


def path_of(file: ReadingFile) -> Path:
    """Will give where the bytes of a file wait. Its name has no part in it."""
    return Path(settings.READING_FILES_DIR) / f"{file.pk}-{file.digest}"


def _copy(chunks: Iterable[bytes], part: object) -> tuple[str, int]:
    hashed, size = hashlib.sha256(), 0
    write = getattr(part, "write")  # noqa: B009  a temporary file has no public type
    for chunk in chunks:
        size += len(chunk)
        if size > settings.READING_FILE_MAX_BYTES:
            limit = settings.READING_FILE_MAX_BYTES // 2**20
            raise InvalidInput(
                _("文件超过 %(limit)d MB 上限") % {"limit": limit},
                field="file",
                code="file_too_large",
            )
        hashed.update(chunk)
        write(chunk)
    if not size:
        raise InvalidInput(_("文件是空的"), field="file", code="file_empty")
    return hashed.hexdigest(), size


@transaction.atomic
def _enter(
    sender: User | None,
    temporary: Path,
    *,
    name: str,
    source: FileSource,
    digest: str,
    size: int,
) -> ReadingFile:
    shown = "".join(c for c in name if c.isprintable()).replace("/", "_").replace("\\", "_")
    file, is_new = ReadingFile.objects.get_or_create(
        digest=digest,
        sent_by=sender,
        defaults={
            "name": shown[-120:] or "readings",
            "size_bytes": size,
            "source": source,
            "created_at": clock.now(),
        },
    )
    if not is_new:
        temporary.unlink()
        return file
    os.replace(temporary, path_of(file))
    audit.record(
        sender or SYSTEM,
        "reading_file.taken",
        object_type="reading_file",
        object_id=file.pk,
        object_label=file.name,
        data={"size_bytes": size, "source": source, "digest": digest},
    )
    return file


def _take_from(folder: Path, name: str, quiet: float) -> bool:
    source = folder / name
    try:
        handle = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    with os.fdopen(handle, "rb") as opened:
        about = os.fstat(opened.fileno())
        if not stat.S_ISREG(about.st_mode) or about.st_nlink != 1 or about.st_mtime > quiet:
            return False
        try:
            if not name.lower().endswith(SUFFIXES):
                raise InvalidInput(_("不认识的文件类型"), field="file")
            chunks = iter(lambda: opened.read(CHUNK_BYTES), b"")
            file = take_file(None, name=name, source=FileSource.FOLDER, chunks=chunks)
        except InvalidInput as error:
            _refuse(name, str(error))
            _move(source, folder / "refused", str(int(about.st_mtime)))
            return False
    _move(source, folder / "taken", file.digest[:8])
    return True


def _refuse(name: str, why: str) -> None:
    data = {"error": why}
    audit.record(SYSTEM, "reading_file.refused", object_label=name[:120], data=data)


def _move(source: Path, folder: Path, mark: str) -> None:
    folder.mkdir(exist_ok=True)
    aim = folder / source.name
    os.replace(source, folder / f"{mark}-{source.name}" if aim.exists() else aim)


@transaction.atomic
def _claim() -> ReadingFile | None:
    now = clock.now()
    waiting = Q(state=FileState.WAITING) | Q(state=FileState.RUNNING, claimed_until__lt=now)
    found = ReadingFile.objects.select_for_update(skip_locked=True, of=("self",))
    file = found.filter(waiting).order_by("pk").first()
    if file is None:
        return None
    file.problems.all().delete()
    file.state, file.claimed_until = FileState.RUNNING, now + CLAIM
    file.lines = file.stored = file.duplicates = file.refused = 0
    file.save()
    return file


def _work(file: ReadingFile) -> None:
    sender = file.sent_by or SYSTEM
    for batch in batches(path_of(file), most=BATCH_VALUES):
        _name_categories(batch)
        answer = take_readings(batch.items, sender=sender)
        _note(file, batch, answer)
    _finish(file, FileState.DONE)


def _name_categories(batch: Batch) -> None:
    """Codes of categories may look like numbers; they are texts."""
    nodes = {item["node"] for item in batch.items}
    found = Device.objects.filter(node__in=nodes, profile__fields__kind=FieldKind.CATEGORY)
    named = set(found.values_list("node", "profile__fields__code"))
    for item in batch.items if named else ():
        for code, value in item["values"].items():
            if (item["node"], code) in named and isinstance(value, int):
                item["values"][code] = str(value)


def _note(file: ReadingFile, batch: Batch, answer: Answer) -> None:
    problems = [
        FileProblem(file=file, line=one.number, reason=Refusal.SHAPE) for one in batch.unreadable
    ]
    problems += [
        FileProblem(
            file=file,
            line=batch.line_of(wrong.index, wrong.field),
            node=batch.items[wrong.index]["node"][:64],
            field=wrong.field[:40],
            reason=wrong.reason,
        )
        for wrong in answer.wrong
    ]
    with transaction.atomic():
        room = max(0, MOST_PROBLEMS - file.problems.count())
        FileProblem.objects.bulk_create(problems[:room], batch_size=2000)
        file.lines += batch.count
        file.stored += answer.stored
        file.duplicates += answer.duplicates
        file.refused += batch.count - answer.stored - answer.duplicates
        file.claimed_until = clock.now() + CLAIM
        file.save(update_fields=["lines", "stored", "duplicates", "refused", "claimed_until"])


@transaction.atomic
def _finish(file: ReadingFile, state: FileState, error: str = "") -> None:
    file.state, file.error, file.finished_at = state, error[:200], clock.now()
    file.claimed_until = None
    file.save(update_fields=["state", "error", "finished_at", "claimed_until"])
    audit.record(
        file.sent_by or SYSTEM,
        "reading_file.finished",
        object_type="reading_file",
        object_id=file.pk,
        object_label=file.name,
        data={
            "state": state,
            "stored": file.stored,
            "duplicates": file.duplicates,
            "refused": file.refused,
        },
    )
    transaction.on_commit(lambda: path_of(file).unlink(missing_ok=True))


def chunks_of(stream: object) -> Iterator[bytes]:
    """Will give what a stream holds piece by piece."""
    read = getattr(stream, "read")  # noqa: B009  requests and uploads share only this
    return iter(lambda: read(CHUNK_BYTES), b"")
