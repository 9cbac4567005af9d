-- A whole batch of actions: their barrier rows and the counts, where every step is new. One that is not new fails the
-- statement; one whose article does not exist is left out.
-- Articles are locked first and in one order, so that two batches never wait for each other in a circle; what is
-- locked is read as it is then.
WITH locked AS MATERIALIZED (
    SELECT r.saga, r.step, r.fingerprint, r.kept, r.delta, r.place, a.id AS article_id, a.likes
    FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[]) WITH ORDINALITY
        AS r (saga, step, fingerprint, kept, article_id, delta, place)
    JOIN articles AS a ON a.id = r.article_id
    ORDER BY a.id, r.place
    FOR UPDATE OF a
),
-- Each like is told the count as if it had come alone, in the batch's order.
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
-- One change an article, however many likes the batch brings.
changed AS (
    UPDATE articles
    SET likes = articles.likes + d.delta
    FROM (SELECT article_id, sum(delta)::bigint AS delta FROM counted GROUP BY article_id) AS d
    WHERE articles.id = d.article_id
)
SELECT saga, step, result FROM counted
