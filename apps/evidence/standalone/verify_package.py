#!/usr/bin/env python3
"""Check a CityBrain proof package without CityBrain. 核验城市云脑存证证明包。

Usage: python3 verify_package.py PACKAGE.zip
Exit code: 0 everything fits, 1 something does not, 2 something could not be checked.
Only the standard library; signatures by the package cryptography, or else by openssl.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from typing import Any

FORMAT = "citybrain-evidence-1"


class Broken(Exception):
    """Something does not fit."""


class Unchecked(Exception):
    """Something could not be checked here."""


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def climb(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes:
    """Follow a proof of inclusion up to the root. RFC 9162 section 2.1.3.2."""
    here, last, digest = index, size - 1, leaf
    if not 0 <= index < size:
        raise Broken("index")
    for sibling in path:
        if last == 0:
            raise Broken("path too long")
        if here % 2 or here == last:
            digest = node_hash(sibling, digest)
            while here and not here % 2:
                here, last = here // 2, last // 2
        else:
            digest = node_hash(digest, sibling)
        here, last = here // 2, last // 2
    if last:
        raise Broken("path too short")
    return digest


def goes_on(old: bytes, old_size: int, new: bytes, new_size: int, path: list[bytes]) -> bool:
    """Tell whether a bigger tree begins with a smaller one. RFC 9162 section 2.1.4.2."""
    if old_size == new_size:
        return not path and old == new
    if old_size == 0:
        return not path
    if old_size > new_size:
        return False
    here, last = old_size - 1, new_size - 1
    while here % 2:
        here, last = here // 2, last // 2
    steps = list(path)
    first = old if here == 0 else (steps.pop(0) if steps else b"")
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


def openssl(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["openssl", *arguments], capture_output=True, check=False)
    except OSError:
        raise Unchecked("openssl") from None


def is_signed(public_pem: str, data: bytes, signature: str) -> bool:
    """Check an Ed25519 signature (base64)."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.serialization import load_pem_public_key
    except ImportError:
        return is_signed_by_openssl(public_pem, data, signature)
    try:
        key = load_pem_public_key(public_pem.encode())
        if not isinstance(key, Ed25519PublicKey):
            return False
        key.verify(base64.b64decode(signature), data)
    except (InvalidSignature, ValueError):
        return False
    return True


def is_signed_by_openssl(public_pem: str, data: bytes, signature: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        names = {}
        for name, content in (
            ("key", public_pem.encode()),
            ("data", data),
            ("sig", base64.b64decode(signature)),
        ):
            names[name] = os.path.join(folder, name)
            with open(names[name], "wb") as file:
                file.write(content)
        done = openssl(
            "pkeyutl", "-verify", "-pubin", "-inkey", names["key"], "-rawin",
            "-in", names["data"], "-sigfile", names["sig"],
        )  # fmt: skip
    return done.returncode == 0


def is_stamped(digest: str, token: str, trusted: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        answer, authority = os.path.join(folder, "a.tsr"), os.path.join(folder, "ca.pem")
        with open(answer, "wb") as file:
            file.write(base64.b64decode(token))
        with open(authority, "w", encoding="utf-8") as file:
            file.write(trusted)
        done = openssl("ts", "-verify", "-digest", digest, "-in", answer, "-CAfile", authority)
    return done.returncode == 0


def fingerprint(public_pem: str) -> str:
    """SHA-256 of the raw public key: the last 32 bytes of its DER form."""
    body = "".join(line for line in public_pem.split("\n") if "-----" not in line)
    return hashlib.sha256(base64.b64decode(body)[-32:]).hexdigest()


def check_keys(content: dict[str, Any]) -> dict[str, str]:
    known: dict[str, str] = {}
    before: str | None = None
    for key in content["keys"]:
        pem = key["public_pem"]
        if before is not None and not is_signed(before, pem.encode(), key["endorsement"]):
            raise Broken("公钥未经上一把背书 / key not endorsed: " + fingerprint(pem))
        known[fingerprint(pem)] = pem
        before = pem
        say("公钥指纹 / key fingerprint: " + fingerprint(pem))
    return known


def check_checkpoints(content: dict[str, Any], keys: dict[str, str]) -> dict[str, Any]:
    before: dict[str, Any] | None = None
    said: dict[str, Any] | None = None
    for checkpoint in content["checkpoints"]:
        body = checkpoint["body"].encode()
        said = json.loads(body)
        name = f"{said['stream']}-{said['number']:06d}"
        if said["key"] not in keys:
            raise Broken("检查点的公钥不在包中 / unknown key: " + name)
        if not is_signed(keys[said["key"]], body, checkpoint["signature"]):
            raise Broken("检查点签名无效 / bad signature: " + name)
        if before is not None:
            check_link(before, said, name)
        check_sm3(checkpoint, before, said, name)
        before = checkpoint
        say("检查点相符 / checkpoint fits: {}  {}".format(name, said["at"]))
        check_others(checkpoint, hashlib.sha256(body).hexdigest(), name)
    if said is None:
        raise Broken("包中没有检查点 / no checkpoint")
    return said


def check_sm3(
    checkpoint: dict[str, Any], before: dict[str, Any] | None, said: dict[str, Any], name: str
) -> None:
    """The national digest (GB/T 32905) beside SHA-256, where this Python can compute it."""
    told = checkpoint.get("sm3", "")
    if not told or "sm3" not in hashlib.algorithms_available:
        return
    if hashlib.new("sm3", checkpoint["body"].encode()).hexdigest() != told:
        raise Broken("检查点的 SM3 摘要不符 / SM3 digest differs: " + name)
    link = said.get("previous_sm3", "")
    if before is not None and link and before.get("sm3", "") not in ("", link):
        raise Broken("检查点的 SM3 衔接不符 / SM3 link differs: " + name)
    say("SM3 相符 / SM3 fits: " + told[:16])


def check_link(before: dict[str, Any], said: dict[str, Any], name: str) -> None:
    body = before["body"].encode()
    earlier = json.loads(body)
    path = [bytes.fromhex(step) for step in before["to_next"]]
    if said["previous"] != hashlib.sha256(body).hexdigest():
        raise Broken("与上一检查点不衔接 / not linked: " + name)
    old, new = bytes.fromhex(earlier["root"]), bytes.fromhex(said["root"])
    if not goes_on(old, earlier["size"], new, said["size"], path):
        raise Broken("与上一检查点不一致 / not consistent: " + name)


def check_others(checkpoint: dict[str, Any], digest: str, name: str) -> None:
    stamp = checkpoint["stamp"]
    if stamp is not None:
        if not is_stamped(digest, stamp["token"], stamp["trusted"]):
            raise Broken("时间戳无效 / bad time stamp: " + name)
        say("  时间戳相符 / time stamp fits: " + stamp["authority"])
    for said in checkpoint["testimonies"]:
        statement = json.loads(said["statement"])
        signed = is_signed(said["public_pem"], said["statement"].encode(), said["signature"])
        if not signed or statement["digest"] != digest:
            raise Broken("见证无效 / bad testimony: {} {}".format(name, said["witness"]))
        if not statement["agrees"]:
            raise Broken("见证方不认可 / witness disagrees: {} {}".format(name, said["witness"]))
        say(
            "  见证相符 / testimony fits: {}  {}".format(
                said["witness"], fingerprint(said["public_pem"])
            )
        )


def check_rows(content: dict[str, Any], newest: dict[str, Any]) -> int:
    seals = {}
    for seal in content["seals"]:
        leaf, path = seal["leaf"].encode(), [bytes.fromhex(step) for step in seal["path"]]
        told = json.loads(leaf)
        tree = climb(told["number"] - 1, newest["size"], leaf_hash(leaf), path)
        if told["number"] != seal["number"] or tree.hex() != newest["root"]:
            raise Broken("封存与检查点不符 / seal does not fit: #{}".format(seal["number"]))
        seals[told["number"]] = told
    for row in content["rows"]:
        seal, line = seals[row["seal"]], row["line"]
        path = [bytes.fromhex(step) for step in row["path"]]
        what = "#{} {}".format(row["id"], line)
        try:
            tree = climb(row["index"], seal["count"], leaf_hash(line.encode()), path)
        except Broken:
            tree = b""
        if tree.hex() != seal["root"] or json.loads(line)[0] != row["id"]:
            raise Broken("记录被改动 / entry changed: " + what)
    return len(content["rows"])


def say(text: str) -> None:
    print(text)


def main(arguments: list[str]) -> int:
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a console that cannot write Chinese
    if len(arguments) != 1:
        print(__doc__)
        return 2
    try:
        with zipfile.ZipFile(arguments[0]) as archive:
            content = json.loads(archive.read("package.json"))
        if content["format"] != FORMAT:
            raise Broken("不认识的格式 / unknown format")
        keys = check_keys(content)
        newest = check_checkpoints(content, keys)
        count = check_rows(content, newest)
    except Broken as fault:
        say(f"不符 / BROKEN: {fault}")
        return 1
    except Unchecked as missing:
        say(f"未能核验，缺少 / could not be checked, missing: {missing}")
        return 2
    except (OSError, KeyError, ValueError, TypeError, zipfile.BadZipFile) as fault:
        say(f"不符，包已损坏 / BROKEN package: {fault!r}")
        return 1
    say(f"全部相符 / ALL FITS: {count} 条记录 / entries")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
