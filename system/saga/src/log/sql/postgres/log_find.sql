SELECT id, kind, args, subject, request_key, fingerprint, status, parked, epoch,
       steps, outcome, created_at, updated_at, deadline_at
FROM saga_states WHERE id = $1::uuid
