import base64
import hashlib
import hmac
import json
import os
import secrets
import time
import urllib.request
from urllib.parse import urlsplit

address, keyid = os.environ["ADDRESS"], os.environ["KEYID"]
secret = base64.b64decode(os.environ["SECRET"])
body = json.dumps({"code": "signed-by-python"}).encode()

parts = urlsplit(address)
digest = "sha-256=:" + base64.b64encode(hashlib.sha256(body).digest()).decode() + ":"
parameters = (
    '("@method" "@authority" "@path" "@query" "content-digest")'
    f';created={int(time.time())};nonce="{secrets.token_hex(16)}"'
    f';keyid="{keyid}";alg="hmac-sha256"'
)
base = "\n".join(
    [
        '"@method": POST',
        f'"@authority": {parts.netloc.lower()}',
        f'"@path": {parts.path or "/"}',
        f'"@query": ?{parts.query}',
        f'"content-digest": {digest}',
        f'"@signature-params": {parameters}',
    ]
)
signature = base64.b64encode(hmac.digest(secret, base.encode(), "sha256")).decode()
headers = {
    "Content-Type": "application/json",
    "Content-Digest": digest,
    "Signature-Input": f"sig1={parameters}",
    "Signature": f"sig1=:{signature}:",
}
request = urllib.request.Request(address, data=body, headers=headers)
print(urllib.request.urlopen(request).read().decode())
