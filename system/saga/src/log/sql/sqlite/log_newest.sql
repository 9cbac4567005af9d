-- Several, without what cannot be an identity: one of them may be damaged.
SELECT id FROM sagas WHERE id < 'g' ORDER BY id DESC LIMIT 16
