SELECT a.id
FROM unnest($1::bigint[]) AS r (id)
JOIN articles AS a ON a.id = r.id
