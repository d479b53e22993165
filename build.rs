//! Bundles the workspace's style and islands before the program embeds them.
use std::path::Path;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    // `script/setup` touches the bundler when it has installed the packages.
    for watched in [
        "assets/bundle.mjs",
        "assets/style",
        "assets/islands",
        "assets/ahead",
        "assets/editor",
        "assets/viewer",
        "package-lock.json",
    ] {
        if Path::new(watched).exists() {
            println!("cargo::rerun-if-changed={watched}");
        }
    }
    if std::fs::create_dir_all("assets/dist").is_err() {
        println!("cargo::error=assets/dist cannot be made");
        return ExitCode::FAILURE;
    }
    let released = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let bundled = Path::new("node_modules/esbuild").exists()
        && Command::new("node")
            .arg("assets/bundle.mjs")
            .status()
            .is_ok_and(|status| status.success());
    match (bundled, released) {
        (true, _) => ExitCode::SUCCESS,
        // Whoever works on the rules needs no Node; whoever gives the program to others does.
        (false, false) => {
            println!(
                "cargo::warning=style and scripts of the workspace are not bundled: run script/setup build, then build again"
            );
            ExitCode::SUCCESS
        }
        (false, true) => {
            println!(
                "cargo::error=style and scripts of the workspace are not bundled: run script/setup build"
            );
            ExitCode::FAILURE
        }
    }
}
