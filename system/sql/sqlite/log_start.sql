INSERT INTO sagas (id, kind, args, subject, request_key, fingerprint, status, epoch, outcome,
                   created_at, updated_at, deadline_at)
SELECT s.value ->> 'id', s.value ->> 'kind', s.value ->> 'args', s.value ->> 'subject',
       s.value ->> 'request_key', s.value ->> 'fingerprint', s.value ->> 'status', $2,
       s.value ->> 'outcome', $3, $3, s.value ->> 'deadline_at'
FROM json_each($1) AS s
WHERE true
ON CONFLICT DO NOTHING
RETURNING id
