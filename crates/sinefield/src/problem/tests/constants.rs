//! Constants and other entries of problem files that are numbers, lists or tables.

use super::*;
use crate::problem::file::ProblemFile;

/// A problem of one field, with these constants and residual.
fn text(constants: &str, residual: &str) -> String {
    format!(
        "[field.u]\nhidden = 3\nlayers = 0\n[constants]\n{constants}\n[[constraint]]\nresidual = \"{residual}\"\n\
         domain = {{ box = {{ x = [0, 1] }} }}\nsamples = 3\n"
    )
}

fn fault(text: &str) -> String {
    ProblemFile::parse(text, &[]).unwrap_err().to_string()
}

/// The number of real numbers of a residual at a point.
fn width(constants: &str, residual: &str) -> usize {
    let file = ProblemFile::parse(&text(constants, residual), &[]).unwrap();
    let problem = Problem::new(file.description(&mut |_| Err("no data".into())).unwrap()).unwrap();
    problem.constraints[0].program.width()
}

#[test]
fn lists_are_vectors_and_tables_are_complex_numbers() {
    for (constant, residual, expected) in [
        ("c = 1.5", "u*c", 1),
        ("c = [1.5]", "u*c", 1),
        ("c = [1.5, 2]", "u*c", 2),
        ("c = [1, 2]", "c[1]*u", 1),
        ("c = [1, 2, 3]", "u*c", 3),
        ("c = { im = 2.0 }", "u*c", 2),
        ("c = { re = 1.5, im = 2.0 }", "u*c", 2),
        ("c = [{ re = 1.5, im = 2.0 }, 1]", "u*c", 4),
    ] {
        assert_eq!(width(constant, residual), expected, "{constant}, {residual}");
    }
}

#[test]
fn lists_are_no_numbers_and_no_tables() {
    for constant in
        ["c = [[1, 2], 3]", "c = { re = 1.0 }", "c = { re = 1.0, im = 2.0, abs = 3.0 }", "c = true"]
    {
        let fault = fault(&text(constant, "u*c"));
        assert!(fault.contains("a constant must be a number, as 1.5 or {"), "{constant}: {fault}");
    }
    for (entry, told) in [
        ("adaptive = [1, 1, 4, 100]", "adaptive must be true, or a table"),
        ("causal = [\"x\", 8, 5]", "expected a table"),
        ("windows = [\"x\", 2]", "expected a table"),
    ] {
        let fault = fault(&format!("{}{entry}\n", text("c = 1", "u*c")));
        assert!(fault.contains(told), "{entry}: {fault}");
    }
    for initial in ["[1, 2]", "{ re = 1.0, im = 2.0 }", "\"1\""] {
        let fault = fault(&format!("trainable.q = {initial}\n{}", text("c = 1", "u*c*q")));
        assert!(fault.contains("a trainable number must be a real number, as 1.5"), "{initial}: {fault}");
    }
}

/// A coordinate may have the name of a domain.
#[test]
fn what_has_no_boundary_is_named() {
    let near = text("c = 1", "u*c").replace("{ box = { x = [0, 1] } }", "{ boundary = { near = [0, 1] } }");
    ProblemFile::parse(&near, &[]).unwrap();
    assert!(fault(&near.replace("[0, 1]", "[0]")).contains("a side must be [low, high] or a number"));
    for other in ["near = { points = \"p.csv\", distance = 1 }", "grid = { x = [0, 1, 3] }"] {
        let text = text("c = 1", "u*c").replace("box = { x = [0, 1] }", &format!("boundary = {{ {other} }}"));
        assert!(
            fault(&text).contains("has no boundary; give a shape, or a box by its sides"),
            "{}",
            fault(&text)
        );
    }
}
