//! A shop: a purchase takes the price from a wallet and the pieces from stock.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use axum::{
    Json, Router,
    body::Body as RequestBody,
    extract::State,
    http::{Request, StatusCode, header},
    routing::post,
};
use http_body_util::BodyExt;
use likewise_barrier::sql::{SQLITE_TABLE, SQLITE_WATERMARK_TABLE};
use likewise_saga::{
    admin::AdminRoutes,
    bound::{Bound, within},
    coordinator::{
        Coordinator, CoordinatorConfig, Participant, PlainRequest, Product, RequestOutcome, nobody,
    },
    env::real,
    http::{Body, HttpMetrics, IdempotencyKey, Problem},
    participant::{OneByOne, SingleEffect, Verdict},
    protocol::{Definition, Document, Outcome, StepDefinition, StepKey},
    service::{KitParts, Service, coordinator, listener, open_log, participant},
    store::{Database, DatabaseUrl, Migration, PoolConfig, Schema, Sql, StoreError, Tx},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

const WALLET: &str = "wallet";
const STOCK: &str = "stock";
/// No shop has a courier.
const COURIER: &str = "courier";

/// The shop, as its coordinator sees it.
pub static SHOP: Product = Product {
    define,
    kinds: &["purchase"],
    steps_max: 3,
    noun: "purchase",
    locked: "this shop",
    check: "the check of the shop",
    client: nobody,
};

/// The steps of a purchase: first the wallet pays, then the stock packs. What is packed is delivered, sooner or later.
fn define(kind: &str, args: &Document) -> Option<Definition> {
    let step = |name, service| StepDefinition::new(name, service, args.clone());
    let (pay, pack) = (step("pay", WALLET), step("pack", STOCK));
    let steps = Definition::builder().step(pay);
    let steps = match kind {
        "purchase" => steps.step(pack),
        "delivery" => steps.pivot(pack).step(step("deliver", COURIER)),
        _ => return None,
    };
    steps.build().ok()
}

/// What a client buys. A piece costs 1.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Purchase {
    pub pieces: i64,
    pub is_delivered: bool,
}

impl Purchase {
    pub fn of(pieces: i64) -> Self {
        Self {
            pieces,
            is_delivered: false,
        }
    }
}

/// A purchase, under its key. All purchases lock the shop.
fn request(purchase: Purchase, key: Option<String>) -> PlainRequest {
    PlainRequest {
        kind: match purchase.is_delivered {
            true => "delivery",
            false => "purchase",
        },
        args: Document::of(&purchase),
        lock_key: "shop".to_owned(),
        client: "anybody".to_owned(),
        key,
    }
}

/// `POST /purchases`. Answers what is left in the wallet and in stock.
async fn purchase(
    State(coordinator): State<Arc<Coordinator>>,
    IdempotencyKey(key): IdempotencyKey,
    Body(purchase): Body<Purchase>,
) -> Result<Json<Vec<Document>>, Problem> {
    match coordinator.execute(&request(purchase, key)).await? {
        RequestOutcome::Settled(_, Outcome::Done { results }) => Ok(Json(results)),
        RequestOutcome::Settled(saga, _) => Err(Problem::failed("The purchase was undone", saga)),
        RequestOutcome::NoOp(never) => match never {},
    }
}

const WALLET_TABLE: Migration = Migration::sqlite_only(
    "what is in the wallet",
    "CREATE TABLE remaining (pieces INTEGER NOT NULL); INSERT INTO remaining VALUES (10)",
);
const STOCK_TABLE: Migration = Migration::sqlite_only(
    "what is in stock",
    "CREATE TABLE remaining (pieces INTEGER NOT NULL); INSERT INTO remaining VALUES (4)",
);
const BARRIER: Migration = Migration::sqlite_only("the barrier", SQLITE_TABLE);
const WATERMARK: Migration = Migration::sqlite_only("the watermark", SQLITE_WATERMARK_TABLE);

const WALLET_SCHEMA: Schema = Schema::sqlite_only(WALLET, &[WALLET_TABLE, BARRIER, WATERMARK]);
const STOCK_SCHEMA: Schema = Schema::sqlite_only(STOCK, &[STOCK_TABLE, BARRIER, WATERMARK]);

static TAKE: Sql = Sql::sqlite_only(
    "take",
    "UPDATE remaining SET pieces = pieces - $1 WHERE pieces >= $1 RETURNING pieces",
);
static GIVE_BACK: Sql = Sql::sqlite_only("give-back", "UPDATE remaining SET pieces = pieces + $1");

/// What both services do: take pieces, if enough are left.
struct Taking;

#[async_trait]
impl SingleEffect for Taking {
    type Args = Purchase;
    type UndoData = Purchase;

    async fn act(
        &self,
        tx: &mut Tx<'_>,
        _: StepKey,
        purchase: Purchase,
    ) -> Result<Verdict, StoreError> {
        let left = tx.rows(&TAKE, [purchase.pieces.into()]).await?;
        Ok(match left.first() {
            None => Verdict::Refused {
                code: "not_enough_left",
            },
            Some(left) => Verdict::Done {
                result: Document::of(&left.int(0)?),
                undo_data: Document::of(&purchase),
            },
        })
    }

    async fn compensate(&self, tx: &mut Tx<'_>, taken: Purchase) -> Result<(), StoreError> {
        tx.execute(&GIVE_BACK, [taken.pieces.into()]).await?;
        Ok(())
    }
}

/// Who may look, and who may act.
pub const READ: &str = "0123456789abcdef-read";
pub const OPERATE: &str = "0123456789abcdef-operate";

fn admin(service: &Service) -> Router {
    let tokens = format!("ann read {READ}\nbob operate {OPERATE}\n");
    let routes = AdminRoutes::new(tokens.parse().expect("tokens"));
    let routes = service.admin.iter().fold(routes, |routes, (role, more)| {
        routes.with(*role, more.clone())
    });
    let console = service.console.iter();
    let routes = console.fold(routes, AdminRoutes::with_console);
    routes.routes(&HttpMetrics::new("admin"))
}

/// The shop: its services and its coordinator, on one listener.
pub struct Shop {
    routes: Router,
    admin: Router,
    _folder: TempDir,
}

impl Shop {
    pub async fn open(config: CoordinatorConfig) -> Self {
        Self::of([WALLET_SCHEMA, STOCK_SCHEMA].into(), config).await
    }

    /// A shop whose coordinator does not know the service of its second step.
    pub async fn without_stock(config: CoordinatorConfig) -> Self {
        Self::of([WALLET_SCHEMA].into(), config).await
    }

    async fn of(schemas: Vec<Schema>, config: CoordinatorConfig) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (env, parts) = (real::env(), KitParts::default());
        let url = |service| DatabaseUrl::Sqlite(folder.path().join(service));
        let (mut participants, mut checks) = (Vec::new(), Vec::new());
        for schema in schemas {
            let (pool, store) = (PoolConfig::default(), Arc::clone(&env.store));
            let opened = Database::open(&url(schema.service), schema, pool, store).await;
            let database = opened.expect("it opens");
            let (service, clients) =
                participant(database, env.clone(), &parts, Arc::new(OneByOne(Taking)));
            let started = Participant::start(
                schema.service,
                Arc::new(clients.steps),
                Arc::new(clients.watermarks),
                Arc::new(clients.rows),
                service.probe(),
                &config,
                &SHOP,
            );
            participants.push(started);
            checks.push(service.ready);
        }
        let log = open_log(&url("log"), PoolConfig::default(), &env).await;
        let log = log.expect("it opens");
        let started = log.start(config, &SHOP, participants, env, &parts).await;
        let started = started.expect("it takes over the log");
        let purchases = Router::new().route("/purchases", post(purchase));
        let purchases = purchases.with_state(Arc::clone(&started));
        let service = coordinator(started, purchases);
        let admin = admin(&service);
        let Service { public, ready, .. } = service;
        checks.push(ready);
        Self {
            routes: listener(public, checks),
            admin,
            _folder: folder,
        }
    }

    /// Waits until it takes purchases and orders.
    pub async fn ready(&self) {
        let ready = async {
            while self.get("/readyz").await.0 != StatusCode::OK {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let bound = Bound::new("the shop", Duration::from_secs(60));
        within(bound, ready).await.expect("it is ready");
    }

    /// What the admin listener serves.
    pub fn admin(&self) -> Router {
        self.admin.clone()
    }

    pub async fn purchase(&self, purchase: Purchase, key: Option<&str>) -> (StatusCode, Value) {
        let mut request =
            Request::post("/purchases").header(header::CONTENT_TYPE, "application/json");
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        let body = Document::of(&purchase).text().to_owned();
        self.send(request.body(body.into())).await
    }

    pub async fn get(&self, path: &str) -> (StatusCode, Value) {
        self.send(Request::get(path).body(RequestBody::empty()))
            .await
    }

    async fn send(&self, request: axum::http::Result<Request<RequestBody>>) -> (StatusCode, Value) {
        let request = request.expect("a request");
        let reply = self.routes.clone().oneshot(request).await;
        let reply = reply.expect("routes always answer");
        let status = reply.status();
        let body = reply.into_body().collect().await.expect("a body");
        let body = serde_json::from_slice(&body.to_bytes());
        (status, body.expect("JSON"))
    }
}
