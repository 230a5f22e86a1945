use std::path::Path;

use clap::Command;
use serde_json::{Value, json};

use super::*;

/// The required entries of a job.
fn least(job: &str) -> Value {
    let mut entries = json!({ "job": job });
    for setting in Job::options(job).unwrap().get_arguments().filter(|setting| setting.is_required_set()) {
        let value = if setting.get_id() == "from" { "gradient" } else { "a" };
        entries[setting.get_id().as_str()] = value.into();
    }
    entries
}

/// The error message for an invalid job.
fn refused(entries: &Value) -> String {
    Job::from_value(entries.clone()).expect_err("it is wrong").what
}

#[test]
fn every_option_is_an_entry_of_the_same_name() {
    for job in NAMES {
        let entries = least(job);
        Job::from_value(entries.clone()).unwrap_or_else(|fault| panic!("{job}: {}", fault.what));
        for setting in Job::options(job).unwrap().get_arguments().map(Arg::get_id) {
            // No setting accepts a table. A setting that is read refuses it, and a setting that is ignored would not.
            let mut wrong = entries.clone();
            wrong[setting.as_str()] = json!({ "a": 1 });
            let what = refused(&wrong);
            assert!(what.starts_with(&format!("`{setting}`: ")), "{job}: {setting}: {what}");
        }
    }
}

/// The job of a command line.
fn of_options<J: Args>(options: &str) -> J {
    let command = J::augment_args(Command::new("job").no_binary_name(true));
    J::from_arg_matches(&command.try_get_matches_from(options.split_whitespace()).unwrap()).unwrap()
}

#[test]
fn files_and_options_say_the_same() {
    let text = r#"
        job = "fit"
        version = 1
        signal = "in.png"
        kind = "image"
        output = "f"
        seed = 7
        threads = 2
        checkpoint = "c"
        checkpoint_every = 5
        resume = true
        log = "l"
        resize = "30x20"
        gray = true
        hidden = 17
        layers = 0
        activation = "rbf"
        omega = 0.1
        first_omega = 2
        steps = 5
        optimizer = "lbfgs"
        lr = 1e-3
        schedule = "constant"
        batch = "full"
        recipe = "paper"
        target_psnr = 30
        init = "i"
    "#;
    let options = "in.png --kind image -o f --seed 7 --threads 2 --checkpoint c --checkpoint-every 5 --resume --log l --resize 30x20 \
        --gray --hidden 17 --layers 0 --activation rbf --omega 0.1 --first-omega 2 --steps 5 --optimizer lbfgs --lr 1e-3 \
        --schedule constant --batch full --recipe paper --target-psnr 30 --init i";
    let job = Job::Fit(Box::new(of_options(options)));
    assert_eq!(Job::from_toml(text), Ok(job.clone()));
    assert_eq!(Job::from_value(json!(job)), Ok(job));

    let text = r#"
        job = "render"
        field = "f"
        output = "o.npy"
        size = 40
        region = [-1, 2.5]
        at = ["z=12.5", "time=-1"]
        rate = 8000
        frames = "3:9"
        fps = 12.5
        quantity = "gradient-magnitude"
        style = "figure"
        component = "psi"
        part = "magnitude"
        limits = [-1, 2.5]
        animate = "t=60"
        camera = [-30, 12.5, 4]
    "#;
    let options = "f -o o.npy --size 40 --region=-1,2.5 --at z=12.5 --at time=-1 --rate 8000 --frames 3:9 --fps 12.5 \
        --quantity gradient-magnitude --style figure --component psi --part magnitude --limits -1,2.5 --animate t=60 \
        --camera -30,12.5,4";
    let job = Job::Render(Box::new(of_options(options)));
    assert_eq!(Job::from_toml(text), Ok(job.clone()));
    assert_eq!(Job::from_json(&json!(job).to_string()), Ok(job));
}

#[test]
fn what_is_left_out_has_the_commands_defaults() {
    let same = |job: Job, entries: &str| assert_eq!(Job::from_toml(entries), Ok(job));
    same(Job::Fit(of_options::<FitJob>("s -o f").into()), "job = 'fit'\nsignal = 's'\noutput = 'f'");
    same(
        Job::Reconstruct(of_options::<ReconstructJob>("s -o f --from laplacian").into()),
        "job = 'reconstruct'\nimage = 's'\noutput = 'f'\nfrom = 'laplacian'",
    );
    same(
        Job::Blend(of_options::<BlendJob>("a b -o f").into()),
        "job = 'blend'\nfirst = 'a'\nsecond = 'b'\noutput = 'f'",
    );
    same(
        Job::Clone(of_options::<CloneJob>("a b --mask m --at 12,-3 -o f").into()),
        "job = 'clone'\nsource = 'a'\ntarget = 'b'\nmask = 'm'\nat = [12, -3]\noutput = 'f'",
    );
    same(
        Job::Solve(of_options::<SolveJob>("p -o f --set constants.k=1").into()),
        "job = 'solve'\nproblem = 'p'\noutput = 'f'\nset = ['constants.k=1']",
    );
    same(
        Job::Compare(of_options::<CompareJob>("i -o d").into()),
        "job = 'compare'\nsignal = 'i'\noutput = 'd'",
    );
    same(
        Job::Eval(of_options::<EvalJob>("f p -o o").into()),
        "job = 'eval'\nfield = 'f'\npoints = 'p'\noutput = 'o'",
    );
    same(Job::Demo(of_options::<DemoJob>("").into()), "job = 'demo'");
    same(Job::Statistics(of_options::<StatisticsJob>("-o d").into()), "job = 'statistics'\noutput = 'd'");
}

#[test]
fn mistakes_are_told_with_their_place() {
    let fit = "job = \"fit\"\nsignal = \"s\"\noutput = \"f\"\n";
    for (line, column, more, words) in [
        (4, 1, "stepz = 3", "a fit has no setting `stepz`; did you mean `steps`?"),
        (4, 1, "first-omega = 3", "did you mean `first_omega`?"),
        (4, 1, "steps = 0", "\"0\" is not a whole number of at least 1"),
        (4, 1, "steps = 'many'", "\"many\" is not a number"),
        (4, 1, "steps = [3]", "[3] is not a number"),
        (5, 1, "layers = 2\nlr = -1", "\"-1\" is not a number above 0"),
        (4, 1, "lr = nan", "is not finite"),
        (4, 1, "omega = 1e300", "does not fit a float32"),
        (4, 1, "layers = 1.5", "invalid type: floating point"),
        (4, 1, "seed = -1", "invalid value: integer `-1`"),
        (4, 1, "gray = 'yes'", "expected a boolean"),
        (4, 1, "batch = 'half'", "\"half\" is no batch"),
        (4, 1, "resize = '3x'", "\"3x\" is not a size"),
        (4, 1, "activation = 'sinus'", "unknown activation \"sinus\""),
        (4, 1, "schedule = 'step'", "unknown variant `step`"),
        (4, 1, "kind = 'film'", "unknown kind \"film\"; one of image"),
        (4, 1, "log = 3", "expected path string"),
        (5, 1, "steps = 'x'\nlr = 'y'", "\"y\" is not a number"),
        (4, 1, "version = 2", "the job is of version 2, and this program reads version 1; get a newer"),
        (4, 1, "version = 'x'", "is no version"),
        (4, 7, "steps 3", "key with no value"),
    ] {
        let fault = Job::from_toml(&format!("{fit}{more}")).expect_err(more);
        assert!(fault.what.contains(words), "{more}: {}", fault.what);
        assert!(fault.what.contains(';') || fault.what.contains("did you mean"), "no advice: {}", fault.what);
        let place = fault.place.unwrap_or_else(|| panic!("{more}: {}", fault.what));
        assert_eq!((place.line, place.column), (line, column), "{more}: {}", fault.what);
    }
    // Required entries.
    for (text, line) in [
        ("job = 'fit'\noutput = 'f'\nsignal = 3", 3),
        ("job = 'reconstruct'\nimage = 'i'\nfrom = 'memory'\noutput = 'f'", 3),
        ("job = 'fit'\noutput = ['f']\nsignal = 's'", 2),
    ] {
        let fault = Job::from_toml(text).expect_err(text);
        assert_eq!(fault.place.map(|place| place.line), Some(line), "{text}: {}", fault.what);
    }
    for (text, words) in [
        ("", "it does not say which job it is; give job = one of fit, "),
        ("job = 'fit'", "a fit needs the setting `"),
        ("job = 'dance'", "there is no job \"dance\"; give one of fit"),
        ("job = 3", "3 is no job; give one of fit"),
    ] {
        let fault = Job::from_toml(text).expect_err(text);
        assert!(fault.what.contains(words), "{text}: {}", fault.what);
    }
    assert!(refused(&json!([1])).contains("is no table of settings"));
    assert!(Job::from_json("{").expect_err("it is cut").what.starts_with("is no JSON"));
}

#[test]
fn paths_are_named_from_the_files_folder() {
    let mut job = Job::from_value(least("solve")).unwrap();
    job.rebase(Path::new("/x"));
    let Job::Solve(solve) = &job else { panic!("{job:?}") };
    assert_eq!(
        (solve.problem.as_path(), solve.running.output.as_deref().unwrap()),
        (Path::new("/x/a"), Path::new("/x/a"))
    );
    // Every path of every job must contain the folder.
    let names = ["signal", "output", "checkpoint", "log", "init", "image", "gradient", "laplacian", "render"];
    let names: Vec<&str> = names
        .into_iter()
        .chain([
            "first", "second", "source", "target", "mask", "problem", "field", "points", "report", "mesh",
        ])
        .collect();
    for name in NAMES {
        let mut entries = least(name);
        let settings = Job::options(name).unwrap();
        let own: Vec<&str> = settings.get_arguments().map(|setting| setting.get_id().as_str()).collect();
        // The points of a fit are a number.
        let is_path = |path: &&&str| own.contains(path) && (name, **path) != ("fit", "points");
        let paths: Vec<&&str> = names.iter().filter(is_path).collect();
        paths.iter().for_each(|path| entries[**path] = "a".into());
        let mut job = Job::from_value(entries).unwrap();
        job.rebase(Path::new("/x"));
        let moved = json!(job);
        paths.iter().for_each(|path| assert_eq!(moved[**path], "/x/a", "{name}: {path}"));
    }
}
