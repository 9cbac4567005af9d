INSERT INTO sagas (id, kind, args, subject, request_key, fingerprint, epoch, shard, created_at, deadline_at)
SELECT s.id, s.kind, s.args, s.subject, s.request_key, s.fingerprint, $8, 0, $9, s.deadline_at
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[])
    AS s (id, kind, args, subject, request_key, fingerprint, deadline_at)
ORDER BY s.id
ON CONFLICT DO NOTHING
RETURNING id
