//! The text of problem files, up to a compiled problem, and where its faults are shown to lie.

#![no_main]

use sinefield::problem::{Problem, file};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let show = |fault: &file::FileFault| {
        if let Some(place) = &fault.place {
            let _ = place.excerpt();
        }
    };
    let problem = match file::ProblemFile::parse(text, &[]) {
        Ok(problem) => problem,
        Err(fault) => return show(&fault),
    };
    let mut read = |name: &str| {
        let array = |name: &str, shape: Vec<usize>| {
            let values = vec![0.5; shape.iter().product()];
            file::DataArray { name: name.into(), shape, values, complex: false }
        };
        Ok(vec![array(name, vec![3, 2]), array("x", vec![3]), array("points", vec![3, 2])])
    };
    match problem.description(&mut read) {
        Ok(description) => {
            if let Err(error) = Problem::new(description) {
                show(&problem.locate(&error));
            }
        }
        Err(fault) => show(&fault),
    }
});
