-- What somebody signed: they find it again whoever has the case now.
CREATE INDEX opinions_signer ON opinions (signer_id, case_id);
