//! A server for the conformance suite: the names that its scenarios ask for, behind the product's own transport (door,
//! bridge, sessions, streams). `scripts/conformance` runs it, and the product beside it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs, reason = "a test's server")]

mod content;
mod fixture;
mod rounds;

use std::net::TcpListener;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use tabhub::edges::mcp_http::{self, HttpRules, HttpToken};
use tabhub::mcp::http::{Caller, Leave, Reception};

use fixture::{Changes, Fixture};

/// Every caller gets a fixture; they share only the news of what has changed.
struct Everyone(Arc<Changes>);

struct Nothing;

impl Leave for Nothing {
    fn leave(&self) {}
}

impl Reception for Everyone {
    type Server = Fixture;

    fn receive(&self, _: &Caller) -> (Fixture, Arc<dyn Leave>) {
        (Fixture::new(Arc::clone(&self.0)), Arc::new(Nothing))
    }
}

fn main() {
    actix::System::new().block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let rules = HttpRules {
            // The suite can show no token.
            token: HttpToken::default(),
            rate: NonZeroU32::new(4000).unwrap(),
            idle: Duration::from_secs(600),
            resume_patience: Duration::from_secs(10),
            body_bytes: 4 * 1024 * 1024,
        };
        let _served = mcp_http::start_with(vec![listener], port, &rules, Everyone(Arc::default())).unwrap();
        println!("{port}");
        std::future::pending::<()>().await;
    });
}
