//! The report of a solution as one page that needs nothing beside it: equations in MathML, pictures in SVG.

use std::fmt::Write;

use sinefield::expr::Expr;
use sinefield::problem::file::Equations;

use super::report::Solution;
use crate::JobError;
use crate::figure::Drawing;
use crate::page::{escaped, head};
use crate::words::{duration, grouped};

/// The style of the parts that other pages do not have.
const STYLE: &str = "math{font-size:1.15em}.equation{margin:.5em 0 .5em 1.5em;overflow-x:auto;overflow-y:hidden}\
.figures{display:flex;flex-wrap:wrap;gap:.5em;align-items:flex-start}.figures svg{max-width:min(100%,30em);height:auto}\
dt{font-weight:bold;margin-top:.8em}dd{margin-left:0}dd p{margin:.2em 0 .2em 1.5em}pre{white-space:pre-wrap}";

/// What the page says.
pub struct Page<'a> {
    /// The name of the problem.
    pub problem: String,
    pub equations: &'a Equations,
    /// Each constraint: its name, its domain in words, and its points a step.
    pub constraints: Vec<Constraint>,
    /// The name of each field, its network in words, and its pictures.
    pub fields: Vec<(String, String, Vec<Drawing>)>,
    pub course: Vec<Drawing>,
    pub solution: &'a Solution,
    pub method: String,
    pub engine: String,
    /// The settings of the fit, as in a problem file.
    pub settings: String,
    /// The settings that replaced those of the file.
    pub replaced: &'a [String],
}

/// A constraint on the page.
pub struct Constraint {
    pub name: String,
    pub domain: String,
    pub samples: usize,
}

/// Why a fit ended, if that is not plain.
fn ended(stopped_by: &str) -> &'static str {
    match stopped_by {
        "converged" => ", the optimizer could make no further progress",
        "interrupt" => ", interrupted",
        _ => "",
    }
}

impl Page<'_> {
    /// The page as HTML.
    ///
    /// # Errors
    /// If a picture cannot be written.
    pub fn html(&self) -> Result<String, JobError> {
        let mut out = head(&escaped(&format!("Solution of {}", self.problem)));
        out += &format!("<style>{STYLE}</style>\n");
        self.summary(&mut out);
        out += "<h2>Equations</h2>\n";
        self.equations(&mut out);
        for (name, network, pictures) in &self.fields {
            out += &format!("<h2>Field {}</h2>\n<p>Network {}</p>\n", escaped(name), escaped(network));
            figures(&mut out, pictures)?;
        }
        out += "<h2>Course of the fit</h2>\n";
        figures(&mut out, &self.course)?;
        let replaced =
            self.replaced.iter().map(|setting| format!("<li><code>{}</code></li>", escaped(setting)));
        let replaced: String = replaced.collect();
        if !replaced.is_empty() {
            out += &format!("<h2>Replaced settings</h2>\n<ul>{replaced}</ul>\n");
        }
        out +=
            &format!("<h2>Settings of the fit</h2>\n<pre>{}</pre>\n</body></html>", escaped(&self.settings));
        Ok(out)
    }

    /// The table of the result.
    fn summary(&self, out: &mut String) {
        let Solution { steps, seconds, final_loss, error, parameters, seed, stopped_by, .. } = self.solution;
        let error = error.map(|error| ("relative L2 error".to_string(), format!("{error:.3e}")));
        let rows = [
            ("method", self.method.clone()),
            ("steps", grouped(*steps) + ended(stopped_by)),
            ("time", duration(*seconds)),
            ("loss", format!("{final_loss:.3e}")),
            ("parameters", grouped(*parameters)),
            ("seed", seed.to_string()),
            ("engine", self.engine.clone()),
        ];
        let trainable = self.solution.trainable.iter().map(|(name, value)| (name.clone(), value.to_string()));
        let rows = rows.into_iter().map(|(name, value)| (name.to_string(), value));
        *out += "<table><tbody>\n";
        for (name, value) in rows.chain(error).chain(trainable) {
            let (name, value) = (escaped(&name), escaped(&value));
            // Writing to a string cannot fail.
            let _ = writeln!(out, "<tr><td>{name}</td><td class=\"words\">{value}</td></tr>");
        }
        *out += "</tbody></table>\n";
    }

    /// The constraints, and what their names mean.
    fn equations(&self, out: &mut String) {
        *out += "<dl>\n";
        for (constraint, residual) in self.constraints.iter().zip(&self.equations.residuals) {
            let Constraint { name, domain, samples } = constraint;
            let loss = self.solution.losses.get(name);
            let loss = loss.map_or(String::new(), |loss| format!("; loss {loss:.3e}"));
            *out += &format!(
                "<dt>{}</dt><dd>{}<p>{}; {} points a step{loss}</p></dd>\n",
                escaped(name),
                block(&format!("{}<mo>=</mo><mn>0</mn>", residual.mathml())),
                escaped(domain),
                grouped(*samples),
            );
        }
        *out += "</dl>\n";
        let equations = |entries: &[(String, Expr)]| -> String {
            let one = |(name, value): &(String, Expr)| {
                block(&format!("{}<mo>=</mo>{}", Expr::name_mathml(name), value.mathml()))
            };
            entries.iter().map(one).collect()
        };
        let constants: String =
            self.equations.constants.iter().map(|(name, value)| constant(name, value)).collect();
        let parts = [
            ("Definitions", equations(&self.equations.definitions)),
            ("Constants", constants),
            ("Forms, over the output net of the network", equations(&self.equations.forms)),
            ("Known solutions", equations(&self.equations.exact)),
        ];
        for (title, text) in parts.into_iter().filter(|(_, text)| !text.is_empty()) {
            *out += &format!("<h3>{title}</h3>\n{text}");
        }
    }
}

fn block(inner: &str) -> String {
    format!("<p class=\"equation\"><math displaystyle=\"true\"><mrow>{inner}</mrow></math></p>\n")
}

/// A constant with its value.
fn constant(name: &str, value: &[[f64; 2]]) -> String {
    let number = |[re, im]: &[f64; 2]| {
        let of = |v: f64| Expr::from(v).mathml();
        if *im == 0.0 { of(*re) } else { format!("<mrow>{}<mo>+</mo>{}<mi>i</mi></mrow>", of(*re), of(*im)) }
    };
    let numbers: Vec<String> = value.iter().map(number).collect();
    let value = match numbers.as_slice() {
        [one] => one.clone(),
        _ => format!("<mo>(</mo>{}<mo>)</mo>", numbers.join("<mo>,</mo>")),
    };
    block(&format!("{}<mo>=</mo>{value}", Expr::name_mathml(name)))
}

fn figures(out: &mut String, drawings: &[Drawing]) -> Result<(), JobError> {
    *out += "<div class=\"figures\">\n";
    for drawing in drawings {
        *out += &drawing.svg()?;
        out.push('\n');
    }
    *out += "</div>\n";
    Ok(())
}
