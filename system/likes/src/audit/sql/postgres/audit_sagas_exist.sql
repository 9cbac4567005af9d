SELECT s.id
FROM unnest($1::uuid[]) AS r (id)
JOIN sagas AS s ON s.id = r.id
