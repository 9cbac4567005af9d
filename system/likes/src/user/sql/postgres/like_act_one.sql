-- As like_act.sql, for one like. The barrier row is inserted first: the record needs its key.
WITH written AS (
    INSERT INTO barrier (saga, step, state, fingerprint, created_at)
    SELECT $1::uuid, $2::bigint, 0, $3::bigint, $8
    WHERE $1::uuid >= (SELECT below FROM barrier_watermarks WHERE shard = 0)
        AND NOT EXISTS (SELECT 1 FROM blocked_users AS b WHERE b.user_id = $5::bigint)
    RETURNING saga, step
),
made AS (
    INSERT INTO likes (record_id, user_id, article_id, created_at)
    SELECT $4::uuid, $5::bigint, $6::bigint, $7::bigint FROM written
)
SELECT saga, step FROM written
