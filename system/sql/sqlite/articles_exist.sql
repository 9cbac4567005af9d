SELECT a.id
FROM json_each($1) AS r
JOIN articles AS a ON a.id = r.value ->> 'id'
