DELETE FROM work_done WHERE opinion_id NOT IN (SELECT id FROM opinions);
ALTER TABLE work_done ADD CONSTRAINT work_done_opinion_id_fkey FOREIGN KEY (opinion_id) REFERENCES opinions (id);
