//! Bad images, bad outputs and failed writes each give one error line, and leave no file.

use crate::common::{Folder, full_device};

const FIT: &str = "-o f.safetensors --hidden 8 --layers 1 --steps 3";

#[test]
fn images_that_are_none_are_refused() {
    let folder = Folder::new();
    folder.image("whole.png", 40, 40, 3);
    folder.image("one.png", 1, 1, 3);
    std::fs::write(folder.path("text.png"), "not an image").unwrap();
    std::fs::write(folder.path("text"), "not an image").unwrap();
    std::fs::write(folder.path("empty.png"), "").unwrap();
    std::fs::write(folder.path("cut.png"), &folder.bytes("whole.png")[..200]).unwrap();
    folder.write_npy("nan.npy", "(2, 2)", &[0.0, 1.0, f64::NAN, 2.0]);
    folder.write_npy("zero.npy", "(0, 5)", &[]);
    folder.write_npy("seven.npy", "(1, 1, 1, 1, 1, 1, 2)", &[0.0; 2]);
    for (image, words) in [
        ("missing.png", "missing.png: no such file"),
        (".", "is no frame"),
        ("text.png", "text.png: not a signal"),
        ("text", "text: not a signal"),
        ("empty.png", "empty.png: damaged or cut-off PNG file"),
        ("cut.png", "cut.png: damaged or cut-off PNG file"),
        ("one.png", "one.png: the signal is a single sample"),
        ("nan.npy", "nan.npy: 1 values are NaN"),
        ("zero.npy", "zero.npy: holds nothing"),
        ("seven.npy", "seven.npy: an array of shape (1, 1, 1, 1, 1, 1, 2)"),
    ] {
        folder.fail(&format!("fit {image} {FIT}"), 1, words);
    }
    folder.fail(&format!("fit whole.png {FIT} --resize 1x1"), 1, "whole.png: the signal is a single sample");
}

#[test]
fn outputs_are_checked_before_the_fit() {
    let folder = Folder::new();
    folder.image("a.png", 8, 8, 1);
    // A million steps: the test ends only because the fit never starts.
    let fit = |options: &str| format!("fit a.png --hidden 8 --steps 1000000 {options}");
    folder.fail(&fit("-o none/f.safetensors"), 1, "the folder none does not exist");
    folder.fail(&fit("-o ."), 1, ".: names a folder");
    folder.fail(&fit("-o a.png"), 2, "a.png: would replace a.png");
    folder.fail(&fit("-o f --log ./f"), 2, "./f: would replace f");
    folder.fail(&fit("-o a.png/f.safetensors"), 1, "is not a folder");
    folder.fail(&fit("-o f.safetensors --checkpoint none/c"), 1, "the folder none does not exist");
    folder.fail(&fit("-o f.safetensors --log none/l"), 1, "the folder none does not exist");
    if std::path::Path::new("/proc/version").exists() {
        folder.fail(&fit("-o /proc/f.safetensors"), 1, "/proc/f.safetensors: ");
        folder.fail("demo --output /proc/sinefield", 1, "/proc/sinefield: the folder");
    }
}

#[test]
fn a_full_disk_is_said_and_costs_nothing_that_was_there() {
    let Some(full) = full_device() else {
        eprintln!("skipped: this system has no /dev/full");
        return;
    };
    let folder = Folder::new();
    folder.image("a.png", 8, 8, 1);
    folder.succeed(&format!("fit a.png {FIT} --quiet"));
    folder.write_npy("p.npy", "(1, 2)", &[0.0; 2]);
    let fit = "fit a.png --hidden 8 --steps 3";
    folder.fail(&format!("{fit} -o /dev/full"), 1, "/dev/full: no space is left");
    // The field is written even if the checkpoint cannot be.
    let output = folder.run(&format!("{fit} -o kept.safetensors --checkpoint /dev/full --quiet"));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.starts_with("error: /dev/full: no space"), "{told}");
    assert_eq!(output.status.code(), Some(1));
    folder.succeed("info kept.safetensors");
    #[cfg(unix)]
    for name in ["q.png", "q.jpg", "q.npy", "q.tiff", "q.exr", "q.npz"] {
        std::os::unix::fs::symlink(full, folder.path(name)).unwrap();
        let command = if name.ends_with("npz") { "eval f.safetensors p.npy" } else { "render f.safetensors" };
        let output = folder.run(&format!("{command} -o {name}"));
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{name}: {told}");
        assert!(told.starts_with(&format!("error: {name}: no space is left")), "{told}");
        assert_eq!(told.lines().count(), 1);
    }
    // The field is written even if the log cannot be, and the failure is reported.
    let output = folder.run(&format!("{fit} -o g.safetensors --log /dev/full"));
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(told.ends_with("error: /dev/full: the log cannot be written (No space left on device (os error 28)); name another file\n"), "{told}");
    folder.succeed("info g.safetensors");
    // Errors of standard output are reported like those of a file.
    let mut command = folder.command("info f.safetensors");
    let output =
        command.stdout(std::fs::OpenOptions::new().write(true).open(full).unwrap()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("error: standard output: cannot be written"));
}

#[test]
fn a_failed_fit_leaves_the_field_that_was_there() {
    let folder = Folder::new();
    folder.image("a.png", 8, 8, 1);
    folder.succeed(&format!("fit a.png {FIT} --quiet"));
    let field = folder.bytes("f.safetensors");
    let told = folder.run("fit a.png -o f.safetensors --hidden 8 --steps 9 --lr 1e30");
    assert_eq!(told.status.code(), Some(1));
    let told = String::from_utf8(told.stderr).unwrap();
    let line = told.lines().last().unwrap();
    for words in ["error: fit: ", "has diverged", "a lower --lr", "--checkpoint f.safetensors.checkpoint"] {
        assert!(line.contains(words), "{line}");
    }
    assert_eq!(folder.bytes("f.safetensors"), field);
    // The last usable state is kept, and a fit with a lower rate continues from it.
    let resumed =
        "fit a.png -o f.safetensors --hidden 8 --steps 9 --lr 1e-3 --checkpoint f.safetensors.checkpoint";
    let report = folder.succeed(&format!("{resumed} --resume --json"));
    assert!(report.contains("\"steps\":9"), "{report}");
    assert_ne!(folder.bytes("f.safetensors"), field);
}

/// A closed pipe, as with `| head`, gives no panic and no error message.
#[test]
#[cfg(unix)]
fn a_closed_pipe_is_no_failure() {
    let folder = Folder::new();
    folder.image("a.png", 8, 8, 1);
    folder.succeed(&format!("fit a.png {FIT} --quiet"));
    for arguments in
        ["info f.safetensors", "fit a.png -o g.safetensors --hidden 8 --steps 2 --json", "--help"]
    {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let (errors_reader, errors) = std::io::pipe().unwrap();
        drop(errors_reader);
        let status = folder.command(arguments).stdout(writer).stderr(errors).status().unwrap();
        assert_eq!(status.code(), Some(0), "{arguments}");
    }
    folder.succeed("info g.safetensors");
}
