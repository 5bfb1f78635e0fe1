//! Bundles the extension, so that the binary carries it and what a person installs is one file.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs};

/// What the bundle is made of. `dist` and `node_modules` are left out: they change without a reason to bundle anew.
const SOURCES: &[&str] = &["src", "icons", "manifest.json", "package.json", "package-lock.json", "build.mjs"];

fn main() -> ExitCode {
    match bundle() {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            println!("cargo::error={reason}");
            ExitCode::FAILURE
        }
    }
}

fn bundle() -> Result<(), String> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=TABHUB_EXTENSION_DIST");
    let root = folder("CARGO_MANIFEST_DIR")?;
    let target = folder("OUT_DIR")?.join("extension");
    if let Some(ready) = env::var_os("TABHUB_EXTENSION_DIST") {
        let ready = PathBuf::from(ready);
        println!("cargo::rerun-if-changed={}", ready.display());
        return copy_ready(&ready, &target);
    }
    let source = root.join("extension");
    for part in SOURCES {
        println!("cargo::rerun-if-changed={}", source.join(part).display());
    }
    if !is_installed(&source) {
        run(&source, "npm", &["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"])?;
    }
    run(&source, "node", &["build.mjs", "--outdir", &target.display().to_string()])
}

/// Whether the bundler is there, and what the lock file asks for now.
fn is_installed(source: &Path) -> bool {
    let changed = |path: &str| fs::metadata(source.join(path)).and_then(|found| found.modified());
    match (changed("node_modules/.package-lock.json"), changed("package-lock.json")) {
        (Ok(installed), Ok(asked)) => installed >= asked && source.join("node_modules/esbuild").is_dir(),
        _ => false,
    }
}

fn folder(name: &str) -> Result<PathBuf, String> {
    env::var_os(name).map(PathBuf::from).ok_or_else(|| format!("cargo did not set {name}"))
}

fn run(folder: &Path, program: &str, args: &[&str]) -> Result<(), String> {
    let output = Command::new(program).args(args).current_dir(folder).output().map_err(|error| {
        format!(
            "bundling the browser extension needs Node.js 20 or newer with npm ({program}: {error}); install it from \
             https://nodejs.org, or set TABHUB_EXTENSION_DIST to a folder with a bundle that is ready"
        )
    })?;
    if output.status.success() {
        return Ok(());
    }
    // Cargo shows one line an error: the reason comes first, and Node's own stack says nothing of it.
    let said = [output.stderr, output.stdout].concat();
    let said = String::from_utf8_lossy(&said);
    let is_reason = |line: &&str| !line.is_empty() && !line.starts_with("at ");
    let reason: Vec<&str> = said.lines().map(str::trim).filter(is_reason).take(8).collect();
    Err(format!(
        "bundling the browser extension failed ({program} {}, {}): {}",
        args.join(" "),
        output.status,
        reason.join(" | ")
    ))
}

fn copy_ready(from: &Path, to: &Path) -> Result<(), String> {
    if !from.join("manifest.json").is_file() {
        return Err(format!("TABHUB_EXTENSION_DIST is {}, and there is no manifest.json in it", from.display()));
    }
    if to.exists() {
        fs::remove_dir_all(to).map_err(|error| format!("{}: {error}", to.display()))?;
    }
    copy_folder(from, to).map_err(|error| format!("copying {} failed: {error}", from.display()))
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}
