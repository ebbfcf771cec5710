# openssl genpkey -algorithm ed25519 -out key.pem; openssl pkey -in key.pem -pubout
body='{"code":"signed-by-curl"}'
rest="${ADDRESS#*://}"
authority="${rest%%/*}"
path="/${rest#*/}"
digest="sha-256=:$(printf %s "$body" | openssl dgst -sha256 -binary | openssl base64 -A):"
parameters='("@method" "@authority" "@path" "@query" "content-digest")'
parameters="$parameters;created=$(date +%s);nonce=\"$(openssl rand -hex 16)\""
parameters="$parameters;keyid=\"$KEYID\";alg=\"ed25519\""
base="$(mktemp)"
printf '"@method": POST\n"@authority": %s\n"@path": %s\n"@query": ?\n"content-digest": %s\n"@signature-params": %s' \
  "$authority" "$path" "$digest" "$parameters" > "$base"
signature="$(openssl pkeyutl -sign -inkey "$KEYFILE" -rawin -in "$base" | openssl base64 -A)"
rm "$base"
curl -sS "$ADDRESS" -H 'Content-Type: application/json' -H "Content-Digest: $digest" \
  -H "Signature-Input: sig1=$parameters" -H "Signature: sig1=:$signature:" --data-binary "$body"
