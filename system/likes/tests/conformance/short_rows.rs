//! Barrier rows without the texts that follow from the arguments: they are answered and undone like the others, and rows of
//! earlier versions stay as they are.

use futures::FutureExt;
use likewise::{
    article::ARTICLE_SCHEMA,
    id::{ArticleId, UserId},
    user::USER_SCHEMA,
};
use likewise_saga::{
    protocol::{Op, StepReply},
    store::{Database, Migration, OpenError, Schema, Sql},
};
use serde_json::json;

use crate::{
    common::{Databases, Engine, databases::POOL, databases::env, on_both_engines},
    fixture::{BarrierFixture, count, done, like, likes, new_article, record},
};

on_both_engines! {
    a_row_says_and_undoes_what_its_action_did
    rows_of_an_earlier_version_are_answered_and_undone
    an_earlier_version_does_not_open_a_database_with_short_rows
    other_arguments_with_the_same_fingerprint_undo_nothing
    an_action_whose_fingerprint_is_not_that_of_its_arguments_stores_its_texts
}

/// The schema of the version before short rows. The one after it has the watermark.
fn earlier(schema: Schema) -> Schema {
    let is_short = |it: &Migration| it.description.starts_with("barrier rows without");
    let short = schema.migrations.iter().position(is_short);
    let (migrations, _) = schema.migrations.split_at(short.expect("short rows"));
    Schema {
        migrations,
        ..schema
    }
}

static DROP_WATERMARK: Sql = Sql {
    name: "test_drop_watermark",
    sqlite: "DROP TABLE barrier_watermarks",
    postgres: "DROP TABLE barrier_watermarks",
};
static CREATE_WATERMARK: Sql = Sql {
    name: "test_create_watermark",
    sqlite: "CREATE TABLE barrier_watermarks AS SELECT 0 AS shard, '' AS below",
    postgres: "CREATE TABLE barrier_watermarks AS SELECT 0 AS shard, '00000000-0000-0000-0000-000000000000'::uuid AS below",
};

async fn run(database: &Database, statement: &'static Sql) {
    let write = database.write("test", move |tx| {
        async move { tx.execute(statement, []).await }.boxed()
    });
    write.await.expect("the statement runs");
}

/// A database of the version before short rows. This version writes its rows, and needs the watermark for that.
async fn earlier_database(databases: &Databases, schema: Schema) -> Database {
    let database = databases.open(earlier(schema)).await;
    run(&database, &CREATE_WATERMARK).await;
    database
}

/// Alone and among others, as the statements differ.
async fn a_row_says_and_undoes_what_its_action_did(databases: &Databases) {
    let (users, store) = BarrierFixture::user(databases).await;
    let (articles, article_store) = BarrierFixture::article(databases).await;
    let article = new_article(&article_store).await;
    let mut counted = 0;
    for batch in [vec![1], vec![2, 3, 4]] {
        let record = |saga: &u128| record(*saga, i64::try_from(*saga).unwrap(), 2);
        let like = |op| batch.iter().map(move |saga| like(*saga, op, record(saga)));
        let count = |op| batch.iter().map(move |saga| count(*saga, op, article));
        let liked = users.apply(like(Op::Do).collect()).await;
        let added = articles.apply(count(Op::Do).collect()).await;
        for (saga, reply) in batch.iter().zip(&liked) {
            let result = json!({ "record_id": record(saga).id }).into();
            assert_eq!(*reply, StepReply::Done { result });
        }
        for (reply, place) in added.iter().zip(1..) {
            assert_eq!(*reply, done(counted + place));
        }
        counted = 0;
        for op in [Op::Do, Op::Seal] {
            assert_eq!(users.apply(like(op).collect()).await, liked);
            assert_eq!(articles.apply(count(op).collect()).await, added);
        }
        let undone = vec![StepReply::Undone; batch.len()];
        assert_eq!(users.apply(like(Op::Undo).collect()).await, undone);
        assert_eq!(articles.apply(count(Op::Undo).collect()).await, undone);
        for saga in &batch {
            let user = UserId(i64::try_from(*saga).unwrap());
            assert_eq!(store.find(user, ArticleId(2)).await.unwrap(), None);
        }
        assert_eq!(likes(&article_store, article).await, 0);
    }
}

/// An earlier version wrote all texts, as a transaction does.
async fn rows_of_an_earlier_version_are_answered_and_undone(databases: &Databases) {
    let before = earlier_database(databases, USER_SCHEMA).await;
    let users = BarrierFixture::user_in(before.clone());
    let batch = |op| vec![like(1, op, record(1, 1, 2)), like(2, op, record(2, 5, 2))];
    let liked = users.try_apply(batch(Op::Do)).await.unwrap();
    run(&before, &DROP_WATERMARK).await;
    let before = earlier_database(databases, ARTICLE_SCHEMA).await;
    let (articles, store) = BarrierFixture::article_in(before.clone());
    let article = new_article(&store).await;
    let counts = |op| vec![count(1, op, article), count(2, op, article)];
    let counted = articles.try_apply(counts(Op::Do)).await.unwrap();
    assert_eq!(counted, [done(1), done(2)]);
    run(&before, &DROP_WATERMARK).await;

    let (users, store) = BarrierFixture::user(databases).await;
    assert_eq!(users.apply(batch(Op::Do)).await, liked);
    assert_eq!(users.apply(batch(Op::Seal)).await, liked);
    assert_eq!(
        users.apply(batch(Op::Undo)).await,
        [StepReply::Undone, StepReply::Undone]
    );
    assert_eq!(store.find(UserId(1), ArticleId(2)).await.unwrap(), None);
    let (articles, store) = BarrierFixture::article(databases).await;
    assert_eq!(articles.apply(counts(Op::Do)).await, counted);
    assert_eq!(
        articles.apply(counts(Op::Undo)).await,
        [StepReply::Undone, StepReply::Undone]
    );
    assert_eq!(likes(&store, article).await, 0);
}

/// On PostgreSQL it would find no undo data. On either engine it would not refuse what is below the watermark.
async fn an_earlier_version_does_not_open_a_database_with_short_rows(databases: &Databases) {
    for (schema, url) in [
        (USER_SCHEMA, &databases.user),
        (ARTICLE_SCHEMA, &databases.article),
    ] {
        databases.open(schema).await;
        let opened = Database::open(url, earlier(schema), POOL, env().store).await;
        match opened {
            Err(OpenError::Newer { .. }) => {}
            Ok(_) => panic!("it was opened"),
            Err(error) => panic!("{error}"),
        }
    }
}

/// The fingerprint in a request says which arguments the action had. If it is that of others, what they say must not be
/// undone or answered. A row that has its texts does not need the arguments.
async fn other_arguments_with_the_same_fingerprint_undo_nothing(databases: &Databases) {
    let (fixture, store) = BarrierFixture::user(databases).await;
    let first = like(1, Op::Do, record(1, 1, 2));
    fixture.apply_one(first.clone()).await;
    fixture.apply_one(like(2, Op::Do, record(2, 5, 2))).await;
    let is_short = databases.engine() == Engine::Postgres;
    for op in [Op::Seal, Op::Undo] {
        let mut wrong = like(1, op, record(2, 5, 2));
        wrong.fingerprint = first.fingerprint;
        let applied = fixture.try_apply(vec![wrong]).await;
        assert_eq!(applied.is_err(), is_short, "{op:?}: {applied:?}");
    }
    let found = store.find(UserId(1), ArticleId(2)).await.unwrap();
    assert_eq!(found.is_some(), is_short, "nothing was undone");
    let other = store.find(UserId(5), ArticleId(2)).await.unwrap();
    assert_eq!(other, Some(record(2, 5, 2)));
}

/// Who sends such an action sends its repeats and its undo alike. They must not fail for ever.
async fn an_action_whose_fingerprint_is_not_that_of_its_arguments_stores_its_texts(
    databases: &Databases,
) {
    let (fixture, store) = BarrierFixture::user(databases).await;
    let request = |op| {
        let mut request = like(1, op, record(1, 1, 2));
        request.fingerprint = 5;
        request
    };
    assert_eq!(fixture.apply_single(&[request(Op::Do)]).await, [None]);
    let first = fixture.apply_one(request(Op::Do)).await;
    assert!(matches!(first, StepReply::Done { .. }), "{first:?}");
    assert_eq!(fixture.apply_one(request(Op::Seal)).await, first);
    let undone = fixture.apply_one(request(Op::Undo)).await;
    assert_eq!(undone, StepReply::Undone);
    assert_eq!(store.find(UserId(1), ArticleId(2)).await.unwrap(), None);
}
