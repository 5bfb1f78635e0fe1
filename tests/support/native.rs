//! A browser's side of native messaging: starts the real host as Chrome does, and speaks with it by its pipes.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tabhub::native::envelope::{Joiner, News};
use tabhub::protocol::event::TabInfo;
use tabhub::protocol::{BrowserEpoch, BrowserId, Call, EXTENSION_ID, Event, Frame, Hello, PROTOCOL};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::home::{Home, TABHUB};
use crate::support::browser::{answer, hello_to};
use crate::support::within;

/// What the host says.
#[derive(Debug)]
pub enum Said {
    About(News),
    Frame(Frame),
}

/// A browser that has started the native messaging host.
pub struct NativeBrowser {
    pub host: Child,
    pub id: BrowserId,
    pub epoch: BrowserEpoch,
    /// The largest message that came.
    pub largest: usize,
    stdin: Option<ChildStdin>,
    stdout: ChildStdout,
    joiner: Joiner,
    links: u64,
}

impl NativeBrowser {
    /// Starts the host of this home.
    pub fn start(home: &Home) -> Self {
        let mut host = Command::new(TABHUB)
            .args(["native-host", &format!("chrome-extension://{EXTENSION_ID}/")])
            .envs(home.env())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the native messaging host starts");
        let (stdin, stdout) = (host.stdin.take(), host.stdout.take().unwrap());
        let (id, epoch) = (BrowserId::mint(), BrowserEpoch::mint());
        Self { host, id, epoch, largest: 0, stdin, stdout, joiner: Joiner::default(), links: 0 }
    }

    /// Writes bytes as they are.
    pub async fn write(&mut self, bytes: &[u8]) {
        self.stdin.as_mut().unwrap().write_all(bytes).await.unwrap();
    }

    /// Writes a message.
    pub async fn say(&mut self, message: &Value) {
        self.write(&tabhub::native::framing::encode(&message.to_string())).await;
    }

    /// Writes a frame of the hub's protocol.
    pub async fn send(&mut self, frame: &Frame) {
        self.say(&Value::String(frame.encode().unwrap())).await;
    }

    /// Closes its end of the pipe, and says how the host ended.
    pub async fn hang_up(&mut self) -> Option<i32> {
        drop(self.stdin.take());
        within("the host's end", self.host.wait()).await.unwrap().code()
    }

    /// Reads what comes next.
    pub async fn hear(&mut self) -> Said {
        loop {
            let mut head = [0; 4];
            within("a message of the host", self.stdout.read_exact(&mut head)).await.unwrap();
            let mut body = vec![0; u32::from_ne_bytes(head) as usize];
            within("the rest of a message", self.stdout.read_exact(&mut body)).await.unwrap();
            self.largest = self.largest.max(body.len());
            let frame = match serde_json::from_slice::<Value>(&body).unwrap() {
                Value::String(frame) => Some(frame),
                other => match serde_json::from_value(other).unwrap() {
                    News::Part { text, last } => self.joiner.take(&text, last).unwrap(),
                    news => return Said::About(news),
                },
            };
            if let Some(frame) = frame {
                return Said::Frame(Frame::decode(&frame).unwrap());
            }
        }
    }

    /// Reads on until there is news that the test looks for.
    pub async fn until<T>(&mut self, what: &str, mut wanted: impl FnMut(Said) -> Option<T>) -> T {
        let reading = async {
            loop {
                if let Some(found) = wanted(self.hear().await) {
                    return found;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(30), reading).await.unwrap_or_else(|_| panic!("never came: {what}"))
    }

    /// Waits for a hub, and tells its process, port and secret.
    pub async fn hub(&mut self) -> (u32, u16, String) {
        self.until("a hub", |said| match said {
            Said::About(News::Hub { pid, port, secret }) => Some((pid, port, secret)),
            _ => None,
        })
        .await
    }

    /// Asks for a link; an error says why there is none.
    pub async fn open(&mut self) -> Result<(u32, u16, String), String> {
        self.links += 1;
        let number = self.links;
        self.say(&json!({ "kind": "open", "link": number })).await;
        self.until("the link", |said| match said {
            Said::About(News::Opened { link, pid, port, secret }) if link == number => Some(Ok((pid, port, secret))),
            Said::About(News::Closed { link, reason }) if link == number => Some(Err(reason)),
            _ => None,
        })
        .await
    }

    /// Waits for a hub and connects to it, as the extension does: again, where that one has died meanwhile. Tells the
    /// hub's process.
    pub async fn connect(&mut self) -> u32 {
        let (pid, port, secret) = loop {
            self.hub().await;
            match self.open().await {
                Ok(opened) => break opened,
                Err(reason) => assert!(reason.contains("No hub runs") || reason.contains("is gone"), "{reason}"),
            }
        };
        let Said::Frame(Frame::Hello(_, Hello::Hub(hub))) = self.hear().await else { panic!("the hub speaks first") };
        self.send(&hello_to(&hub, port, &secret, self.id, self.epoch, PROTOCOL)).await;
        let Said::Frame(Frame::Welcome(_)) = self.hear().await else { panic!("a welcome") };
        self.tell_tabs(Vec::new()).await;
        pid
    }

    /// Tells its tabs, and that nothing is at work in them.
    pub async fn tell_tabs(&mut self, tabs: Vec<TabInfo>) {
        self.send(&Frame::Event(Event::Tabs { tabs, focused: true, focused_at: None, at_work: Some(Vec::new()) }))
            .await;
    }

    /// The next call.
    pub async fn call(&mut self) -> Call {
        self.until("a call", |said| match said {
            Said::Frame(Frame::Call(call)) => Some(call),
            _ => None,
        })
        .await
    }

    /// Answers a call.
    pub async fn answer(&mut self, call: &Call, result: Value) {
        self.send(&answer(call.id, call.client, Ok(result))).await;
    }
}
