DROP INDEX opinions_signer;
