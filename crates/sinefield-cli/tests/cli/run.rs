//! Job files: the same bits as the commands, and errors in one line.

use crate::common::Folder;

#[test]
fn a_job_in_a_file_is_the_command() {
    let folder = Folder::new();
    folder.image("a.png", 24, 20, 3);
    let options = "--hidden 16 --layers 1 --steps 20 --seed 3";
    folder.succeed(&format!("fit a.png -o one.safetensors {options} --quiet"));
    folder.succeed("render one.safetensors -o one.npy --size 9x7 --quantity gradient");
    std::fs::create_dir(folder.path("jobs")).unwrap();
    let fit = "job = 'fit'\nsignal = '../a.png'\noutput = '../two.safetensors'\nhidden = 16\nlayers = 1\nsteps = 20\nseed = 3";
    std::fs::write(folder.path("jobs/fit.toml"), fit).unwrap();
    let render = r#"{"job": "render", "field": "../two.safetensors", "output": "../two.npy", "size": "9x7",
        "quantity": "gradient"}"#;
    std::fs::write(folder.path("jobs/render.json"), render).unwrap();
    // The render is planned after its field has been written.
    let told = folder.succeed("run jobs/fit.toml jobs/render.json");
    assert!(told.contains("two.safetensors: ") && told.contains("two.npy: gradient"), "{told}");
    assert_eq!(folder.bytes("one.safetensors"), folder.bytes("two.safetensors"));
    assert_eq!(folder.bytes("one.npy"), folder.bytes("two.npy"));

    let plan = folder.succeed("run jobs/fit.toml --dry-run --json");
    let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    assert_eq!((&plan["steps"], &plan["kind"]), (&20.into(), &"image".into()));
    assert_eq!(plan["parameters"], (2 + 1) * 16 + 17 * 16 + 17 * 3);
}

#[test]
fn every_fit_has_a_plan_that_writes_nothing() {
    let folder = Folder::new();
    folder.image("a.png", 16, 12, 1);
    std::fs::write(
        folder.path("p.toml"),
        "[field.u]\nhidden = 8\n[[constraint]]\nresidual = 'd(u,x,x) - 1'\ndomain = { box = { x = [0, 1] } }\nsamples = 17",
    )
    .unwrap();
    for command in [
        "fit a.png -o f",
        "reconstruct a.png --from gradient -o f",
        "reconstruct a.png --from laplacian -o f",
        "blend a.png a.png -o f",
        "solve p.toml -o f",
    ] {
        let plan = folder.succeed(&format!("{command} --dry-run"));
        assert!(plan.contains("MB of memory and ") && plan.contains("nothing is written"), "{plan}");
        assert!(!folder.path("f").exists());
        let plan = folder.succeed(&format!("{command} --dry-run --json"));
        let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
        for key in ["parameters", "steps", "memory_bytes", "estimated_seconds"] {
            assert!(plan[key].as_f64().unwrap() > 0.0, "{command}: {plan}");
        }
    }
}

#[test]
fn jobs_that_follow_one_another_are_planned_as_far_as_they_can_be() {
    let folder = Folder::new();
    folder.image("a.png", 8, 8, 1);
    std::fs::write(
        folder.path("fit.toml"),
        "job = 'fit'\nsignal = 'a.png'\noutput = 'f'\nhidden = 8\nsteps = 2",
    )
    .unwrap();
    std::fs::write(folder.path("render.toml"), "job = 'render'\nfield = 'f'\noutput = 'r.png'").unwrap();
    let output = folder.run("run fit.toml render.toml --dry-run");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && told.contains("render.toml: reads what an earlier job writes"),
        "{told}"
    );
    folder.succeed("run fit.toml render.toml");

    std::fs::write(folder.path("self.toml"), "job = 'fit'\nsignal = 'a.png'\noutput = './self.toml'")
        .unwrap();
    folder.fail("run self.toml", 1, "self.toml: it names a job file");
}

#[test]
fn what_is_wrong_with_a_job_file_is_one_line() {
    let folder = Folder::new();
    folder.image("a.png", 8, 8, 1);
    let fit = "job = 'fit'\nsignal = 'a.png'\noutput = 'f.safetensors'\n";
    for (text, code, words) in [
        (format!("{fit}stepz = 3"), 1, "j.toml:4:1: a fit has no setting `stepz`; did you mean `steps`?"),
        (format!("{fit}steps = 'many'"), 1, "j.toml:4:1: \"many\" is not a number"),
        (format!("{fit}version = 9"), 1, "j.toml:4:1: the job is of version 9"),
        (fit.replace("a.png", "b.png"), 1, "b.png: no such file"),
        (format!("{fit}batch = 0"), 1, "j.toml:4:1: \"0\" is no batch"),
        (
            format!("{fit}resume = true"),
            2,
            "j.toml: `resume`: there is no checkpoint to resume; give `checkpoint` FILE",
        ),
        (format!("{fit}hidden = 99999"), 2, "j.toml: network: width is 99999"),
        ("job = 'fit'\noutput = 'f'".into(), 1, "j.toml: a fit needs the setting `signal`"),
        ("\u{feff}{".into(), 1, "j.toml:1:"),
    ] {
        std::fs::write(folder.path("j.toml"), &text).unwrap();
        let output = folder.run("run j.toml --quiet");
        let told = String::from_utf8(output.stderr).unwrap();
        let line = told.lines().last().unwrap_or_default();
        assert_eq!(output.status.code(), Some(code), "{text}: {told}");
        assert!(line.starts_with("error: ") && line.contains(words), "{text}: {told}");
        assert!(!folder.path("f.safetensors").exists());
    }
    folder.fail("run none.toml", 1, "none.toml: no such file; check the name");
    folder.fail("run a.png", 1, "a.png: is not text; give a job file in TOML");
    folder.fail("run .", 1, ".: cannot be read");
    let told = String::from_utf8(folder.run("run none.toml").stderr).unwrap();
    assert!(told.starts_with("error: none.toml: no such file"), "{told}");
    folder.fail("run", 2, "<JOB.toml>...: must be given");
}
