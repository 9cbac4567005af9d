-- Inserts the barrier rows of a batch of actions and changes the counts, if every step is new. A step that exists already
-- fails the statement. Actions on missing articles are left out.
-- The articles are locked first and in a fixed order, so that two batches cannot deadlock. FOR UPDATE reads the counts as
-- they are once the locks are held.
WITH locked AS MATERIALIZED (
    SELECT r.saga, r.step, r.fingerprint, r.kept, r.delta, r.place, a.id AS article_id, a.likes
    FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[]) WITH ORDINALITY
        AS r (saga, step, fingerprint, kept, article_id, delta, place)
    JOIN articles AS a ON a.id = r.article_id
    ORDER BY a.id, r.place
    FOR UPDATE OF a
),
-- Each like gets the count that it would have got alone, in the order of the batch.
counted AS MATERIALIZED (
    SELECT saga, step, fingerprint, kept, article_id, delta,
           '{"likes":' || likes + sum(delta) OVER (PARTITION BY article_id ORDER BY place) || '}' AS result
    FROM locked
),
written AS (
    INSERT INTO barrier (saga, step, state, fingerprint, result, kept, created_at)
    SELECT saga, step, 0, fingerprint, result, kept, $7 FROM counted
    ORDER BY saga, step
),
-- One row per article, however many likes the batch has.
changed AS (
    UPDATE articles
    SET likes = articles.likes + d.delta
    FROM (SELECT article_id, sum(delta)::bigint AS delta FROM counted GROUP BY article_id) AS d
    WHERE articles.id = d.article_id
)
SELECT saga, step, result FROM counted
