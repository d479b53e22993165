DROP TABLE transparency_audits;
