//! An instance's connection by hand: its calls as bare frames, read by whoever likes, or by nobody.

use std::time::Duration;

use serde_json::Value;
use serde_json::value::RawValue;
use tabhub::protocol::frame::CallBody;
use tabhub::protocol::{Call, CallId, ClientId, Frame, Hello, now_ms};
use tokio_tungstenite::tungstenite::Message;

use crate::support::client::{Socket, authorization, dial, hello, receive, send};

/// A new connection, after its hello.
pub async fn connect(port: u16, token: &str) -> (ClientId, Socket) {
    let socket = dial(port, "/ws/instance", &[authorization(port, token)]).await.unwrap();
    greet(socket, ClientId::mint()).await
}

/// The hello over a connection that there is.
pub async fn greet(mut socket: Socket, id: ClientId) -> (ClientId, Socket) {
    send(&mut socket, &Frame::Hello(Some(id), Hello::Instance(hello("by hand")))).await;
    assert!(matches!(receive(&mut socket).await, Some(Frame::Welcome(_))), "a welcome");
    (id, socket)
}

/// A call's frame.
pub fn call(tool: &str, params: &Value, time: Duration) -> Message {
    let body = CallBody {
        tool: tool.to_owned(),
        params: RawValue::from_string(params.to_string()).unwrap(),
        client_name: String::new(),
        attempt: 1,
        browser_epoch: None,
        expires_at: now_ms() + u64::try_from(time.as_millis()).unwrap(),
        read_only: false,
    };
    Message::text(Frame::Call(Call { id: CallId::mint(), client: None, body }).encode().unwrap())
}
