//! Fifty instances that start at the same moment get one hub, and every one of them is ready.

use std::path::Path;

use serde_json::{Value, json};

use crate::home::{Home, TABHUB};
use crate::short_or_long;
use crate::support::mcp::McpProcess;
use crate::support::{PATIENCE, eventually};

const INSTANCES: usize = 50;

/// Instances that have started and wait behind a barrier, which the end of the gate's only writer opens for all.
struct Barrier {
    gate: std::fs::File,
    instances: Vec<McpProcess>,
}

impl Barrier {
    async fn with(home: &Home, instances: usize) -> Self {
        let path = home.path().join("gate");
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR).unwrap();
        // Opened for both, so that neither this end nor theirs waits for the other.
        let gate = std::fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
        let script = r#"read go < "$0"; exec "$1" stdio"#;
        let args = ["-c", script, path.to_str().unwrap(), TABHUB];
        let start = || McpProcess::spawn(Path::new("sh"), &args, &home.env());
        let instances: Vec<McpProcess> = (0..instances).map(|_| start()).collect();
        eventually("all wait at the gate", async || {
            instances.iter().all(|instance| {
                let handles = std::fs::read_dir(format!("/proc/{}/fd", instance.child.id().unwrap())).unwrap();
                handles.flatten().any(|handle| std::fs::read_link(handle.path()).is_ok_and(|to| to == path))
            })
        })
        .await;
        Self { gate, instances }
    }

    fn open(self) -> Vec<McpProcess> {
        drop(self.gate);
        self.instances
    }
}

/// The process that an instance's `browser_status` names as its hub, once it has one.
async fn hub_of(instance: &McpProcess) -> u64 {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let status = instance.call("browser_status", json!({})).await;
        assert_ne!(status["isError"], true, "{status}");
        if let Some(pid) = status["structuredContent"]["hub"]["pid"].as_u64() {
            return pid;
        }
        assert!(tokio::time::Instant::now() < deadline, "an instance stays without a hub: {status}");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

async fn race() {
    // The full set shows a status of any length in its structured form.
    let home = Home::set(&[("TABHUB_TOOLS", "full")]);
    let instances = Barrier::with(&home, INSTANCES).await.open();
    let hosts = instances.into_iter().enumerate().map(|(n, instance)| async move {
        instance.initialize(&format!("host-{n}")).await;
        let hub = hub_of(&instance).await;
        (instance, hub)
    });
    let mut ready = futures_util::future::join_all(hosts).await;
    let hub = u64::from(home.hub().pid);
    let others: Vec<u64> = ready.iter().map(|(_, pid)| *pid).filter(|pid| *pid != hub).collect();
    assert_eq!(others, [] as [u64; 0], "all name hub {hub}");
    assert_eq!(home.hubs(), [home.hub().pid], "no second hub is alive");
    assert_eq!(home.log().matches("listens on port").count(), 1, "no second hub ever was: {}", home.log());
    for (instance, _) in &mut ready {
        assert!(instance.child.try_wait().unwrap().is_none(), "an instance has ended");
    }
    let clients = home.status()["clients"].as_array().unwrap().clone();
    let is_ready = |client: &&Value| client["state"] == "ready";
    assert_eq!(clients.iter().filter(is_ready).count(), INSTANCES);
}

#[tokio::test]
async fn fifty_instances_that_start_at_one_moment_get_one_hub_and_are_all_ready() {
    for _ in 0..short_or_long(6, 100) {
        race().await;
    }
}
