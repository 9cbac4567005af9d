SELECT id, kind, args, subject, request_key, fingerprint, status, parked, epoch,
       steps, outcome, created_at, updated_at, deadline_at
FROM sagas
WHERE status IN (SELECT s::bigint FROM jsonb_array_elements_text($1::jsonb) AS s) AND id > $2::uuid
ORDER BY sagas.id LIMIT $3
