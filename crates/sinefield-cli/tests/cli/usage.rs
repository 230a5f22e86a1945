//! Errors of the command line give one line and the exit code 2.

use crate::common::Folder;

#[test]
fn every_option_says_what_it_takes() {
    let folder = Folder::new();
    folder.image("a.png", 8, 8, 1);
    for (options, words) in [
        ("--threads 0", "--threads: \"0\" is not a whole number of at least 1"),
        ("--threads 100000", "--threads: \"100000\" is more than 1024"),
        ("--threads -1", "--threads: \"-1\" is not"),
        ("--lr 0", "--lr: \"0\" is not a number above 0"),
        ("--lr -0.1", "--lr: \"-0.1\" is not a number above 0"),
        ("--lr nan", "--lr: \"nan\" is not a number above 0"),
        ("--lr inf", "--lr: \"inf\" is not a number above 0"),
        ("--lr fast", "--lr: \"fast\" is not a number above 0"),
        ("--lr", "--lr: its value is missing"),
        ("--steps 0", "--steps: \"0\" is not"),
        ("--steps 1.5", "--steps: \"1.5\" is not"),
        ("--hidden 0", "--hidden: \"0\" is not"),
        ("--hidden 99999", "network: width is 99999"),
        ("--layers -1", "--layers: \"-1\" is not a whole number of at least 0"),
        ("--omega 0", "--omega: \"0\" is not a number above 0"),
        ("--omega 1e300", "--omega: \"1e300\" does not fit a float32"),
        ("--activation sinus", "--activation: unknown activation \"sinus\"; one of sine"),
        ("--optimizer sgd", "--optimizer: unknown optimizer \"sgd\"; one of adam"),
        ("--schedule step", "--schedule: unknown schedule \"step\"; one of cosine, constant"),
        ("--recipe own", "--recipe: \"own\" is unknown; give one of paper"),
        ("--batch half", "--batch: \"half\" is no batch"),
        ("--batch 0", "--batch: \"0\" is no batch"),
        ("--resize 0", "--resize: \"0\" is not a size"),
        ("--resize 10x", "--resize: \"10x\" is not a size"),
        ("--target-psnr -3", "--target-psnr: \"-3\" is not a number above 0"),
        ("--seed -3", "--seed: \"-3\" is not a whole number"),
        ("--resume", "--resume: there is no checkpoint to resume"),
        ("--lrr 1", "--lrr: there is no such option or argument; did you mean --lr?"),
        ("b.png", "b.png: there is no such option or argument"),
        ("--steps 3 --steps 4", "--steps: is given twice"),
        ("--resize -3", "--resize: \"-3\" is not a size"),
    ] {
        folder.fail(&format!("fit a.png -o f.safetensors {options}"), 2, words);
    }
    folder.fail("fit a.png", 2, "--output <FIELD>: must be given");
    folder.fail("fit", 2, "--output <FIELD>, <SIGNAL>: must be given");
    folder.fail("fitt", 2, "fitt: there is no such command; did you mean fit?");
    folder.fail("rendr", 2, "rendr: there is no such command; did you mean render?");
    folder.fail("fit a.png -o f.png", 2, "f.png: a field is no picture");
    folder.fail(
        "bench --workload image,wild",
        2,
        "--workload: \"wild\" is no workload; give some of image, gradient",
    );
    folder.fail("bench --steps 0", 2, "--steps: \"0\"");
    folder.fail("demo --steps 0", 2, "--steps: \"0\"");
}

#[test]
fn help_names_every_command_and_version_is_told() {
    let folder = Folder::new();
    let help = folder.succeed("--help");
    for command in ["fit", "render", "eval", "run", "info", "bench", "compare", "statistics", "demo"] {
        assert!(help.contains(&format!("\n  {command}")), "{help}");
        // Every option must have a help text.
        let own = folder.succeed(&format!("{command} -h"));
        let lines: Vec<&str> = own.lines().map(str::trim).collect();
        for (line, next) in lines.iter().zip(&lines[1..]).filter(|(line, _)| line.starts_with('-')) {
            // The text is beside the option, or below it if the options are long.
            let words = line.split_once("  ").map_or(*next, |(_, rest)| rest.trim());
            assert!(words.contains(' '), "{command}: {line}");
        }
    }
    assert_eq!(folder.succeed("--version"), format!("sinefield {}\n", env!("CARGO_PKG_VERSION")));
    let fit = folder.succeed("fit --help");
    for words in ["[default: 256]", "for an image 0.0022,", "cosine for a signal]", "from 300 to 1500"] {
        assert!(fit.contains(words), "{words}");
    }
}

#[test]
fn bench_reports_one_object_or_several() {
    let folder = Folder::new();
    let one = folder.succeed("bench --workload narrow --steps 1 --json");
    let report: serde_json::Value = serde_json::from_str(&one).unwrap();
    for key in ["milliseconds_per_step", "gflops", "fraction_of_peak", "points_per_second", "peak_gflops"] {
        assert!(report[key].as_f64().unwrap() > 0.0, "{report}");
    }
    let two = folder.succeed("bench --workload narrow,image --steps 1 --threads 2 --json");
    let reports: serde_json::Value = serde_json::from_str(&two).unwrap();
    assert_eq!((&reports[0]["workload"], &reports[1]["workload"]), (&"narrow".into(), &"image".into()));
    let table = folder.succeed("bench --workload narrow --steps 1");
    assert!(table.lines().nth(1).unwrap().starts_with("workload"), "{table}");
    assert!(table.lines().nth(2).unwrap().starts_with("narrow "), "{table}");
}

#[test]
fn demo_writes_what_it_names() {
    let folder = Folder::new();
    let told = folder.succeed("demo --steps 2 --output out");
    let names = [
        "field.safetensors",
        "photograph.png",
        "render.png",
        "photograph-gradient.png",
        "field-gradient.png",
        "photograph-laplacian.png",
        "field-laplacian.png",
        "overview.png",
    ];
    assert_eq!(told.lines().count(), names.len());
    for name in names {
        assert!(told.contains(&format!("wrote out/{name}: ")), "{told}");
        assert!(folder.path("out").join(name).exists());
    }
    assert_eq!(std::fs::read_dir(folder.path("out")).unwrap().count(), names.len());
    let overview = sinefield_media::Image::read(folder.path("out/overview.png")).unwrap();
    assert_eq!((overview.rows, overview.columns, overview.channels), (3 * 256 + 32, 2 * 256 + 24, 1));
    assert!(told.contains(" dB, SSIM "), "{told}");
}
