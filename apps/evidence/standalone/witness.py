#!/usr/bin/env python3
"""Witness the checkpoints of a CityBrain: fetch, check, sign, send back. 为城市云脑的检查点见证。

Usage: python3 witness.py SETTINGS.json
SETTINGS.json, mode 600, beside verify_package.py:
  {"url": "https://city.example/api/v1/evidence/", "api_key": "prefix.secret", "code": "our-code",
   "private_key": "witness.pem", "fingerprint": "of their signing key, as told on paper",
   "state": "state.json"}
The private key is Ed25519: openssl genpkey -algorithm ed25519 -out witness.pem
What was seen last is kept in the state file; a log that does not go on from there is refused
with a signed "no". Run it once a day. Exit code: 0 agreed or nothing new, 1 not, 2 not reached.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sys
import tempfile
import urllib.error
import urllib.request
from typing import Any

from verify_package import Broken, Unchecked, fingerprint, goes_on, is_signed, openssl

Json = dict[str, Any]


def call(settings: Json, path: str, data: Json | None = None) -> Any:
    """Ask their API; addresses and headers are those of the settings."""
    request = urllib.request.Request(  # noqa: S310  the address is the witness's own setting
        settings["url"] + path,
        data=None if data is None else json.dumps(data).encode(),
        headers={
            "Authorization": "Api-Key " + settings["api_key"],
            "Content-Type": "application/json",
            "Accept": "application/json",
        },
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  as above
        return json.load(answer)


def check(settings: Json, state: Json, checkpoint: Json) -> Json:
    """Give what is to be remembered of a checkpoint. Raises: Broken (it does not fit)."""
    body = checkpoint["body"].encode()
    said = json.loads(body)
    pem, mark = checkpoint["public_pem"], fingerprint(checkpoint["public_pem"])
    if mark != state["fingerprint"]:
        known = state.get("public_pem", "")
        if not known or not is_signed(known, pem.encode(), checkpoint["endorsement"]):
            raise Broken("unknown signing key " + mark)
    if not is_signed(pem, body, checkpoint["signature"]):
        raise Broken("bad signature")
    if hashlib.sha256(body).hexdigest() != checkpoint["digest"]:
        raise Broken("digest does not fit")
    if state.get("number"):
        check_link(settings, state, said)
    return {
        "number": said["number"],
        "size": said["size"],
        "root": said["root"],
        "digest": checkpoint["digest"],
        "fingerprint": mark,
        "public_pem": pem,
    }


def check_link(settings: Json, state: Json, said: Json) -> None:
    """Compare with what was seen last, not with what they say it was."""
    if said["number"] != state["number"] + 1 or said["previous"] != state["digest"]:
        raise Broken("does not follow the checkpoint seen last")
    if not state["size"]:
        return
    told = call(settings, f"checkpoints/{said['number']}/consistency/?from={state['number']}")
    path = [bytes.fromhex(step) for step in told["path"]]
    old, new = bytes.fromhex(state["root"]), bytes.fromhex(said["root"])
    if not goes_on(old, state["size"], new, said["size"], path):
        raise Broken("the log does not begin with the log seen last")


def testify(settings: Json, checkpoint: Json, reason: str) -> None:
    """Sign yes, or no with a reason, and send it."""
    statement: Json = {
        "type": "citybrain.testimony.v1",
        "witness": settings["code"],
        "digest": checkpoint["digest"],
        "agrees": not reason,
        "reason": reason,
    }
    text = json.dumps(statement, ensure_ascii=False)
    with tempfile.TemporaryDirectory() as folder:
        data, out = os.path.join(folder, "data"), os.path.join(folder, "signature")
        with open(data, "wb") as file:
            file.write(text.encode())
        key = settings["private_key"]
        done = openssl("pkeyutl", "-sign", "-inkey", key, "-rawin", "-in", data, "-out", out)
        if done.returncode:
            raise Unchecked("openssl: " + done.stderr.decode(errors="replace"))
        with open(out, "rb") as file:
            signature = base64.b64encode(file.read()).decode()
    answer = {"statement": text, "signature": signature}
    call(settings, f"checkpoints/{checkpoint['number']}/testimony/", answer)


def keep(path: str, state: Json) -> None:
    """Write the state whole or not at all."""
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(state, file)
    os.replace(path + ".new", path)


def visit(settings: Json) -> int:
    """Look at every checkpoint not seen yet. Stops at the first that does not fit."""
    state: Json = {"fingerprint": settings["fingerprint"]}
    if os.path.exists(settings["state"]):
        with open(settings["state"], encoding="utf-8") as file:
            state = json.load(file)
    for checkpoint in call(settings, f"checkpoints/?after={state.get('number', 0)}"):
        try:
            seen = check(settings, state, checkpoint)
        except Broken as fault:
            testify(settings, checkpoint, str(fault))
            print(f"不认可 / refused: {checkpoint['number']}: {fault}")
            return 1
        testify(settings, checkpoint, "")
        state = seen
        keep(settings["state"], state)
        print(f"已见证 / witnessed: {checkpoint['number']} {checkpoint['digest']}")
    return 0


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print(__doc__)
        return 2
    with open(arguments[0], encoding="utf-8") as file:
        settings = json.load(file)
    try:
        return visit(settings)
    except (urllib.error.URLError, OSError, Unchecked) as fault:
        print(f"未能联系 / could not be done: {fault}")
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
