-- The likers of an article are listed by user.
CREATE INDEX likes_of_article ON likes (article_id, user_id);
