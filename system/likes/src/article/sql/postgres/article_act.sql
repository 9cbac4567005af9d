-- Inserts the barrier rows of a batch of actions and changes the counts, if every step is new. A step that exists already
-- fails the statement. Actions on missing articles are left out. If a saga is below the watermark, all are: the sums of the
-- deltas have it.
-- The actions ($1 to $4) are in the order of their articles. An article ($5) has those from place $7 to place $8. So no join
-- of actions with articles is needed: without a hash join it would compare each of them with each.
-- The update is what locks an article, and it adds to the count as it is once the lock is held. It takes the articles in the
-- order of their ids, so that two batches cannot deadlock, and all of them before the first barrier row.
WITH changed AS (
    UPDATE articles
    SET likes = articles.likes + d.delta
    FROM (
        SELECT d.article_id, d.delta, d.first_place, d.last_place
        FROM unnest($5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[])
            AS d (article_id, delta, first_place, last_place)
        ORDER BY d.article_id
    ) AS d
    WHERE articles.id = d.article_id
        AND NOT EXISTS (
            SELECT 1 FROM unnest($1::uuid[]) AS saga
            WHERE saga < (SELECT below FROM barrier_watermarks WHERE shard = 0)
        )
    RETURNING articles.likes - d.delta AS likes_before, d.first_place, d.last_place
)
-- Each like gets the count that it would have got alone, in the order of the batch: $4 is the sum of the deltas of its
-- article up to it. The undo data follow from the arguments.
INSERT INTO barrier (saga, step, state, fingerprint, result, created_at)
SELECT ($1::uuid[])[place], ($2::bigint[])[place], 0, ($3::bigint[])[place],
       '{"likes":' || c.likes_before + ($4::bigint[])[place] || '}', $9
FROM changed AS c, generate_series(c.first_place, c.last_place) AS place
ORDER BY 1, 2
RETURNING saga, step, result
