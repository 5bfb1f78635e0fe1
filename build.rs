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
    if !source.join("node_modules/esbuild").is_dir() {
        run(&source, "npm", &["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"])?;
    }
    run(&source, "node", &["build.mjs", "--outdir", &target.display().to_string()])
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
    // Cargo shows one line an error; the reason is most often in the last ones.
    let said = [output.stdout, output.stderr].concat();
    let lines: Vec<String> = String::from_utf8_lossy(&said).lines().map(str::to_owned).collect();
    let last = lines[lines.len().saturating_sub(12)..].join(" | ");
    Err(format!("bundling the browser extension failed ({program} {}, {}): {last}", args.join(" "), output.status))
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
