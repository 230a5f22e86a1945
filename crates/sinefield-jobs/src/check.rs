//! The description of a problem: its fields, its constraints, and the cost of a step.

use serde_json::{Map, Value, json};
use sinefield::engine::Differentiator;
use sinefield::engine::cpu::CpuEngine;
use sinefield::field::Field;
use sinefield::fit::{Fit, FitConfig, RowCost, StateCost, TermField};
use sinefield::jet::{JetSpec, Line};
use sinefield::optimizer::Method;
use sinefield::problem::{FieldEntry, Needs, Problem};

use crate::fit::method_words;
use crate::fitting::{methods as methods_of, refused};
use crate::words::{grouped, printable};
use crate::{JobError, Report, Source, describe};

/// Describes a problem: its fields, and the points, jets, data and cost of every constraint.
///
/// # Errors
/// If a network cannot be made, the engine refuses a constraint, or a fit of the problem could not begin.
pub fn check(source: &Source) -> Result<Report, JobError> {
    let name = source.inputs.first().map_or("problem".into(), |path| path.display().to_string());
    let fields = source.problem.fields(source.file.seed).map_err(|error| JobError::fault(name, error))?;
    let operations = operations(&source.problem, &fields)?;
    // One thread, since nothing is computed.
    let engine = CpuEngine::new(Some(1)).map_err(|error| JobError::fault("engine", error))?;
    let begins = Fit::check(&engine, &fields, &source.problem, &source.file.fit);
    begins.map_err(|error| refused(error, "problem"))?;
    let words = words(source, &fields, &operations);
    Ok(Report::new(words, numbers(source, &fields, &operations)))
}

/// Floating-point operations of the matrix products of a step, for each constraint.
fn operations(problem: &Problem, fields: &[Field]) -> Result<Vec<f64>, JobError> {
    let engine = CpuEngine::new(Some(1)).map_err(|error| JobError::fault("engine", error))?;
    let of = |needs: Needs<'_>| {
        let parts: Vec<_> =
            needs.fields.iter().map(|of| (fields[of.field].architecture(), &of.jet)).collect();
        let stepper = engine.joint_stepper(&parts);
        let stepper =
            stepper.map_err(|error| JobError::fault(needs.name, format!("{error}; split the residual")))?;
        Ok(stepper.operations_per_point(true) * needs.samples as f64)
    };
    problem.needs().map(of).collect()
}

/// The channels of a jet with the names of a field's coordinates, such as `u, u_x, u_xxx, laplace(u)`.
fn channels(field: &str, axes: &[String], spec: &JetSpec) -> Vec<String> {
    let name = |i: &usize| axes.get(*i).map_or("?", String::as_str);
    let first = spec.first().iter().map(|i| format!("{field}_{}", name(i)));
    let second = spec.second().iter().map(|(i, j)| format!("{field}_{}{}", name(i), name(j)));
    let lines = spec.lines().iter().flat_map(|line| along(field, axes, line));
    let weights = spec.laplacian_weights();
    let laplacian = weights.map(|weights| {
        if weights.windows(2).all(|pair| pair[0] == pair[1]) {
            format!("laplace({field})")
        } else {
            format!("weighted laplace({field})")
        }
    });
    std::iter::once(field.to_string()).chain(first).chain(second).chain(lines).chain(laplacian).collect()
}

/// The third and fourth derivatives along a line: `u_xxx`, or `d3(u, x+y)` if the line is no axis.
fn along(field: &str, axes: &[String], line: &Line) -> Vec<String> {
    let name = |i: usize| axes.get(i).map_or("?", String::as_str);
    let orders = 3..3 + line.channels();
    let parts: Vec<(usize, f64)> = line.parts().collect();
    if let [(axis, 1.0)] = parts[..] {
        return orders.map(|order| format!("{field}_{}", name(axis).repeat(order))).collect();
    }
    let part = |(at, &(axis, v)): (usize, &(usize, f64))| {
        let sign = if v < 0.0 {
            "-"
        } else if at > 0 {
            "+"
        } else {
            ""
        };
        let size = if v.abs() == 1.0 { String::new() } else { v.abs().to_string() };
        format!("{sign}{size}{}", name(axis))
    };
    let direction: String = parts.iter().enumerate().map(part).collect();
    orders.map(|order| format!("d{order}({field}, {direction})")).collect()
}

/// The names of the periodic coordinates of a field.
fn periodic(field: &Field) -> Vec<String> {
    let axes = field.architecture().encoding.periodic();
    axes.iter().map(|at| field.meta.axis(at).name).collect()
}

fn jets(source: &Source, fields: &[Field], needs: &Needs<'_>) -> Vec<String> {
    let names: Vec<&str> = source.problem.field_names().collect();
    let of = |TermField { field, jet, .. }: &TermField| {
        let axes: Vec<String> = fields[*field].meta.axes.iter().map(|axis| axis.name.clone()).collect();
        channels(names[*field], &axes, jet)
    };
    needs.fields.iter().flat_map(of).collect()
}

fn numbers(source: &Source, fields: &[Field], operations: &[f64]) -> Map<String, Value> {
    let constraint = |(needs, operations): (Needs<'_>, &f64)| {
        json!({
            "name": needs.name,
            "domain": needs.domain,
            "samples": needs.samples,
            "components": needs.width,
            "jets": jets(source, fields, &needs),
            "columns": needs.columns,
            "gigaflops_per_step": operations * 1e-9,
        })
    };
    let field = |(entry, field): (&FieldEntry, &Field)| {
        let outputs = entry.values().into_iter().map(
            |(name, is_complex)| json!({ "name": name, "type": if is_complex { "complex" } else { "real" } }),
        );
        json!({
            "name": entry.name,
            "parameters": field.parameters().len(),
            "axes": field.meta.axes,
            "outputs": outputs.collect::<Vec<Value>>(),
            "periodic": periodic(field),
            "form": field.meta.form.as_ref().map(|form| &form.text),
        })
    };
    let fields_told: Vec<Value> = source.problem.field_entries().zip(fields).map(field).collect();
    let constraints: Vec<Value> = source.problem.needs().zip(operations).map(constraint).collect();
    let cost = row_cost(source, fields).ok().flatten();
    let rows = cost.map(|of| json!({ "rows": of.rows, "unknowns": of.unknowns, "memory_bytes": of.bytes }));
    let entries = [
        ("fields", json!(fields_told)),
        ("trainable", json!(source.problem.trainable_names().collect::<Vec<_>>())),
        ("constraints", json!(constraints)),
        ("steps", json!(source.file.fit.steps)),
        ("optimizer", json!(methods_of(&source.file.fit))),
        ("precision", json!(source.file.fit.precision)),
        ("gauss_newton", json!(rows)),
        ("gigaflops_per_step", json!(operations.iter().sum::<f64>() * 1e-9)),
    ];
    Map::from_iter(entries.map(|(name, value)| (name.to_string(), value)))
}

/// The rows of a step of Gauss-Newton and their memory, whether the problem has this method or another. A text says why there
/// are none.
fn row_cost(source: &Source, fields: &[Field]) -> Result<Option<RowCost>, String> {
    let config = FitConfig { optimizer: Method::GaussNewton, stages: Vec::new(), ..source.file.fit.clone() };
    // One thread, since the engine only counts.
    let engine = CpuEngine::new(Some(1)).map_err(|error| error.to_string())?;
    RowCost::new(&engine, fields, &source.problem, &config).map_err(|error| error.to_string())
}

/// Bytes of a step of Gauss-Newton above which it is not advised.
const MOST: usize = 8 << 30;

/// The method of every stage, and what speaks for or against Gauss-Newton.
fn methods(source: &Source, fields: &[Field]) -> Vec<String> {
    let config = &source.file.fit;
    let mut lines = vec![format!("method {}", method_words(config))];
    if let Some(StateCost { what, unknowns, bytes }) = StateCost::new(fields, &source.problem, config) {
        lines.push(format!(
            "  keeps      {what} of {} unknowns, {} MB",
            grouped(unknowns),
            grouped(bytes.div_ceil(1 << 20))
        ));
    }
    let chosen = config.methods().any(|method| method == Method::GaussNewton);
    lines.push(match row_cost(source, fields) {
        Ok(Some(RowCost { rows, unknowns, bytes, by_factors, .. })) => {
            let size = format!(
                "{} rows of {} unknowns, {} MB a step{}",
                grouped(rows),
                grouped(unknowns),
                grouped(bytes.div_ceil(1 << 20)),
                if by_factors { " with the weights of wide layers in factors" } else { "" }
            );
            match (chosen, rows < unknowns) {
                (true, true) => format!("  rows       {size}; more unknowns than rows, as it should be"),
                (true, false) => format!(
                    "  rows       {size}; wider fields, with more unknowns than rows, reach more digits"
                ),
                (false, _) if bytes > MOST => format!("  rows       {size}; that is much for gauss-newton"),
                (false, _) => {
                    format!("  rows       {size}; gauss-newton usually reaches more digits in fewer steps")
                }
            }
        }
        Ok(None) => String::new(),
        Err(why) => format!("  rows       none for gauss-newton: {why}"),
    });
    lines
}

fn words(source: &Source, fields: &[Field], operations: &[f64]) -> String {
    let mut lines = Vec::new();
    for (entry, field) in source.problem.field_entries().zip(fields) {
        let axes: Vec<String> = field
            .meta
            .axes
            .iter()
            .map(|axis| match axis.range {
                Some((low, high)) => format!("{} in [{low}, {high}]", axis.name),
                None => axis.name.clone(),
            })
            .collect();
        lines.push(format!(
            "field {}: {}, {} parameters; {}",
            entry.name,
            describe(field.architecture()),
            grouped(field.parameters().len()),
            axes.join(", ")
        ));
        if entry.complex.contains(&true) {
            let output = |(name, is_complex)| if is_complex { format!("{name} (complex)") } else { name };
            let outputs: Vec<String> = entry.values().into_iter().map(output).collect();
            lines.push(format!("  outputs    {}", outputs.join(", ")));
        }
        let periodic = periodic(field);
        if !periodic.is_empty() {
            lines.push(format!("  periodic   {}", periodic.join(", ")));
        }
        if let Some(form) = &field.meta.form {
            lines.push(format!("  form       {}", form.text));
        }
    }
    for (needs, operations) in source.problem.needs().zip(operations) {
        lines.push(format!("constraint {}", needs.name));
        lines.push(format!("  domain     {}", needs.domain));
        lines.push(format!("  samples    {} a step", grouped(needs.samples)));
        lines.push(format!("  components {}", needs.width));
        lines.push(format!("  jets       {}", jets(source, fields, &needs).join(", ")));
        if !needs.columns.is_empty() {
            lines.push(format!("  data       {}", needs.columns.join(", ")));
        }
        lines.push(format!("  cost       {:.2} GFLOP a step", operations * 1e-9));
    }
    lines.extend(methods(source, fields));
    let total: f64 = operations.iter().sum();
    lines.push(format!("{} steps of {:.2} GFLOP", grouped(source.file.fit.steps), total * 1e-9));
    lines.iter().map(|line| printable(line)).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_have_the_names_of_the_coordinates() {
        let axes = ["x", "y"].map(String::from);
        let told = |spec: JetSpec| channels("u", &axes, &spec).join(" ");
        assert_eq!(told(JetSpec::laplacian(2)), "u u_x u_y laplace(u)");
        assert_eq!(told(JetSpec::value(2).with_fourth(1)), "u u_y u_yy u_yyy u_yyyy");
        let lines = JetSpec::value(2).with_third_along(&[1.0, -1.0]).with_fourth_along(&[2.0, 1.0]);
        assert_eq!(told(lines), "u u_x u_y u_xx u_xy u_yy d3(u, 2x+y) d4(u, 2x+y) d3(u, x-y)");
    }
}
