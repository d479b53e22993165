DROP TABLE presence_proofs;
