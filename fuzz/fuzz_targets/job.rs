//! The text of job files in both forms, and where their faults are shown to lie.

#![no_main]

use sinefield_jobs::Job;

libfuzzer_sys::fuzz_target!(|text: &str| {
    for read in [Job::from_toml(text), Job::from_json(text)] {
        match read {
            Err(fault) => {
                if let Some(place) = &fault.place {
                    let _ = place.excerpt();
                }
            }
            // A job that is read can be written and read again.
            Ok(job) => {
                let text = serde_json::to_string(&job).expect("a job is written");
                assert_eq!(Job::from_json(&text), Ok(job));
            }
        }
    }
});
