-- Versions that expect a result and undo data in every row must not read the new ones.
COMMENT ON COLUMN barrier.result IS 'result of a step that is done; NULL: it follows from the arguments of its requests';
COMMENT ON COLUMN barrier.kept IS 'undo data of a step that is done; NULL: they follow from the arguments of its requests';

-- A record is found by its user and article. Nothing looks it up by its id, and the index of the ids was an eighth of what a
-- like wrote.
ALTER TABLE likes DROP CONSTRAINT likes_pkey;
ALTER TABLE likes ADD CONSTRAINT likes_pair PRIMARY KEY USING INDEX likes_pair;
