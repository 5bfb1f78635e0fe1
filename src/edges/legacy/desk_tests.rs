//! What the desk decides where frames are late, lost or given up.

use serde_json::json;

use super::*;
use crate::protocol::frame::CallBody;

const FRAME_TIME: Duration = Duration::from_secs(30);

struct Office {
    desk: Desk,
    client: ClientId,
    /// Of the last frame.
    frame: Uuid,
}

/// What a test sees of a deed: the type of a frame, or an error's word, or `ok` and the notes.
type Seen = Vec<String>;

impl Office {
    fn open() -> Self {
        let desk = Desk::new(BrowserEpoch::mint(), Arc::default(), FRAME_TIME);
        Self { desk, client: ClientId::mint(), frame: Uuid::nil() }
    }

    fn call(&self, tool: &str, params: Value) -> Call {
        let body = CallBody {
            tool: tool.to_owned(),
            params: RawValue::from_string(params.to_string()).unwrap(),
            client_name: "one".to_owned(),
            attempt: 1,
            browser_epoch: Some(self.desk.epoch),
            expires_at: now_ms() + 60_000,
            read_only: false,
        };
        Call { id: CallId::mint(), client: Some(self.client), body }
    }

    fn see(&mut self, deeds: Vec<Deed>) -> Seen {
        let deed = |deed| match deed {
            Deed::Write { text, frame, .. } => {
                self.frame = frame;
                serde_json::from_str::<Value>(&text).unwrap()["type"].as_str().unwrap().to_owned()
            }
            Deed::Answer(answer) => told(&answer),
            Deed::Name(name) => name,
        };
        deeds.into_iter().map(deed).collect()
    }

    fn take(&mut self, tool: &str, params: Value) -> Seen {
        let deeds = self.desk.call(self.call(tool, params));
        self.see(deeds)
    }

    fn answer(&mut self, result: Value) -> Seen {
        self.answer_to(self.frame, result)
    }

    fn answer_to(&mut self, frame: Uuid, result: Value) -> Seen {
        let text = json!({ "type": "messageResponse", "payload": { "requestId": frame, "result": result } });
        let deeds = self.desk.hear(&text.to_string());
        self.see(deeds)
    }

    fn late(&mut self) -> Seen {
        let deeds = self.desk.late(self.frame);
        self.see(deeds)
    }

    /// Looks at the page to the end.
    fn look(&mut self) {
        assert_eq!(self.take("browser_snapshot", json!({})), ["getUrl"]);
        self.answer(json!("u"));
        self.answer(json!("t"));
        assert_eq!(self.answer(json!("- button [ref=s1e5]")), ["ok"]);
    }
}

fn told(answer: &Answer) -> String {
    match answer.outcome().unwrap() {
        Ok(result) => {
            let result: Value = serde_json::from_str(result.get()).unwrap();
            result["notes"][0].as_str().map_or_else(|| "ok".to_owned(), |note| format!("ok: {note}"))
        }
        Err(error) => error.code.word().to_owned(),
    }
}

#[test]
fn a_snapshot_that_comes_late_makes_the_refs_of_those_who_looked_meanwhile_stale() {
    let mut office = Office::open();
    office.take("browser_snapshot", json!({}));
    office.answer(json!("u"));
    assert_eq!(office.answer(json!("t")), ["browser_snapshot"]);
    let slow = office.frame;
    assert_eq!(office.late(), ["deadline_exceeded"]);
    office.look();
    let click = || json!({ "ref": "s1e5" });
    assert!(office.answer_to(slow, json!("- button [ref=s1e5]")).is_empty());
    assert_eq!(office.take("browser_click", click()), ["stale_ref"], "the extension counts from the late one now");
    office.look();
    assert!(office.answer_to(slow, json!("- button [ref=s1e5]")).is_empty(), "once is enough");
    assert_eq!(office.take("browser_click", click()), ["browser_click"]);
}

#[test]
fn a_snapshot_that_failed_leaves_no_refs_behind() {
    let mut office = Office::open();
    office.look();
    assert_eq!(office.take("browser_go_back", json!({})), ["browser_go_back"]);
    for said in [json!(null), json!("u")] {
        office.answer(said);
    }
    assert_eq!(office.answer(json!("t")), ["browser_snapshot"]);
    let seen = office.answer(json!(7));
    assert!(seen[0].starts_with("ok: browser_go_back was done, but the page could not be read"), "{seen:?}");
    assert_eq!(office.take("browser_click", json!({ "ref": "s1e5" })), ["stale_ref"]);
}

#[test]
fn a_call_that_was_given_up_sends_nothing_more_and_holds_the_next_one_until_its_frame_is_answered() {
    let mut office = Office::open();
    let call = office.call("browser_navigate", json!({ "url": "https://a.test/" }));
    let (id, client) = (call.id, call.client);
    let deeds = office.desk.call(call);
    assert_eq!(office.see(deeds), ["browser_navigate"]);
    assert!(office.desk.cancel(id, client).is_empty(), "what was written cannot be taken back");
    assert!(office.take("browser_snapshot", json!({})).is_empty());
    assert_eq!(office.desk.at_work().len(), 2);
    assert_eq!(office.answer(json!(null)), ["cancelled", "getUrl"]);
    assert_eq!(office.desk.at_work().len(), 1);
}

#[test]
fn a_repeat_joins_its_call_and_a_done_one_is_answered_from_the_ledger() {
    let mut office = Office::open();
    let call = office.call("browser_press_key", json!({ "key": "a" }));
    let repeat = |attempt| Call { body: CallBody { attempt, ..call.body.clone() }, ..call.clone() };
    let deeds = office.desk.call(repeat(1));
    assert_eq!(office.see(deeds), ["browser_press_key"]);
    assert!(office.desk.call(repeat(2)).is_empty());
    assert_eq!(office.answer(json!(null)), ["ok"]);
    let deeds = office.desk.call(repeat(3));
    assert_eq!(office.see(deeds), ["ok"]);
    // One that was never written here runs, if it was first sent to this very run of the browser.
    let other = office.call("browser_press_key", json!({ "key": "b" }));
    let elsewhere = CallBody { attempt: 2, browser_epoch: Some(BrowserEpoch::mint()), ..other.body.clone() };
    let deeds = office.desk.call(Call { body: elsewhere, ..other.clone() });
    assert_eq!(office.see(deeds), ["outcome_unknown"]);
    let here = CallBody { attempt: 2, ..other.body.clone() };
    let deeds = office.desk.call(Call { body: here, ..other });
    assert_eq!(office.see(deeds), ["browser_press_key"]);
}

#[test]
fn the_end_of_the_connection_tells_of_what_was_written_and_keeps_quiet_about_the_rest() {
    let mut office = Office::open();
    office.take("browser_press_key", json!({ "key": "a" }));
    office.take("browser_press_key", json!({ "key": "b" }));
    assert_eq!(office.desk.leave().iter().map(told).collect::<Vec<_>>(), ["outcome_unknown"]);
    assert!(office.desk.at_work().is_empty());
    office.take("browser_wait_for", json!({ "time": 1 }));
    assert!(office.desk.leave().is_empty(), "its session asks again");
}

#[test]
fn a_call_whose_time_is_over_when_its_turn_comes_is_not_sent() {
    let mut office = Office::open();
    office.take("browser_press_key", json!({ "key": "a" }));
    let mut call = office.call("browser_press_key", json!({ "key": "b" }));
    call.body.expires_at = now_ms();
    assert!(office.desk.call(call).is_empty());
    assert_eq!(office.answer(json!(null)), ["ok", "deadline_exceeded"]);
}
