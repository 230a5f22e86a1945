//! A fit that is interrupted by a signal and resumed.

#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::common::Folder;

/// Starts a fit, sends it `signal` after its first reported step, and waits. Returns its exit code and the rest of its
/// output.
fn interrupt(folder: &Folder, arguments: &str, signal: &str) -> (Option<i32>, String) {
    let mut child = folder.command(arguments).stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap()).lines();
    while !told.next().unwrap().unwrap().starts_with("step ") {}
    let id = child.id().to_string();
    assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    let rest: Vec<String> = told.map(Result::unwrap).collect();
    let output = child.wait_with_output().unwrap();
    (output.status.code(), rest.join("\n") + &String::from_utf8(output.stdout).unwrap())
}

const FIT: &str = "fit a.png --hidden 16 --steps 3000 --batch 600";

#[test]
fn an_interrupted_fit_ends_in_the_bits_of_one_that_was_not() {
    let folder = Folder::new();
    folder.image("a.png", 48, 40, 3);
    folder.succeed(&format!("{FIT} -o whole.safetensors --quiet"));
    let (code, told) =
        interrupt(&folder, &format!("{FIT} -o a.safetensors --checkpoint a.check --json"), "-INT");
    assert_eq!(code, Some(130), "{told}");
    assert!(told.contains("--checkpoint a.check and --resume"), "{told}");
    let report: serde_json::Value = serde_json::from_str(
        told.lines().last().unwrap().split_at(told.lines().last().unwrap().find('{').unwrap()).1,
    )
    .unwrap();
    assert_eq!(report["stopped_by"], "interrupt");
    assert!(report["steps"].as_u64().unwrap() < 3000);
    assert_ne!(folder.bytes("a.safetensors"), folder.bytes("whole.safetensors"));
    folder.succeed(&format!("{FIT} -o a.safetensors --checkpoint a.check --resume --quiet --threads 1"));
    assert_eq!(folder.bytes("a.safetensors"), folder.bytes("whole.safetensors"));
    // A finished fit can be resumed too, and makes no further step.
    folder.succeed(&format!("{FIT} -o again.safetensors --checkpoint a.check --resume --quiet"));
    assert_eq!(folder.bytes("again.safetensors"), folder.bytes("whole.safetensors"));
}

#[test]
fn without_a_checkpoint_one_is_left_beside_the_field() {
    let folder = Folder::new();
    folder.image("a.png", 48, 40, 1);
    let (code, told) = interrupt(&folder, &format!("{FIT} -o a.safetensors"), "-TERM");
    assert_eq!(code, Some(130), "{told}");
    assert!(told.contains("--checkpoint a.safetensors.checkpoint and --resume"), "{told}");
    assert!(folder.path("a.safetensors.checkpoint").exists());
}

#[test]
fn only_the_same_fit_is_resumed() {
    let folder = Folder::new();
    folder.image("a.png", 12, 10, 1);
    folder.image("b.png", 12, 11, 1);
    let data = folder.image("c.npy", 12, 10, 1);
    let twice: Vec<f64> = data.iter().map(|v| f64::from(*v) * 2.0).collect();
    folder.write_npy("twice.npy", "(12, 10)", &twice);
    let fit = |image: &str, check: &str, options: &str| {
        format!("fit {image} -o f.safetensors --hidden 8 --layers 1 --steps 4 --checkpoint {check} {options}")
    };
    folder.succeed(&fit("a.png", "a.check", "--quiet"));
    folder.succeed(&fit("c.npy", "c.check", "--quiet"));
    for (image, check, options, words) in [
        ("b.png", "a.check", "", "another problem"),
        ("c.npy", "a.check", "", "another problem"),
        ("twice.npy", "c.check", "", "another problem: its image differs"),
        ("a.png", "a.check", "--seed 1", "another problem"),
        ("a.png", "a.check", "--batch 7", "another problem"),
        ("a.png", "a.check", "--hidden 9", "2 -> 2 x 8 sine -> 1, not 2 -> 2 x 9 sine -> 1"),
        ("a.png", "a.check", "--omega 29", "another omega"),
        ("a.png", "a.check", "--lr 0.1", "another problem"),
        ("a.png", "a.check", "--steps 5", "another problem"),
        ("a.png", "missing.check", "", "missing.check: there is no such checkpoint"),
        ("a.png", "a.png", "", "a.png: would replace a.png"),
    ] {
        let usage = check.ends_with("png");
        let options = options.to_string() + " --resume";
        let arguments = fit(image, check, &options);
        let arguments =
            if options.contains("--hidden 9") { arguments.replace("--hidden 8", "") } else { arguments };
        let arguments =
            if options.contains("--steps 5") { arguments.replace("--steps 4", "") } else { arguments };
        folder.fail(&arguments, if usage { 2 } else { 1 }, words);
    }
    folder.fail("fit a.png -o f.safetensors --resume", 2, "--resume: there is no checkpoint to resume");
    let whole = folder.bytes("a.check");
    for length in (0..whole.len()).step_by(whole.len() / 40) {
        std::fs::write(folder.path("cut.check"), &whole[..length]).unwrap();
        folder.fail(&fit("a.png", "cut.check", "--resume"), 1, "cut.check");
    }
}

/// A comparison cannot be resumed, so the first interrupt ends it, and no incomplete files are left.
#[test]
fn an_interrupted_comparison_ends_at_once() {
    let folder = Folder::new();
    folder.image("a.png", 48, 40, 1);
    let (code, told) =
        interrupt(&folder, "compare a.png -o out --activations sine,relu --steps 100000 --hidden 16", "-INT");
    assert_eq!(code, Some(130), "{told}");
    assert!(!folder.path("out").exists());
}
