curl -sS "$ADDRESS" -H "Authorization: Api-Key $KEY" -H "Idempotency-Key: $(openssl rand -hex 16)" \
  -H 'Content-Type: application/json' --data-binary '{"text":"路口的井盖松动。","nature":"help"}'
