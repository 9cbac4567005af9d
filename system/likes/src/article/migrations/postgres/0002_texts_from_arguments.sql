-- Versions that expect undo data in every row must not read the new ones.
COMMENT ON COLUMN barrier.kept IS 'undo data of a step that is done; NULL: they follow from the arguments of its requests';
