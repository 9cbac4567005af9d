INSERT INTO sagas (id, kind, args, subject, request_key, fingerprint, status, epoch, outcome,
                   created_at, updated_at, deadline_at, position)
SELECT s.id, s.kind, s.args, s.subject, s.request_key, s.fingerprint, s.status, $10,
       s.outcome, $11, $11, s.deadline_at, txid_current()
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[],
            $8::text[], $9::bigint[])
    AS s (id, kind, args, subject, request_key, fingerprint, status, outcome, deadline_at)
ORDER BY s.id
ON CONFLICT DO NOTHING
RETURNING id
