"""Made-up samples to try an assistant with: half a second of silence, pictures, a demand."""

from io import BytesIO
from wave import open as open_wave

from PIL import Image

from apps.assist.enums import AssistKind
from apps.assist.registry import Question

RATE_HZ = 8000


def sample_of(kind: AssistKind) -> Question:
    """Will give a question nobody's data is in."""
    if kind == AssistKind.SPEECH:
        return Question(_silence(), "audio/wav")
    if kind in (AssistKind.CARD, AssistKind.TABLE):
        return Question(_blank(), "image/png")
    return Question("路灯不亮，请尽快修复。".encode(), "text/plain", "请用一句话答复。")


def _silence() -> bytes:
    made = BytesIO()
    with open_wave(made, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE_HZ)
        sound.writeframes(bytes(RATE_HZ))
    return made.getvalue()


def _blank() -> bytes:
    made = BytesIO()
    Image.new("RGB", (856, 540), "white").save(made, "PNG")
    return made.getvalue()
