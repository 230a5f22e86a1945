//! Problems that cannot be solved as they stand: one line with what is wrong, where it is, and what to do.

use crate::common::written;
use serde_json::Value;

const TEXT: &str = r#"
[field.u]
hidden = 8
layers = 0
form = "1 + net"

[exact]
u = "1 + x"

[[constraint]]
name = "inside"
residual = "d(u, x) - 1"
domain = { box = { x = [0, 1] } }
samples = 9

[fit]
optimizer = "gauss-newton"
steps = 12
"#;

/// `check` and `solve` of the file with `from` replaced by `to` fail with `words`.
fn wrong(from: &str, to: &str, words: &str) {
    assert!(TEXT.contains(from));
    let folder = written(&TEXT.replacen(from, to, 1));
    folder.fail("check p.toml", 1, words);
    folder.fail("solve p.toml -o u.safetensors --quiet", 1, words);
}

#[test]
fn complex_numbers_where_real_ones_are_needed() {
    let needs = "needs a real number, and this is complex; use re(), im() or abs()";
    wrong("d(u, x) - 1", "u + max(i*u, 0)", &format!("p.toml:12:21: constraint \"inside\": max() {needs}"));
    wrong(
        "1 + net",
        "1 + i*net",
        &format!("p.toml:5:9: field \"u\": in the form: value 0 of the field {needs}"),
    );
    wrong(
        "1 + x",
        "exp(i*x)",
        "p.toml:8:5: exact solution of \"u\": it is complex, but \"u\" is real; take re()",
    );
}

#[test]
fn forms_without_the_network_or_with_data() {
    let words = "error: p.toml:5:9: field \"u\": in the form: it does not use net, the output of the network, so that \
                 nothing can be fitted; multiply a part of it by net";
    wrong("1 + net", "1 + x", words);
    let data = "domain = { points = { file = \"x.csv\", coordinates = [\"x\"] } }";
    let text = TEXT.replace("domain = { box = { x = [0, 1] } }\nsamples = 9", data);
    let folder = written(&text.replace("1 + net", "f + net"));
    std::fs::write(folder.path("x.csv"), "x,f\n0,1\n1,2\n").unwrap();
    folder.fail("check p.toml", 1, "p.toml:5:9: field \"u\": in the form: \"f\" is a data column");
}

#[test]
fn polygons_that_cross_themselves() {
    let bow = "polygon = { vertices = [[0, 0], [1, 1], [1, 0], [0, 1]], coordinates = [\"x\", \"y\"] }";
    let words = "p.toml:13:10: constraint \"inside\": the domain is empty or undefined: the polygon crosses itself: the \
                 edge of the vertices 0 and 1 meets that of 2 and 3; give the vertices in order around it";
    wrong("box = { x = [0, 1] }", bow, words);
}

#[test]
fn more_rows_than_memory() {
    let folder = written(TEXT);
    let many = "solve p.toml -o u.safetensors --set constraint.0.samples=100000000000000";
    let words = "there is no memory for 100000000000000 residual rows of 25 unknowns (25939941406 MB); use fewer samples";
    folder.fail(many, 2, words);
}

#[test]
fn lbfgs_on_points_that_change() {
    let folder = written(TEXT);
    let words = "optimizer: lbfgs needs the same points at every step, and this fit draws new ones; set draw = \"fixed\" \
                 in every constraint, without adaptive, causal, windows and progress, or take another optimizer";
    folder.fail("solve p.toml -o u.safetensors --optimizer lbfgs", 2, words);
    folder.succeed("solve p.toml -o u.safetensors --optimizer lbfgs --quiet --set constraint.0.draw=fixed");
}

/// The optimizer is not to blame, and no state is worth keeping.
#[test]
fn a_loss_that_is_not_finite_before_the_first_step() {
    for optimizer in ["gauss-newton", "adam"] {
        let folder = written(&TEXT.replace("d(u, x) - 1", "log(-1 - u^2)"));
        let words = "error: fit: the loss of \"inside\" is NaN before the first step; write the residual so that it is finite";
        folder.fail(&format!("solve p.toml -o u.safetensors --quiet --optimizer {optimizer}"), 1, words);
    }
}

/// Rows that are all zero, and a kernel without full rank: nothing to do, and nothing that is not finite.
#[test]
fn rows_that_are_zero_or_repeat_each_other() {
    let solve = |residual: &str| -> Value {
        let smooth = TEXT.replace("layers = 0", "layers = 0\nomega = 3\nfirst_omega = 3");
        let folder = written(&smooth.replace("d(u, x) - 1", residual));
        let report = folder.succeed("solve p.toml -o u.safetensors --json --quiet");
        serde_json::from_str(&report).unwrap()
    };
    let zero = solve("d(u, x)*floor(0.5*sin(x)^2)");
    assert_eq!((&zero["final_loss"], &zero["stopped_by"]), (&0.0.into(), &"converged".into()), "{zero}");
    let repeated = solve("[u - 1 - x, u - 1 - x, 2*(u - 1 - x)]");
    assert!(repeated["error"].as_f64().unwrap() < 1e-3, "{repeated}");
}

/// A name becomes part of the name of a file.
#[test]
fn names_that_the_language_cannot_write() {
    for name in ["../x", "a/b", "", "a b", "-u", "1u"] {
        let folder = written(&TEXT.replace("[field.u]", &format!("[field.\"{name}\"]")));
        let words =
            format!("field \"{name}\": \"{name}\" is no name; names have letters, digits and underscores");
        folder.fail("check p.toml", 1, &words);
    }
    let folder = written(TEXT);
    let words = "the setting \"field.v.hidden=3\" is of a field \"v\", and the file has u";
    folder.fail("solve p.toml -o u.safetensors --set field.v.hidden=3", 1, words);
}

/// A known solution with a place where it is not finite: the fit goes on, and says why it has no error.
#[test]
fn an_exact_solution_that_is_not_finite() {
    let folder = written(&TEXT.replace("1 + x", "1/0*x"));
    let told = folder.succeed("solve p.toml -o u.safetensors --steps 2");
    assert!(!folder.succeed("solve p.toml -o u.safetensors --steps 2 --json --quiet").contains("error"));
    assert!(
        told.contains("no error: an exact solution or a field is not finite at all of the points"),
        "{told}"
    );
}

/// What a fit cannot begin with, `check` refuses too.
#[test]
fn check_refuses_what_solve_refuses() {
    let folder = written(TEXT);
    let words = "optimizer: lbfgs needs the same points at every step";
    folder.fail("check p.toml --set fit.optimizer=lbfgs", 2, words);
    let words = "gauss-newton needs residual rows";
    folder.fail("check p.toml --set fit.optimizer=gauss-newton --set constraint.0.norm=l1", 2, words);
}

/// `check` gives the rows also for another method. They are null where the norm has no rows.
#[test]
fn check_says_what_gauss_newton_needs() {
    let folder = written(TEXT);
    let checked = |arguments: &str| -> Value {
        serde_json::from_str(&folder.succeed(&format!("check p.toml --json --set fit.optimizer={arguments}")))
            .unwrap()
    };
    for optimizer in ["gauss-newton", "adam"] {
        let told = &checked(optimizer)["gauss_newton"];
        assert_eq!((&told["rows"], &told["unknowns"]), (&9.into(), &25.into()), "{told}");
        assert!(told["memory_bytes"].as_u64().unwrap() >= 9 * 25 * 8, "{told}");
    }
    let told = checked("adam --set constraint.0.norm=l1");
    assert!(told["gauss_newton"].is_null() && told["optimizer"] == "adam", "{told}");
}
