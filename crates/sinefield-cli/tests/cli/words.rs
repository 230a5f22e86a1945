//! What `check` says of the method, and what `solve` says of its steps, its losses and its limit.

use crate::common::{Folder, written};
use serde_json::Value;

const TEXT: &str = r#"
[field.u]
hidden = 8
layers = 1
omega = 3
first_omega = 3

[exact]
u = "sin(2*x)"

[[constraint]]
name = "values"
residual = "u - sin(2*x)"
domain = { grid = { x = [0, 1, 9] } }

[fit]
optimizer = "gauss-newton"
steps = 12
"#;

/// The solution at the places of the grid.
fn wanted() -> Vec<f64> {
    (0..9).map(|i| (f64::from(i) / 4.0).sin()).collect()
}

/// The values of the field `u.safetensors` at the places of the grid, in float64.
fn found(folder: &Folder) -> Vec<f64> {
    let places: Vec<f64> = (0..9).map(|i| f64::from(i) / 8.0).collect();
    folder.write_npy("x.npy", "(9,)", &places);
    folder.succeed("eval u.safetensors x.npy -o v.npz --quantities value --precision f64 --quiet");
    folder.npz("v.npz", "value").1
}

fn squares(values: impl Iterator<Item = f64>) -> f64 {
    values.map(|value| value * value).sum()
}

/// What follows `mark` in `told`, up to the next space, comma or end of the line, as a number.
fn number(told: &str, mark: &str) -> f64 {
    let (_, after) = told.split_once(mark).unwrap_or_else(|| panic!("no \"{mark}\" in {told}"));
    after.split([' ', ',', '\n']).next().unwrap().parse().unwrap()
}

/// Near 1000, the numbers of float32 are multiples of 2^-14. No field gets closer to the solution than the nearest multiple.
#[test]
fn a_solution_says_that_float32_was_its_limit() {
    let spacing = 2f64.powi(-14);
    let rounding = |u: &f64| (u / spacing).round() * spacing - u;
    let least = squares(wanted().iter().map(rounding)) / 9.0;
    let folder = written(&TEXT.replace("u - sin(2*x)", "(u + 1000) - 1000 - sin(2*x)"));
    let solve = |arguments: &str| -> (String, Value) {
        let command = format!("solve p.toml -o u.safetensors --threads 1 {arguments}");
        let report = folder.succeed(&format!("{command} --json --quiet"));
        (folder.succeed(&command), serde_json::from_str(&report).unwrap())
    };
    // The rounding of the residual beside the residual. That of sin(2*x) is 500 times smaller.
    let part = || {
        let values = found(&folder);
        let residual = values.iter().zip(wanted()).map(|(u, exact)| u - exact);
        (squares(values.iter().map(rounding)) / squares(residual)).sqrt()
    };
    let close = |report: &Value, part: f64| (report["rounding"].as_f64().unwrap() / part - 1.0).abs() < 1e-2;

    let (told, report) = solve("");
    assert!(report["final_loss"].as_f64().unwrap() > 0.98 * least, "{report} for {least:e}");
    let limited = part();
    assert!(limited > 0.3 && close(&report, limited), "{report} for {limited}");
    let percent = 100.0 * report["rounding"].as_f64().unwrap().min(1.0);
    let last = format!(
        "  float32 is the limit: rounding is {percent:.0} % of what is left of the residual; set precision to f64 to go on"
    );
    assert_eq!(told.lines().next_back(), Some(last.as_str()));

    // Far from the solution, nothing is said.
    let (told, report) = solve("--steps 2");
    let rough = part();
    assert!(rough < 0.1 && close(&report, rough), "{report} for {rough}");
    assert!(!told.contains("float32"), "{told}");

    let (told, report) = solve("--precision f64");
    assert!(report["final_loss"].as_f64().unwrap() < 1e-3 * least, "{report} for {least:e}");
    assert!(report.get("rounding").is_none() && !told.contains("float32"), "{report}, {told}");
}

/// The network has 16 + 72 + 9 parameters, and 4 + 6 + 3 with a width of 2.
#[test]
fn check_says_the_method_and_what_speaks_for_another() {
    let folder = written(TEXT);
    let lines = |arguments: &str| -> Vec<String> {
        let told = folder.succeed(&format!("check p.toml {arguments}"));
        told.lines().skip_while(|line| !line.starts_with("method ")).map(str::to_string).collect()
    };
    let rows = |line: &str, start: &str, end: &str| {
        assert!(line.starts_with(&format!("  rows       {start}")) && line.ends_with(end), "{line}");
    };

    let told = lines("");
    assert_eq!(told[0], "method gauss-newton");
    rows(&told[1], "9 rows of 97 unknowns, ", "; more unknowns than rows, as it should be");
    let told = lines("--set field.u.hidden=2 --set constraint.0.domain.grid.x=[0,1,13]");
    let wider = "; wider fields, with more unknowns than rows, reach more digits";
    rows(&told[1], "13 rows of 13 unknowns, ", wider);

    let told = lines("--set fit.optimizer=ssbroyden");
    assert_eq!(told[0], "method ssbroyden");
    assert_eq!(told[1], "  keeps      inverse Hessian of 97 unknowns, 1 MB");
    let fewer = "; gauss-newton usually reaches more digits in fewer steps";
    rows(&told[2], "9 rows of 97 unknowns, ", fewer);
    // Derivatives of 100,000 rows for 25 unknowns are few, and for 16,897 unknowns 13 GB of float64.
    let many = "--set fit.optimizer=adam --set constraint.0.domain.grid.x=[0,1,100000]";
    rows(&lines(&format!("{many} --set field.u.layers=0"))[1], "100,000 rows of 25 unknowns, ", fewer);
    let told = lines(&format!("{many} --set field.u.hidden=128"));
    rows(&told[1], "100,000 rows of 16,897 unknowns, ", "; that is much for gauss-newton");

    for optimizer in ["adam", "ssbroyden"] {
        let told = lines(&format!("--set fit.optimizer={optimizer} --set constraint.0.norm=l1"));
        let none = "  rows       none for gauss-newton: gauss-newton needs residual rows, but \"values\" does not have \
                    them; take another optimizer, or the norm l2 in a problem";
        assert!(told[0].starts_with(&format!("method {optimizer}")), "{told:?}");
        assert!(told.iter().any(|line| line == none), "{told:?}");
    }
}

/// The residual is the difference from the solution at the same places, so that the error of a step is the loss of the next.
#[test]
fn progress_has_the_rows_the_damping_the_length_and_the_error() {
    let folder = written(TEXT);
    let steps = |arguments: &str| -> (Vec<String>, String) {
        let output = folder.run(&format!("solve p.toml -o u.safetensors --threads 1 {arguments}"));
        let told = String::from_utf8(output.stderr).unwrap();
        let shown = told.lines().filter(|line| line.starts_with("step ")).map(str::to_string).collect();
        (shown, String::from_utf8(output.stdout).unwrap())
    };

    let (shown, told) = steps("--steps 5");
    assert_eq!(shown.len(), 5, "{shown:?}");
    let mean = squares(wanted().into_iter()) / 9.0;
    for (at, line) in shown.iter().enumerate() {
        let parts: Vec<&str> = line.split("  ").collect();
        assert_eq!((parts.len(), parts[0]), (5, format!("step {}/5", at + 1).as_str()), "{line}");
        assert!(parts[3].starts_with("9 rows, damping ") && parts[4].ends_with(" left"), "{line}");
        // A line search begins with the length 1 and halves it.
        let length = number(parts[3], ", length ");
        assert!(length > 0.0 && length <= 1.0 && length.log2().fract() == 0.0, "{line}");
        if let Some(next) = shown.get(at + 1) {
            // The error has two more digits than its first.
            let ratio = number(next, "loss ") / (number(line, "error ").powi(2) * mean);
            assert!((ratio - 1.0).abs() < 2e-2, "{line}, {next}");
        }
    }
    // The damping begins at its default, and falls by a factor of 3 after a step that did what the linear model said.
    assert_eq!(number(&shown[0], "damping "), 1e-10);
    assert_eq!(number(&shown[1], "damping "), 3e-11);
    let values = found(&folder);
    let apart = squares(values.iter().zip(wanted()).map(|(u, exact)| u - exact));
    let error = format!("{:.2e}", (apart / squares(wanted().into_iter())).sqrt());
    assert!(shown[4].contains(&format!("  error {error}  ")), "{} for {error}", shown[4]);
    assert!(told.contains(&format!("\n  relative L2 error {error}")), "{told} for {error}");

    let (shown, _) = steps("--optimizer adam --steps 3");
    assert!(shown[2].ends_with(" left") && shown[2].contains(" points/s  "), "{shown:?}");
    assert!(!shown.iter().any(|line| line.contains("rows") || line.contains("damping")), "{shown:?}");
}

/// A residual of 2 at all points, with a weight of 3, has the loss 12 whatever the field is.
#[test]
fn a_report_has_the_loss_of_each_constraint() {
    let two = "[[constraint]]\nname = \"two\"\nresidual = \"floor(0.5*sin(u)^2) + 2\"\nweight = 3\n\
               domain = { grid = { x = [0, 1, 9] } }\n";
    let folder = written(&TEXT.replace("[fit]", &format!("{two}[fit]")));
    let told = folder.succeed("solve p.toml -o u.safetensors --steps 2");
    let (whole, values) = (number(&told, "loss "), number(&told, "\n  values: "));
    assert!(told.contains("\n  two: 1.200e1\n"), "{told}");
    // Losses have three more digits than their first.
    assert!((whole - 12.0 - values).abs() < 6e-3, "{told}");
}
