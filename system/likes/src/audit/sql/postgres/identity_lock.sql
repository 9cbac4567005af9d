-- An article that is created meanwhile could otherwise get an id between the read and the write of the sequence.
LOCK TABLE articles IN SHARE ROW EXCLUSIVE MODE
