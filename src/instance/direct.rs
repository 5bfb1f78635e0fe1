//! `--direct`: the hub on a thread of this process. For places where no second process may be started.

use std::thread::JoinHandle;

use tokio::sync::oneshot;

use super::own_hub::{self, Claim};
use crate::config::Settings;
use crate::daemon::DaemonError;

/// A hub on a thread of this process. Dropping it ends the hub.
#[derive(Debug)]
pub struct DirectHub {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Where the hub runs now.
#[derive(Debug)]
pub enum Direct {
    /// On a thread of this process.
    Within(DirectHub),
    /// In another process, which was first: it is joined like any hub.
    Elsewhere,
}

impl DirectHub {
    /// Starts a hub within, unless one runs already.
    ///
    /// # Errors
    /// When a port is taken, the state folder cannot be written, or there is no thread to be had.
    pub async fn start(settings: &Settings) -> Result<Direct, DaemonError> {
        let (stop, stopped) = oneshot::channel();
        let (ready, is_ready) = oneshot::channel();
        let settings = settings.clone();
        let run = move || match own_hub::claim(&settings) {
            Ok(Claim::Mine(claimed)) => actix::System::new().block_on(async {
                match claimed.start().await {
                    Ok(mut hub) => {
                        // Who asked is gone: `stopped` tells the same.
                        let _ = ready.send(Ok(true));
                        tokio::select! {
                            _ = stopped => hub.stop_now("the host that it ran in ended"),
                            _ = hub.ended() => return,
                        }
                        hub.ended().await;
                    }
                    Err(error) => drop(ready.send(Err(error))),
                }
            }),
            Ok(Claim::Taken(_)) => drop(ready.send(Ok(false))),
            Err(error) => drop(ready.send(Err(error))),
        };
        let no_thread = |source| DaemonError::Spawn { exe: "a thread of this process".into(), source };
        let thread = std::thread::Builder::new().name("hub".to_owned()).spawn(run).map_err(no_thread)?;
        match is_ready.await {
            Ok(Ok(true)) => Ok(Direct::Within(Self { stop: Some(stop), thread: Some(thread) })),
            Ok(Ok(false)) => Ok(Direct::Elsewhere),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(DaemonError::DiedSilently),
        }
    }

    /// Whether it has ended by itself.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl Drop for DirectHub {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // A hub that has ended by itself does not listen any more.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            log::error!("the hub's thread panicked");
        }
    }
}
