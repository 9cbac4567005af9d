-- Inserts the barrier rows and the records of a batch of likes, if every step and every pair of user and article is new.
-- A step or a pair that exists already fails the statement. Likes of blocked users are left out.
WITH allowed AS MATERIALIZED (
    SELECT r.*
    FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::text[],
                $6::uuid[], $7::bigint[], $8::bigint[], $9::bigint[])
        AS r (saga, step, fingerprint, kept, result, record_id, user_id, article_id, created_at)
    WHERE NOT EXISTS (SELECT 1 FROM blocked_users AS b WHERE b.user_id = r.user_id)
),
-- Inserted in a fixed order, so that two batches cannot deadlock.
written AS (
    INSERT INTO barrier (saga, step, state, fingerprint, result, kept, created_at)
    SELECT saga, step, 0, fingerprint, result, kept, $10 FROM allowed
    ORDER BY saga, step
    RETURNING 1
),
made AS (
    INSERT INTO likes (record_id, user_id, article_id, created_at)
    SELECT record_id, user_id, article_id, created_at FROM allowed
    -- The count makes PostgreSQL insert the barrier rows first, as every other statement does.
    WHERE (SELECT count(*) FROM written) >= 0
    ORDER BY user_id, article_id
)
SELECT saga, step, result FROM allowed
