INSERT INTO sagas (id, kind, args, subject, request_key, fingerprint, status, epoch, outcome,
                   created_at, updated_at, deadline_at)
SELECT s.id, s.kind, s.args, s.subject, s.request_key, s.fingerprint, s.status, $2,
       s.outcome, $3, $3, s.deadline_at
FROM jsonb_to_recordset($1::jsonb)
    AS s (id uuid, kind text, args text, subject text, request_key text, fingerprint bigint,
          status bigint, outcome text, deadline_at bigint)
ORDER BY s.id
ON CONFLICT DO NOTHING
RETURNING id::text
