//! The MCP server's side of one host: `initialize`, `tools/list`, `tools/call`, over any [`Backend`].
//!
//! The first two are answered from const tables and touch nothing, so that a host is never kept waiting for a hub.

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, CompleteRequestParams, CompleteResult, ContentBlock,
    CustomRequest, CustomResult, GetPromptRequestParams, GetPromptResponse, Implementation, InitializeRequestParams,
    InitializeResult, ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, MetaObject,
    PaginatedRequestParams, ProgressNotificationParam, ProgressToken, ProtocolVersion, ReadResourceRequestParams,
    ReadResourceResponse, ReadResourceResult, ServerCapabilities, ServerConfig, SubscriptionFilter,
};
use rmcp::service::{RequestContext, SubscriptionContext};
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::value::RawValue;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::backend::{Backend, CallRequest, Progress};
use super::elicit::{self, Question, Round};
use super::logs::{self, HostLog, SetLevel};
use super::prepare::{Prepared, prepare, unknown_tool};
use super::progress::{Pace, Teller};
use super::render::{Block, Detail, META_KEY, Placement, Rendered, render};
use super::resources::{self, Subscriptions};
use super::{errors, listing, methods, panics, prompts, registry};
use crate::config::Settings;
use crate::protocol::{CallId, Deadline, ErrorCode, HubError, VERSION};

/// What a model reads before it uses the tools.
const INSTRUCTIONS: &str = "tabhub drives the person's real browser, with their logins; other AI clients share it. \
You have your own tabs: your first page call opens one, and others' tabs are theirs unless they share one or hand it off. \
Tools act on your current tab unless you pass tabId. \
Take a browser_snapshot before you act; its refs (e12) name elements in all tools and stay valid while the element lives. \
Actions answer with what changed, so you rarely need another snapshot. \
Errors start with a code and say what to do next; browser_status tells what is connected.";

/// News of one call that may wait to be sent to its host.
const PROGRESS_WAITING: usize = 16;

/// One host's server.
#[derive(Debug)]
pub struct Handler<B> {
    backend: Arc<B>,
    settings: Arc<Settings>,
    host: Mutex<Option<(String, String)>>,
    subscriptions: Subscriptions,
    log: HostLog,
}

impl<B: Backend> Handler<B> {
    /// A server for one host.
    #[must_use]
    pub fn new(backend: Arc<B>, settings: Arc<Settings>) -> Self {
        Self {
            backend,
            settings,
            host: Mutex::new(None),
            subscriptions: Subscriptions::default(),
            log: HostLog::default(),
        }
    }

    /// What holds for all hosts.
    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(super) fn backend(&self) -> &B {
        &self.backend
    }

    pub(super) fn subscriptions(&self) -> &Subscriptions {
        &self.subscriptions
    }

    /// The host said who it is: in `initialize`, or with each request where the protocol has none. Told once.
    fn introduce(&self, host: Option<Implementation>) {
        let Some(Implementation { name, version, .. }) = host else { return };
        let said = Some((name, version));
        let mut known = self.host.lock().unwrap_or_else(PoisonError::into_inner);
        if *known == said {
            return;
        }
        known.clone_from(&said);
        drop(known);
        if let Some((name, version)) = said {
            self.backend.identify(&name, &version);
        }
    }

    async fn run(
        &self,
        request: CallToolRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, HubError> {
        let prepared = prepare(&request.name, request.arguments.unwrap_or_default(), &self.settings)?;
        let (tool, reply, saving) = (prepared.tool, prepared.reply.clone(), prepared.saving.clone());
        let mut raw = match elicit::round(tool, &prepared.params, request.input_responses.as_ref(), context) {
            Round::Ask(question) => return Ok((*question).into()),
            Round::Answered(raw) => raw,
            Round::Beside(question) => self.ask(prepared, question, context).await?,
            Round::InBrowser => self.call(prepared, context).await?,
        };
        if let Some(saving) = saving {
            // Away from the thread that serves the host: a large file takes its time.
            let kept = tokio::task::spawn_blocking(move || saving.keep(&raw)).await;
            raw = kept.map_err(|error| HubError::new(ErrorCode::Internal, error.to_string()))??;
        }
        let rendered = match reply {
            Some(reply) => reply.render(tool, &raw)?,
            None => render(tool, &raw, Detail::of(self.settings.tools))?,
        };
        Ok(result(rendered).into())
    }

    /// Asks the person in the host and in the browser at once; the first answer counts. Where one of them cannot ask, the
    /// other has the time that the call has.
    async fn ask(
        &self,
        prepared: Prepared,
        question: Question,
        context: &RequestContext<RoleServer>,
    ) -> Result<Box<RawValue>, HubError> {
        let deadline = Instant::now() + prepared.timeout;
        let mut in_browser = pin!(self.call(prepared, context));
        let mut in_host = pin!(question.ask(&context.peer));
        tokio::select! {
            outcome = &mut in_browser => match outcome {
                Err(error) if error.code != ErrorCode::Cancelled => tokio::select! {
                    biased;
                    () = context.ct.cancelled() => Err(error),
                    answer = in_host => answer.ok_or(error),
                    () = sleep_until(deadline) => Err(error),
                },
                outcome => outcome,
            },
            answer = &mut in_host => match answer {
                Some(answer) => Ok(answer),
                None => in_browser.await,
            },
        }
    }

    /// Runs the call until it is done, cancelled or late, and tells the host how it goes meanwhile. Leaving this
    /// function drops the backend's future, which cancels the call down to the page.
    pub(super) async fn call(
        &self,
        Prepared { tool, params, timeout, .. }: Prepared,
        context: &RequestContext<RoleServer>,
    ) -> Result<Box<RawValue>, HubError> {
        let token = context.meta.get_progress_token();
        let (sender, mut news) = mpsc::channel(PROGRESS_WAITING);
        let request = CallRequest {
            id: CallId::mint(),
            tool: tool.name,
            params,
            deadline: Deadline::after(timeout),
            progress: token.is_some().then_some(sender),
        };
        let deadline = Instant::now() + timeout;
        let mut teller = Teller::new(tool.name, Pace::HOSTS);
        let mut call = pin!(self.backend.call(request));
        loop {
            let progress = tokio::select! {
                biased;
                () = context.ct.cancelled() => {
                    return Err(HubError::new(ErrorCode::Cancelled, "The host cancelled the call."));
                }
                outcome = &mut call => return outcome,
                () = sleep_until(deadline) => return Err(late(tool.name, timeout)),
                Some(progress) = news.recv() => teller.news(progress),
                progress = teller.sign_of_life(), if token.is_some() => progress,
            };
            if let Some(token) = &token {
                tell(token, progress, context).await;
            }
        }
    }
}

async fn tell(token: &ProgressToken, progress: Progress, context: &RequestContext<RoleServer>) {
    let mut param = ProgressNotificationParam::new(token.clone(), progress.progress).with_message(progress.message);
    param.total = progress.total;
    if let Err(error) = context.peer.notify_progress(param).await {
        log::debug!("progress of request {} did not reach the host: {error}", context.id);
    }
}

fn late(tool: &str, timeout: Duration) -> HubError {
    let message =
        format!("No answer to {tool} came from the hub within {} s; it may have happened.", timeout.as_secs_f64());
    HubError::new(ErrorCode::DeadlineExceeded, message)
}

fn result(Rendered { content, structured, placement }: Rendered) -> CallToolResult {
    let block = |block| match block {
        Block::Text(text) => ContentBlock::text(text),
        Block::Image { mime_type, data } => ContentBlock::image(data, mime_type),
    };
    let mut result = CallToolResult::success(content.into_iter().map(block).collect());
    match placement {
        Placement::Structured => result.structured_content = Some(structured),
        Placement::Meta => {
            let mut meta = MetaObject::new();
            meta.insert(META_KEY.to_owned(), structured);
            result.meta = Some(meta);
        }
        Placement::Nowhere => {}
    }
    result
}

impl<B: Backend> ServerHandler for Handler<B> {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_completions()
            .enable_prompts()
            .enable_resources()
            .enable_resources_subscribe()
            .enable_resources_list_changed()
            .enable_tools()
            .build();
        ServerConfig::new(logs::declared(capabilities))
            .with_server_info(Implementation::new("tabhub", VERSION).with_title("tabhub"))
            .with_instructions(INSTRUCTIONS)
    }

    async fn initialize(
        &self,
        request: InitializeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<InitializeResult, ErrorData> {
        self.introduce(Some(request.client_info.clone()));
        let answer = self.negotiate_initialize(&request);
        context.peer.set_peer_info(request);
        answer
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(listing::list(self.settings.tools)))
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        self.introduce(context.meta.client_info());
        if context.protocol_version().is_some_and(|version| version < ProtocolVersion::V_2026_07_28) {
            self.subscribe_to_list(&context.peer);
        }
        let cursor = request.and_then(|request| request.cursor);
        let (resources, next) = self.resources(cursor.as_deref(), &context).await?;
        let mut result = ListResourcesResult::with_all_items(resources);
        result.next_cursor = next;
        Ok(result)
    }

    async fn list_resource_templates(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        Ok(ListResourceTemplatesResult::with_all_items(resources::templates()))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        self.introduce(context.meta.client_info());
        Ok(ReadResourceResult::new(self.read(&request.uri, &context).await?).into())
    }

    async fn subscribe(
        &self,
        request: rmcp::model::SubscribeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        methods::still_there("resources/subscribe", &context)?;
        self.subscribe_to(&request.uri, &context.peer)
    }

    async fn unsubscribe(
        &self,
        request: rmcp::model::UnsubscribeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        methods::still_there("resources/unsubscribe", &context)?;
        self.unsubscribe_from(&request.uri);
        Ok(())
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        // rmcp leaves out what the capabilities do not offer.
        Some(requested.clone())
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        self.introduce(context.request_context().meta.client_info());
        self.listen_for(&context).await;
        Ok(())
    }

    async fn list_prompts(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        Ok(ListPromptsResult::with_all_items(prompts::list()))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        self.introduce(context.meta.client_info());
        Ok(self.prompt(&request.name, request.arguments.unwrap_or_default(), &context).await?.into())
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        Ok(CompleteResult::new(self.completion(&request, &context).await))
    }

    /// By hand rather than by rmcp's router: a panic must become an answer, and names have aliases.
    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        self.introduce(context.meta.client_info());
        let Some(tool) = registry::find(&request.name) else {
            return Err(errors::unknown_tool(&unknown_tool(&request.name)));
        };
        match panics::contained(tool.name, self.run(request, &context)).await {
            Ok(response) => Ok(response),
            Err(error) => {
                self.log.tell(tool.name, &error, &context).await;
                errors::answer(&error)
            }
        }
    }

    /// What the host wants to hear of failed calls; tabhub's own log is a file.
    async fn set_level(&self, request: SetLevel, _context: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        self.log.set(&request);
        Ok(())
    }

    /// rmcp takes a request whose parameters have the wrong form for a method of our own.
    async fn on_custom_request(
        &self,
        request: CustomRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        Err(methods::refusal(&request.method, &context))
    }
}
