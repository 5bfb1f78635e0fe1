//! `tabhub native-host`: what a browser starts for native messaging. It ends with the browser's end of the pipe.

use std::process::ExitCode;

use anyhow::bail;

use super::{Common, logging};
use crate::native;
use crate::protocol::EXTENSION_ID;

/// `tabhub native-host`
#[derive(Debug, clap::Args)]
#[command(
    about = "What the browser starts for native messaging (you never do)",
    long_about = "What the browser starts for native messaging, once `tabhub install --browser` has told it how: the extension \
        speaks with it by stdin and stdout, and it leads to the hub that runs. It starts no hub: a browser that is opened needs \
        none until an AI host does. It ends at the end of its input.",
    after_help = "To let a browser use it:\n  tabhub install --browser chrome"
)]
pub struct NativeHostArgs {
    #[command(flatten)]
    common: Common,
    /// What the browser says of who calls: the extension's origin
    #[arg(hide = true, allow_hyphen_values = true, trailing_var_arg = true)]
    caller: Vec<String>,
}

/// Runs it.
///
/// # Errors
/// When another extension calls, or what comes is not native messaging.
pub fn run(args: &NativeHostArgs) -> anyhow::Result<ExitCode> {
    check_caller(&args.caller)?;
    let settings = args.common.load()?;
    logging::to_stderr(&settings.log);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let served = runtime.block_on(native::serve(settings.paths, tokio::io::stdin(), tokio::io::stdout()));
    // A thread that still reads stdin must not keep this process.
    runtime.shutdown_background();
    Ok(served.map(|()| ExitCode::SUCCESS)?)
}

/// The manifest lets only our extension call; a manifest that somebody changed does not open the hub to another.
fn check_caller(caller: &[String]) -> anyhow::Result<()> {
    let own = format!("chrome-extension://{EXTENSION_ID}/");
    match caller.iter().find(|word| word.starts_with("chrome-extension://")) {
        Some(origin) if *origin != own => bail!("{origin} is not the tabhub extension ({own})"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_other_extension_is_served() {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert!(check_caller(&words(&[&format!("chrome-extension://{EXTENSION_ID}/"), "--parent-window=0"])).is_ok());
        assert!(check_caller(&words(&["chrome-extension://bjfgambnhccakkhmkepdoekmckoijdlc/"])).is_err());
    }
}
