UPDATE barrier
SET state = r.state, result = r.result, kept = r.kept
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::text[]) AS r (saga, step, state, result, kept)
WHERE barrier.saga = r.saga AND barrier.step = r.step
