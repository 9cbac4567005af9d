SELECT id FROM sagas WHERE subject = $1 AND status IN (0, 2)
