-- Inserts the barrier rows and the records of a batch of likes, if every step and every pair of user and article is new.
-- A step or a pair that exists already fails the statement. Likes of blocked users are left out, and those of
-- sagas below the watermark.
-- Result and undo data follow from the arguments.
WITH allowed AS MATERIALIZED (
    SELECT place
    FROM generate_subscripts($1::uuid[], 1) AS place
    WHERE ($1::uuid[])[place] >= (SELECT below FROM barrier_watermarks WHERE shard = 0)
        AND NOT EXISTS (SELECT 1 FROM blocked_users AS b WHERE b.user_id = ($5::bigint[])[place])
),
-- Inserted in a fixed order, so that two batches cannot deadlock.
written AS (
    INSERT INTO barrier (saga, step, state, fingerprint, created_at)
    SELECT ($1::uuid[])[place], ($2::bigint[])[place], 0, ($3::bigint[])[place], $8 FROM allowed
    ORDER BY 1, 2
    RETURNING saga, step
),
made AS (
    INSERT INTO likes (record_id, user_id, article_id, created_at)
    SELECT ($4::uuid[])[place], ($5::bigint[])[place], ($6::bigint[])[place], ($7::bigint[])[place] FROM allowed
    -- The count makes PostgreSQL insert the barrier rows first, as every other statement does.
    WHERE (SELECT count(*) FROM written) >= 0
    ORDER BY 2, 3
)
SELECT saga, step FROM written
