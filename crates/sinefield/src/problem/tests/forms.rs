//! Forms in problems: residuals over them, what is saved of them, and their errors with places.

use super::*;
use crate::engine::reference;
use crate::problem::file::ProblemFile;
use crate::render::{Coordinates, Quantity, at_points_exactly};

const FILE: &str = r#"
[field.u]
hidden = 11
layers = 1
omega = 2
first_omega = 2
coordinates = ["t", "x"]
form = "t*ramp*net + g"
range = { t = [0, 2] }

[constants]
k = 0.7

[definitions]
ramp = "x*(1 - x)*k"
g = "sin(pi*x)"
c = "k + 1"

[[constraint]]
residual = "d(u, t) - d(u, x, x)*u + 0.1*d(u, t, x) - c"
domain = { box = { t = [0, 2], x = [0, 1] } }
samples = 50
draw = "fixed"
"#;

fn problem(text: &str) -> Result<Problem, String> {
    let file = ProblemFile::parse(text, &[]).map_err(|fault| fault.to_string())?;
    let description = file.description(&mut |file| Err(file.into())).map_err(|fault| fault.to_string())?;
    Problem::new(description).map_err(|error| file.locate(&error).to_string())
}

/// The loss of `problem` at its new fields, and its gradient.
fn at_start(problem: &Problem) -> (f64, Vec<f32>) {
    let (loss, gradient, _) = super::loss(problem, &problem.fields(5).unwrap(), &[]);
    (loss, gradient)
}

/// The same graph as a definition of the network's output, to the bit.
#[test]
fn a_form_is_as_a_definition_over_the_network() {
    let with_form = problem(FILE).unwrap();
    let by_definition = FILE
        .replace("form = \"t*ramp*net + g\"\n", "")
        .replace("c = \"k + 1\"", "c = \"k + 1\"\nv = \"t*ramp*u + g\"")
        .replace("d(u, t) - d(u, x, x)*u + 0.1*d(u, t, x)", "d(v, t) - d(v, x, x)*v + 0.1*d(v, t, x)");
    assert_eq!(at_start(&with_form), at_start(&problem(&by_definition).unwrap()));
}

/// The loss against differences in float64 of the form by hand.
#[test]
fn residuals_are_of_the_form() {
    let made = problem(FILE).unwrap();
    let field = &made.fields(5).unwrap()[0];
    let parameters = field.wide_parameters();
    let u = |t: f64, x: f64| {
        let spec = crate::jet::JetSpec::value(2);
        let net = reference::jet(field.architecture(), &parameters, &spec, &[t - 1.0, 2.0 * x - 1.0])[0];
        t * x * (1.0 - x) * 0.7 * net + (std::f64::consts::PI * x).sin()
    };
    let constraint = &made.constraints[0];
    let mut points = vec![0.0; 2 * constraint.sampler.samples()];
    constraint.sampler.points(3, 0, &mut Vec::new(), &mut points);
    let h = 1e-3;
    let square = |p: &[f64]| {
        let (t, x) = (p[0], p[1]);
        let u_t = (u(t + h, x) - u(t - h, x)) / (2.0 * h);
        let u_xx = (u(t, x + h) - 2.0 * u(t, x) + u(t, x - h)) / (h * h);
        let u_tx = (u(t + h, x + h) - u(t + h, x - h) - u(t - h, x + h) + u(t - h, x - h)) / (4.0 * h * h);
        (u_t - u_xx * u(t, x) + 0.1 * u_tx - 1.7).powi(2)
    };
    let want = points.chunks_exact(2).map(square).sum::<f64>() / constraint.sampler.samples() as f64;
    let (got, _) = at_start(&made);
    assert!((got - want).abs() < 1e-3 * want, "{got}, not {want}");
}

/// The saved form needs nothing of the problem, and evaluates to the same.
#[test]
fn the_field_has_the_closed_form() {
    let made = problem(FILE).unwrap();
    let field = &made.fields(5).unwrap()[0];
    let form = field.meta.form.as_ref().unwrap();
    assert_eq!(form.text, "t * (x * (1 - x) * 0.7) * net + sin(pi * x)");
    assert_eq!(form.coordinates, ["t", "x"]);
    let engine = engine();
    let at = |points: &[f64]| {
        at_points_exactly(&engine, field, &[Quantity::Value], Coordinates::Units, points)
            .unwrap()
            .swap_remove(0)
    };
    // At the start and at the left end.
    assert_eq!(at(&[0.0, 0.25, 1.5, 0.0]), [(std::f64::consts::PI * 0.25).sin(), 0.0]);
    let complex = FILE
        .replace("k = 0.7", "k = { re = 0.5, im = -2 }")
        .replace("hidden = 11", "outputs = { u = \"complex\" }\nhidden = 11");
    let field = problem(&complex).unwrap().fields(5).unwrap().remove(0);
    let form = field.meta.form.unwrap();
    assert_eq!(form.text, "t * (x * (1 - x) * complex(0.5, -2)) * net + sin(pi * x)");
    assert_eq!(form.complex, [true]);
}

/// An output by its name is that component of the form.
#[test]
fn named_outputs_are_those_of_the_form() {
    let named = FILE
        .replace("hidden = 11", "outputs = [\"p\", \"q\"]\nhidden = 11")
        .replace("t*ramp*net + g", "[net[1], t*net[0]]");
    let residual = |text: &str| named.replace("d(u, t) - d(u, x, x)*u + 0.1*d(u, t, x) - c", text);
    let plain = residual("d(u[1], t) - u[0]").replace("form = \"[net[1], t*net[0]]\"\n", "");
    let swapped = plain.replace("d(u[1], t) - u[0]", "d(t*p, t) - q");
    assert_eq!(at_start(&problem(&residual("d(q, t) - p")).unwrap()), at_start(&problem(&swapped).unwrap()));
    assert_eq!(
        at_start(&problem(&residual("d(u[1], t) - u[0]")).unwrap()),
        at_start(&problem(&swapped).unwrap())
    );
}

#[test]
fn the_fingerprint_has_the_form_and_not_its_place() {
    let of = |text: &str| problem(text).unwrap().fingerprint();
    let first = of(FILE);
    assert_eq!(first, of(&FILE.replace("t*ramp*net + g", " t * ramp*net+g")));
    assert_ne!(first, of(&FILE.replace("t*ramp*net + g", "t*ramp*net - g")));
    assert_ne!(first, of(&FILE.replace("form = \"t*ramp*net + g\"\n", "")));
    assert_ne!(first, of(&FILE.replace("hidden = 11", "periodic = [\"x\"]\nhidden = 11")));
}

/// Every error has the line and the column of its place.
#[test]
fn errors_have_places() {
    let data = "\n[[constraint]]\nresidual = \"u - f\"\ndomain = { points = { file = \"p\", coordinates = [\"t\", \"x\"] } }\n";
    let with = |form: &str| {
        let other = "[field.v]\ncoordinates = [\"t\", \"x\"]\nhidden = 3\n\n[constants]";
        let file = FILE.replace("t*ramp*net + g", form).replace("[constants]", other);
        let file = file.replace("k = 0.7", "k = 0.7\n\n[trainable]\nm = 1.0");
        let text = format!("{file}{data}");
        let file = ProblemFile::parse(&text, &[]).unwrap();
        let read = &mut |_: &str| {
            let array = |name: &str| crate::problem::file::DataArray {
                name: name.into(),
                shape: vec![2],
                values: vec![0.0, 1.0],
                complex: false,
            };
            Ok(vec![array("t"), array("x"), array("f")])
        };
        match file.description(read) {
            Ok(description) => file.locate(&Problem::new(description).unwrap_err()).to_string(),
            Err(fault) => fault.to_string(),
        }
    };
    for (form, place, words) in [
        ("x*(1 - x) + g", "8:9: ", "does not use net"),
        ("0*net + x", "8:9: ", "does not use net"),
        ("net + f", "8:15: ", "\"f\" is a data column"),
        ("net + v", "8:15: ", "\"v\" is a field"),
        ("net*u", "8:13: ", "\"u\" is a field"),
        ("m*net", "8:9: ", "\"m\" is a trainable"),
        ("progress*net", "8:9: ", "\"progress\" is the progress"),
        ("net + d(net, x)", "8:15: ", "\"d\" is a derivative"),
        ("net + y", "8:15: ", "unknown name \"y\""),
        ("[net, x]", "8:9: ", "a width of 2, but the field has 1"),
        ("i*net", "8:9: ", "real number"),
        ("net + + x", "8:15: ", "expected a value"),
        ("net[3]", "8:9: ", "out of range"),
    ] {
        let told = with(form);
        assert!(told.starts_with(place) && told.contains(words), "{form}: {told}");
        assert!(told.contains("field \"u\""), "{told}");
    }
    let told = problem(&FILE.replace("\"k + 1\"", "\"k + u\"").replace("net + g", "net*c")).unwrap_err();
    assert!(told.starts_with("17:10: ") && told.contains("\"u\" is a field"), "{told}");
    let told = problem(&FILE.replace("\"k + 1\"", "\"k + c\"").replace("net + g", "net*c")).unwrap_err();
    assert!(told.starts_with("17:10: ") && told.contains("cyclic"), "{told}");
    let told = problem(&FILE.replace("k = 0.7", "k = 0.7\nnet = 2")).unwrap_err();
    assert!(told.contains("ambiguous name: \"net\""), "{told}");
    // A fourth derivative of a form needs that of the network, as without a form. There is no fifth.
    let fourth = FILE.replace("d(u, x, x)*u", "d(u, x, x, x, x)");
    problem(&fourth).unwrap();
    let fifth = problem(&fourth.replace("x, x, x, x)", "x, x, x, x, x)")).unwrap_err();
    assert!(fifth.contains("fifth derivative of \"u\""), "{fifth}");
    let doubled = "a0 = \"net + net\"\n".to_string()
        + &(1..40).map(|i| format!("a{i} = \"a{0} + a{0}\"\n", i - 1)).collect::<String>();
    let huge =
        FILE.replace("[definitions]\n", &format!("[definitions]\n{doubled}")).replace("*net + g", "*a39");
    assert!(problem(&huge).unwrap_err().contains("too large"));
}

#[test]
fn periodic_coordinates() {
    let periodic =
        FILE.replace("hidden = 11", "periodic = [\"x\"]\nhidden = 11").replace("t*ramp*net + g", "net");
    let field = problem(&periodic).unwrap().fields(5).unwrap().remove(0);
    assert_eq!(field.architecture().shapes()[0].inputs, 3);
    let at = |x: f64| {
        let quantities = [Quantity::Value, Quantity::Gradient, Quantity::Hessian];
        at_points_exactly(&engine(), &field, &quantities, Coordinates::Units, &[0.3, x]).unwrap()
    };
    assert_eq!(at(0.0), at(1.0));
    assert_ne!(at(0.0), at(0.5));
    let told = |text: &str| problem(text).unwrap_err();
    assert!(told(&periodic.replace("[\"x\"]", "[\"y\"]")).contains("\"y\" is periodic"));
    assert!(told(&periodic.replace("periodic = [\"x\"]", "periodic = [\"x\", \"x\"]")).contains("twice"));
    // Fourier features may be periodic.
    let fourier = "encoding = { fourier = { features = 10, scale = 0.5 } }\nhidden = 11";
    let field = problem(&periodic.replace("hidden = 11", fourier)).unwrap().fields(5).unwrap().remove(0);
    assert_eq!(field.architecture().shapes()[0].inputs, 10);
    let at = |t: f64, x: f64| {
        let quantities = [Quantity::Value, Quantity::Gradient, Quantity::Hessian];
        at_points_exactly(&engine(), &field, &quantities, Coordinates::Units, &[t, x]).unwrap()
    };
    assert_eq!(at(0.3, 0.0), at(0.3, 1.0));
    assert_ne!(at(0.3, 0.0), at(0.3, 0.5));
    assert_ne!(at(0.0, 0.3), at(2.0, 0.3));
    let odd = periodic.replace("hidden = 11", &fourier.replace("10", "11"));
    assert!(told(&odd).contains("features is 11; it must be even"), "{}", told(&odd));
    let both = periodic.replace("hidden = 11", "encoding = { rbf = { centres = 4 } }\nhidden = 11");
    assert!(told(&both).contains("leave one of them out"));
}
