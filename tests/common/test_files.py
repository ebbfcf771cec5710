import threading
from io import BytesIO

import pytest
from django.db import connection
from PIL import Image

from apps.common import files
from apps.common.errors import InvalidInput, NotFound
from apps.common.models import StoredFile
from tests.common import factories
from tests.common.factories import picture, upload

pytestmark = pytest.mark.django_db


def test_photo_is_turned_upright_and_loses_its_exif():
    stored = files.store(upload(factories.turned_photo()))
    with files.open_stored(stored) as file:
        kept = Image.open(BytesIO(file.read()))
    assert kept.size == (40, 60) == (stored.width_px, stored.height_px)
    assert not kept.getexif()


def test_thumbnail_is_at_most_320_pixels():
    stored = files.store(upload(picture(size=(1000, 500))))
    with files.open_thumbnail(stored) as file:
        assert Image.open(file).size == (320, 160)


def test_same_file_twice_is_one_row(media):
    first = files.store(upload(picture()))
    assert files.store(upload(picture(), "另一个名字.jpg")) == first
    assert StoredFile.objects.count() == 1
    assert not list(media.rglob(".part-*"))


def test_lost_bytes_come_back_with_the_next_upload(media):
    stored = files.store(upload(picture()))
    (media / stored.path).unlink()
    with pytest.raises(NotFound):
        files.open_stored(stored)
    files.store(upload(picture()))
    files.open_stored(stored).close()


def test_transparency_is_kept():
    assert files.store(upload(picture("PNG", mode="RGBA"))).media_type == "image/png"


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF", "BMP"])
def test_ordinary_pictures_are_taken(format):
    assert files.store(upload(picture(format))).width_px == 60


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF", "application/pdf"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "audio/wav"),
        (b"#!AMR\n\x3c", "audio/amr"),
        (b"ID3\x04\0\0", "audio/mpeg"),
        (b"\0\0\0\x20ftypM4A \0\0", "audio/mp4"),
        (b"\x1aE\xdf\xa3webm A_OPUS", "audio/webm"),
        (factories.archive({"OFD.xml": b"<OFD/>"}), "application/ofd"),
    ],
)
def test_documents_and_sound_are_known_by_their_bytes(content, media_type):
    assert files.store(upload(content, "x.bin")).media_type == media_type


def test_word_file_is_taken():
    assert files.store(upload(factories.docx())).media_type.endswith("wordprocessingml.document")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"MZ\x90\0\x03", "file_type"),
        (b"\x7fELF\x02\x01", "file_type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "file_type"),
        (b"<!doctype html><script>alert(1)</script>", "file_type"),
        (b"\x1aE\xdf\xa3webm V_VP9", "file_type"),
        (factories.archive({"evil.exe": b"MZ"}), "file_type"),
        (b"PK\x03\x04 cut off", "file_damaged"),
        (picture()[:300], "file_damaged"),
        (b"\xff\xd8\xff<script>", "file_damaged"),
        (factories.huge_png(), "file_too_many_pixels"),
        (factories.huge_png(9_000), "file_too_many_pixels"),
        (factories.docx(**{"word/vbaProject.bin": b"x"}), "file_active"),
        (b"%PDF-1.4 /S /JavaScript /JS (app.alert(1))", "file_active"),
        (b"%PDF-1.4 /S /Java#53cript ", "file_active"),
    ],
)
def test_hostile_files_are_refused(content, code):
    with pytest.raises(InvalidInput) as refusal:
        files.store(upload(content))
    assert (refusal.value.code, refusal.value.field) == (code, "file")
    assert not StoredFile.objects.exists()


def test_archive_that_unpacks_to_too_much_is_refused():
    bomb = factories.docx(**{"word/media/1.bin": bytes(201 * 1024 * 1024)})
    assert len(bomb) < 1024 * 1024
    with pytest.raises(InvalidInput) as refusal:
        files.store(upload(bomb))
    assert refusal.value.code == "file_too_large"


def test_animated_picture_is_refused():
    frames = [Image.new("RGB", (9, 9), (n, 0, 0)) for n in (1, 200)]
    out = BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    with pytest.raises(InvalidInput) as refusal:
        files.store(upload(out.getvalue()))
    assert refusal.value.code == "file_animated"


def test_phone_photo_with_a_second_frame_is_taken_as_its_photo():
    out = BytesIO()
    depth = Image.new("RGB", (9, 9))
    Image.new("RGB", (60, 40)).save(out, "MPO", save_all=True, append_images=[depth])
    assert files.store(upload(out.getvalue())).width_px == 60


def test_page_hidden_in_a_png_does_not_survive():
    stored = files.store(upload(picture("PNG") + b"<script>alert(1)</script>"))
    with files.open_stored(stored) as file:
        assert b"<script>" not in file.read()


def test_30_megabytes_are_refused_in_words():
    with pytest.raises(InvalidInput, match="文件超过 20 MB 上限"):
        files.store(upload(b"%PDF-" + bytes(30 * 1024 * 1024)))


def test_sound_is_refused_where_only_pictures_are_taken():
    with pytest.raises(InvalidInput, match="图片"):
        files.store(upload(b"ID3\x04\0\0"), allow=frozenset({"image"}))


def test_answer_cannot_be_taken_for_a_page():
    stored = files.store(upload(picture()))
    response = files.file_response(stored, download_name="a.html")
    assert response["Content-Type"] == "image/jpeg"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert 'filename="a.jpg"' in response["Content-Disposition"]
    response.close()


def test_word_file_is_saved_not_shown():
    stored = files.store(upload(factories.docx()))
    response = files.file_response(stored, download_name="../../整改报告.docx")
    assert response["Content-Disposition"].startswith("attachment")
    assert "/" not in response["Content-Disposition"]
    response.close()


@pytest.mark.django_db(transaction=True)
def test_two_uploads_of_one_file_at_once_give_one_row():
    content, found, start = picture(size=(800, 800)), [], threading.Barrier(4)

    def send() -> None:
        start.wait()
        found.append(files.store(upload(content)).pk)
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1
