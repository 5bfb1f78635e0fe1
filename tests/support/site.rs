//! A small web site for tests: pages by path, on a port of its own, on loopback only.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

/// What the site answers.
pub struct Page {
    pub status: u16,
    pub kind: &'static str,
    pub body: String,
    /// Waits before it answers; `None` never answers.
    pub delay: Option<Duration>,
    /// Claims to be so long; the connection then stays open.
    pub length: Option<usize>,
}

impl Page {
    pub fn html(body: impl Into<String>) -> Self {
        Self {
            status: 200,
            kind: "text/html; charset=utf-8",
            body: body.into(),
            delay: Some(Duration::ZERO),
            length: None,
        }
    }

    pub fn text(body: impl Into<String>) -> Self {
        Self { kind: "text/plain; charset=utf-8", ..Self::html(body) }
    }

    pub fn after(self, delay: Duration) -> Self {
        Self { delay: Some(delay), ..self }
    }

    /// A page that never loads.
    pub fn never() -> Self {
        Self { delay: None, ..Self::html("") }
    }

    /// A file that begins to come and never ends.
    pub fn endless() -> Self {
        Self { kind: "application/octet-stream", length: Some(1 << 30), ..Self::html("x".repeat(64 * 1024)) }
    }

    pub fn missing() -> Self {
        Self { status: 404, ..Self::text("not found") }
    }
}

/// A running site.
pub struct Site {
    pub port: u16,
    task: tokio::task::JoinHandle<()>,
}

impl Site {
    /// Serves what `pages` says for a path (with its query).
    pub async fn serve(pages: impl Fn(&str) -> Page + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let pages = std::sync::Arc::new(pages);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let pages = pages.clone();
                tokio::spawn(async move {
                    let mut stream = BufReader::new(stream);
                    // One request a connection keeps this small.
                    let Some((path, length)) = read_head(&mut stream).await else { return };
                    let mut body = vec![0; length];
                    if stream.read_exact(&mut body).await.is_err() {
                        return;
                    }
                    let page = pages(&path);
                    match page.delay {
                        Some(delay) => tokio::time::sleep(delay).await,
                        None => std::future::pending().await,
                    }
                    let head = format!(
                        "HTTP/1.1 {} X\r\ncontent-type: {}\r\ncontent-length: {}\r\ncache-control: no-store\r\naccess-control-allow-origin: *\r\nconnection: close\r\n\r\n",
                        page.status,
                        page.kind,
                        page.length.unwrap_or(page.body.len())
                    );
                    let _ = stream.write_all(head.as_bytes()).await;
                    let _ = stream.write_all(page.body.as_bytes()).await;
                    if page.length.is_some() {
                        std::future::pending::<()>().await;
                    }
                    let _ = stream.shutdown().await;
                });
            }
        });
        Self { port, task }
    }

    /// An address on the site.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The same page on another site, as browsers see it.
    pub fn other_site_url(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn read_head(stream: &mut BufReader<tokio::net::TcpStream>) -> Option<(String, usize)> {
    let mut first = String::new();
    stream.read_line(&mut first).await.ok()?;
    let path = first.split_whitespace().nth(1)?.to_owned();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 || line == "\r\n" {
            return Some((path, length));
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
}
