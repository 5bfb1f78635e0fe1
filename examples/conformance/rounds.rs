//! Answers that need the client's input first (SEP-2322): what is asked, what is taken for an answer, and a state that
//! nobody but this server can write.

use std::collections::BTreeMap;

use rmcp::ErrorData;
use rmcp::model::{ClientCapabilities, InputRequiredResult};
use serde_json::{Value, json};
use tabhub::protocol::proof::{self, Challenge, Prover};

const KEY: &str = "the fixture's own";

type Answers = BTreeMap<String, Value>;

/// What comes of one round.
pub enum Round {
    Ask(InputRequiredResult),
    Done(String),
}

fn question(message: &str, field: &str, kind: &str) -> Value {
    let schema = json!({ "type": "object", "properties": { field: { "type": kind } }, "required": [field] });
    json!({ "method": "elicitation/create", "params": { "mode": "form", "message": message, "requestedSchema": schema } })
}

fn sampling(text: &str) -> Value {
    let messages = json!([{ "role": "user", "content": { "type": "text", "text": text } }]);
    json!({ "method": "sampling/createMessage", "params": { "messages": messages, "maxTokens": 100 } })
}

fn roots() -> Value {
    json!({ "method": "roots/list", "params": {} })
}

fn ask(requests: Value, state: Option<&str>) -> Round {
    let mut result = json!({ "resultType": "input_required", "inputRequests": requests });
    if let Some(state) = state {
        result["requestState"] = json!(seal(state));
    }
    Round::Ask(serde_json::from_value(result).unwrap())
}

fn challenge(state: &str) -> Challenge<'_> {
    Challenge { port: 0, hub_nonce: "state", peer_nonce: state }
}

fn seal(state: &str) -> String {
    format!("{state}.{}", proof::prove(KEY, Prover::Hub, challenge(state)))
}

fn opened(sealed: Option<&str>) -> Result<Option<&str>, ErrorData> {
    let Some(sealed) = sealed else { return Ok(None) };
    let (state, seal) = sealed.rsplit_once('.').unwrap_or_default();
    if proof::verify(KEY, Prover::Hub, challenge(state), seal) {
        Ok(Some(state))
    } else {
        Err(ErrorData::invalid_params("the state is not what this server gave out", None))
    }
}

/// A field of an accepted answer.
fn field(answers: &Answers, key: &str, field: &str) -> Option<String> {
    let answer = answers.get(key).filter(|answer| answer["action"] == "accept")?;
    answer["content"].get(field).map(|value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned))
}

/// One round of a tool; `None` if it is no tool of rounds.
pub fn round(
    tool: &str,
    answers: &Answers,
    sealed: Option<&str>,
    capabilities: &ClientCapabilities,
) -> Result<Option<Round>, ErrorData> {
    let state = opened(sealed)?;
    let name = || question("What is your name?", "name", "string");
    let round = match tool {
        "test_input_required_result_elicitation" | "test_streaming_elicitation" => {
            match field(answers, "user_name", "name") {
                Some(name) => Round::Done(format!("Hello, {name}!")),
                None => ask(json!({ "user_name": name() }), None),
            }
        }
        "test_input_required_result_sampling" => match answers.get("capital_question") {
            Some(answer) => Round::Done(format!("The model said: {}", answer["content"])),
            None => ask(json!({ "capital_question": sampling("What is the capital of France?") }), None),
        },
        "test_input_required_result_list_roots" => match answers.get("client_roots").and_then(|a| a.get("roots")) {
            Some(roots) => Round::Done(format!("The roots are {roots}")),
            None => ask(json!({ "client_roots": roots() }), None),
        },
        "test_input_required_result_request_state" | "test_input_required_result_tampered_state" => {
            match (field(answers, "confirm", "ok"), state) {
                (Some(_), Some("confirming")) => Round::Done("state-ok".to_owned()),
                _ => ask(json!({ "confirm": question("Please confirm", "ok", "boolean") }), Some("confirming")),
            }
        }
        "test_input_required_result_multiple_inputs" => {
            let (greeting, known) = (answers.get("greeting"), answers.get("client_roots"));
            match (field(answers, "user_name", "name"), greeting, known, state) {
                (Some(name), Some(_), Some(_), Some("gathering")) => Round::Done(format!("All is there, {name}.")),
                _ => {
                    let all =
                        json!({ "user_name": name(), "greeting": sampling("Greet me."), "client_roots": roots() });
                    ask(all, Some("gathering"))
                }
            }
        }
        "test_input_required_result_multi_round" => match (state, field(answers, "step1", "name")) {
            (Some("first"), Some(name)) => {
                let next = question("Step 2: What is your favorite color?", "color", "string");
                ask(json!({ "step2": next }), Some(&format!("second of {name}")))
            }
            (Some(state), _) if state.starts_with("second") && field(answers, "step2", "color").is_some() => {
                Round::Done(format!("All rounds are over: {state}"))
            }
            _ => ask(json!({ "step1": question("Step 1: What is your name?", "name", "string") }), Some("first")),
        },
        "test_input_required_result_capabilities" => {
            let mut requests = json!({});
            if capabilities.sampling.is_some() {
                requests["sampled"] = sampling("Say something.");
            }
            if capabilities.elicitation.is_some() {
                requests["asked"] = name();
            }
            ask(requests, None)
        }
        "test_input_required_result_prompt" => match field(answers, "user_context", "context") {
            Some(context) => Round::Done(format!("In the context of {context}.")),
            None => {
                let context = question("What context should the prompt use?", "context", "string");
                ask(json!({ "user_context": context }), None)
            }
        },
        _ => return Ok(None),
    };
    Ok(Some(round))
}
