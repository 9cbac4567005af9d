-- As article_act.sql, for one action.
WITH changed AS (
    UPDATE articles SET likes = likes + $5::bigint
    WHERE id = $4::bigint AND $1::uuid >= (SELECT below FROM barrier_watermarks WHERE shard = 0)
    RETURNING likes
)
INSERT INTO barrier (saga, step, state, fingerprint, result, created_at)
SELECT $1::uuid, $2::bigint, 0, $3::bigint, '{"likes":' || c.likes || '}', $6 FROM changed AS c
RETURNING saga, step, result
