//! Prompts and completion through rmcp's client: what is listed, what the model is told, and which tabs are offered.

use rmcp::model::{
    ArgumentInfo, CompleteRequestParams, ContentBlock, GetPromptRequestParams, GetPromptResult, Reference,
};
use rmcp::service::RunningService;
use rmcp::{RoleClient, ServiceError};
use serde_json::{Value, json};

use crate::fake::{Fake, client, object};
use crate::resources::{asked, house};

type Host = RunningService<RoleClient, rmcp::model::ClientConfig>;

async fn get(host: &Host, name: &str, arguments: Value) -> Result<GetPromptResult, String> {
    let params = GetPromptRequestParams::new(name).with_arguments(object(arguments));
    host.get_prompt(params).await.map_err(|error| match error {
        ServiceError::McpError(error) => {
            assert_eq!(error.code.0, -32602);
            error.message.into_owned()
        }
        other => panic!("{other}"),
    })
}

fn words(result: &GetPromptResult) -> &str {
    &result.messages[0].content.as_text().unwrap().text
}

fn links(result: &GetPromptResult) -> Vec<(&str, Option<&str>)> {
    let links = result.messages[1..].iter().map(|message| match &message.content {
        ContentBlock::ResourceLink(link) => (link.uri.as_str(), link.title.as_deref()),
        other => panic!("{other:?}"),
    });
    links.collect()
}

async fn completed(host: &Host, reference: Reference, argument: (&str, &str)) -> Vec<String> {
    let argument = ArgumentInfo::new(argument.0, argument.1);
    host.complete(CompleteRequestParams::new(reference, argument)).await.unwrap().completion.values
}

#[tokio::test]
async fn the_prompts_are_listed_with_their_arguments_and_touch_nothing() {
    let backend = house();
    let host = client(&backend).await;
    let listed = host.list_all_prompts().await.unwrap();
    let names: Vec<_> = listed.iter().map(|prompt| prompt.name.as_str()).collect();
    assert_eq!(names, ["fill_form", "summarize_page", "compare_tabs", "test_page", "extract_table"]);
    for prompt in &listed {
        assert!(prompt.title.is_some() && prompt.description.is_some(), "{prompt:?}");
        assert!(prompt.arguments.iter().flatten().all(|argument| argument.description.is_some()), "{prompt:?}");
        let required: Value = prompt
            .arguments
            .iter()
            .flatten()
            .filter(|a| a.required == Some(true))
            .map(|a| (a.name.clone(), json!("7")))
            .collect();
        let told = get(&host, &prompt.name, required).await.unwrap();
        // The model is to use tools that there are.
        let tools = words(&told)
            .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .filter(|word| word.starts_with("browser_"));
        let tools: Vec<_> = tools.map(|tool| (tool, tabhub::mcp::registry::find(tool))).collect();
        assert!(
            !tools.is_empty() && tools.iter().all(|(name, tool)| tool.is_some_and(|tool| tool.name == *name)),
            "{tools:?}"
        );
    }
}

#[tokio::test]
async fn a_prompt_names_its_tab_and_links_to_its_state() {
    let backend = house();
    let host = client(&backend).await;
    let told =
        get(&host, "fill_form", json!({ "data": "name: Ada", "tabId": "7 · Tab 7", "submit": "no" })).await.unwrap();
    assert!(words(&told).contains("tab 7 (\"Tab 7\", https://7.test/)"), "{}", words(&told));
    assert!(words(&told).contains("name: Ada") && words(&told).contains("Do not send the form"), "{}", words(&told));
    assert_eq!(links(&told), [("browser://tab/7/snapshot", Some("Tab 7"))]);
    assert_eq!(asked(&backend), [("browser_status", json!({ "aside": true }))]);
    let both = get(&host, "compare_tabs", json!({ "first": "7", "second": 9 })).await.unwrap();
    assert_eq!(
        links(&both).iter().map(|(uri, _)| *uri).collect::<Vec<_>>(),
        ["browser://tab/7/snapshot", "browser://tab/9/snapshot"]
    );
    let free = get(&host, "test_page", json!({ "tabId": "10" })).await.unwrap();
    assert!(
        words(&free).contains("tab 10 (not among your tabs now") && !words(&free).contains("10.test"),
        "{}",
        words(&free)
    );
    let own = get(&host, "summarize_page", json!({})).await.unwrap();
    assert!(words(&own).contains("in your current tab") && links(&own).is_empty());
}

#[tokio::test]
async fn a_prompt_that_is_none_and_arguments_that_do_not_fit_are_refused() {
    let host = client(&house()).await;
    for (name, arguments, expected) in [
        ("fly", json!({}), "There is no prompt \"fly\""),
        ("fill_form", json!({}), "needs the argument data"),
        ("fill_form", json!({ "data": " " }), "needs the argument data"),
        ("compare_tabs", json!({ "first": "7", "second": "the other" }), "second must be the number of a tab"),
        ("summarize_page", json!({ "length": "endless" }), "length must be one of short, medium, long"),
        ("summarize_page", json!({ "focus": ["a"] }), "must be a text"),
    ] {
        let message = get(&host, name, arguments).await.unwrap_err();
        assert!(message.contains(expected), "{message}");
    }
}

#[tokio::test]
async fn tabs_are_offered_where_one_is_asked_for_and_found_by_what_they_show() {
    let backend = house();
    let host = client(&backend).await;
    let template = || Reference::for_resource("browser://tab/{tabId}/console");
    assert_eq!(completed(&host, template(), ("tabId", "")).await, ["7", "9"]);
    assert_eq!(completed(&host, template(), ("tabId", "9.te")).await, ["9"]);
    assert_eq!(completed(&host, template(), ("tabId", "10")).await, [""; 0], "another client's tab is not offered");
    let prompt = || Reference::for_prompt("compare_tabs");
    assert_eq!(completed(&host, prompt(), ("first", "")).await, ["7 · Tab 7", "9 · Tab 9"]);
    assert_eq!(completed(&host, prompt(), ("first", "TAB 9")).await, ["9 · Tab 9"]);
    let mut request = CompleteRequestParams::new(prompt(), ArgumentInfo::new("second", ""));
    let before = [("first".to_owned(), "7 · Tab 7".to_owned())].into();
    request.context = Some(rmcp::model::CompletionContext::with_arguments(before));
    assert_eq!(host.complete(request).await.unwrap().completion.values, ["9 · Tab 9"]);
    assert_eq!(completed(&host, Reference::for_prompt("fill_form"), ("submit", "")).await, ["ask", "yes", "no"]);
}

#[tokio::test]
async fn where_there_is_nothing_to_choose_completion_is_an_empty_list() {
    let backend = std::sync::Arc::new(Fake::default());
    let host = client(&backend).await;
    for (reference, argument) in [
        (Reference::for_prompt("no_such_prompt"), "tabId"),
        (Reference::for_prompt("fill_form"), "data"),
        (Reference::for_resource("test://template/{id}/data"), "id"),
        (Reference::for_resource("browser://tab/{tabId}/console"), "other"),
    ] {
        assert_eq!(completed(&host, reference, (argument, "a")).await, [""; 0]);
    }
    assert_eq!(asked(&backend), []);
    backend.refusals.lock().unwrap().insert("browser_status", ("busy", "Too much at once."));
    assert_eq!(completed(&host, Reference::for_prompt("fill_form"), ("tabId", "")).await, [""; 0]);
}
