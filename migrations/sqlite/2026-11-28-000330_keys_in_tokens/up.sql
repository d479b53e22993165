-- A key that a token holds (PKCS #11): its identifier there, hexadecimal. Such a key has nothing sealed here.
ALTER TABLE signing_keys ADD COLUMN token_key TEXT;
