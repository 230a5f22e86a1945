//! Fits without files: signals in memory, fields in reports.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use sinefield::engine::cpu::CpuEngine;
use sinefield::field::Field;
use sinefield_jobs::{Job, JobError, Rates, Report};
use sinefield_media::{write_npy, write_sound};

fn engine() -> Arc<CpuEngine> {
    Arc::new(CpuEngine::new(Some(1)).unwrap())
}

fn run(job: &Job) -> Report {
    job.plan(engine(), &mut ()).unwrap().run(&mut ()).unwrap()
}

/// Runs a fit of the file content `bytes`.
fn fit(entries: serde_json::Value, bytes: Vec<u8>, rates: Rates) -> Result<Report, JobError> {
    let Job::Fit(fit) = Job::from_value(entries).unwrap() else { panic!("it is a fit") };
    fit.plan_bytes(bytes, rates, engine())?.run(&mut ())
}

fn saved(path: &Path, field: &Field) -> Vec<u8> {
    field.save(path).unwrap();
    fs::read(path).unwrap()
}

#[test]
fn a_field_in_a_report_is_the_one_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let ramp: Vec<f32> = (0..9 * 7 * 3).map(|i| (i as f32 * 0.37).sin()).collect();
    write_npy(at("image.npy"), &[9, 7, 3], &ramp).unwrap();
    let settings = json!({ "job": "fit", "signal": at("image.npy"), "hidden": 8, "layers": 1, "steps": 7 });
    for more in [json!({}), json!({ "gray": true, "resize": 5 })] {
        let mut entries = settings.clone();
        entries.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let kept = run(&Job::from_value(entries.clone()).unwrap());
        let bytes = fs::read(at("image.npy")).unwrap();
        let read = fit(entries.clone(), bytes, Rates::default()).unwrap();
        entries["output"] = json!(at("f.safetensors"));
        let written = run(&Job::from_value(entries).unwrap());

        let file = fs::read(at("f.safetensors")).unwrap();
        for report in [&kept, &read, &written] {
            let [(name, field)] = &report.fields[..] else { panic!("{:?}", report.fields) };
            assert_eq!(name, "field");
            assert_eq!(saved(&at("g.safetensors"), field), file);
        }
        assert!(written.words.starts_with("wrote ") && !kept.words.contains("wrote"), "{}", kept.words);
    }
    // A job file must name its output.
    let fault = Job::from_toml("job = 'fit'\nsignal = 's'").unwrap_err();
    assert!(fault.what.contains("needs the setting `output`"), "{}", fault.what);
}

#[test]
fn an_array_with_a_rate_is_the_sound_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    // Sixteen bits hold these numbers exactly.
    let tone: Vec<f32> = (0..2 * 301).map(|i| ((i * 37) % 201) as f32 / 256.0 - 0.25).collect();
    assert_eq!(write_sound(at("s.wav"), 8000, 2, &tone).unwrap().clipped, 0);
    write_npy(at("s.npy"), &[301, 2], &tone).unwrap();
    let settings =
        |signal: &str| json!({ "job": "fit", "signal": signal, "hidden": 8, "layers": 1, "steps": 5 });
    let rates = Rates { rate_hz: Some(8000.0), ..Rates::default() };
    let array = fit(settings("s.wav"), fs::read(at("s.npy")).unwrap(), rates).unwrap();
    let file = fit(settings("s.wav"), fs::read(at("s.wav")).unwrap(), Rates::default()).unwrap();
    assert_eq!(array.fields[0].1.meta, file.fields[0].1.meta);
    assert_eq!(array.fields[0].1.parameters(), file.fields[0].1.parameters());

    let bytes = || fs::read(at("s.npy")).unwrap();
    for (rate, words) in [(0.0, "`rate`: makes a sound"), (f64::NAN, "`rate`: makes a sound")] {
        let rates = Rates { rate_hz: Some(rate), ..rates };
        let error = fit(settings("s"), bytes(), rates).unwrap_err().to_string();
        assert!(error.starts_with(words), "{error}");
    }
    let rates = Rates { rate_hz: None, fps: Some(25.0), range: None };
    let error = fit(settings("s"), bytes(), rates).unwrap_err().to_string();
    assert!(error.starts_with("`fps`: makes a video"), "{error}");
}

#[test]
fn frames_in_memory_are_a_video() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("frames.npy");
    let values: Vec<f32> = (0..5 * 6 * 7 * 3).map(|i| ((i % 11) as f32) / 10.0).collect();
    write_npy(&path, &[5, 6, 7, 3], &values).unwrap();
    let rates = Rates { rate_hz: None, fps: Some(25.0), range: Some((0.0, 1.0)) };
    let entries = json!({ "job": "fit", "signal": "frames", "hidden": 8, "layers": 1, "steps": 5 });
    let report = fit(entries, fs::read(&path).unwrap(), rates).unwrap();
    assert!(report.numbers["psnr_deviation_db"].is_number(), "{:?}", report.numbers);
    let meta = &report.fields[0].1.meta;
    assert_eq!(
        meta.axes.iter().map(|axis| axis.name.as_str()).collect::<Vec<_>>(),
        ["time", "row", "column"]
    );
    assert_eq!(report.fields[0].1.architecture().outputs(), 3);
}

#[test]
fn a_fit_that_diverges_hands_its_last_usable_field_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.npy");
    let ramp: Vec<f32> = (0..20).map(|i| i as f32 / 20.0).collect();
    write_npy(&path, &[4, 5], &ramp).unwrap();
    let entries = json!({ "job": "fit", "signal": path, "hidden": 8, "layers": 1, "steps": 50, "lr": 1e30,
        "activation": "relu" });
    let plan = Job::from_value(entries).unwrap().plan(engine(), &mut ()).unwrap();
    match plan.run(&mut ()) {
        Err(JobError::Diverged { what, step, fields }) => {
            assert!(what.contains("`lr`") && step < 50, "{what}");
            assert!(fields[0].parameters().iter().all(|p| p.is_finite()));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is written");
}
