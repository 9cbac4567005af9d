-- The requests to block or unblock a user that carried an Idempotency-Key. Each was done and answered; a repeat under its
-- key does nothing. fingerprint: a hash of method, route and user.
CREATE TABLE user_requests (
    user_id     INTEGER NOT NULL,
    request_key TEXT    NOT NULL,
    fingerprint INTEGER NOT NULL,
    PRIMARY KEY (user_id, request_key)
);
