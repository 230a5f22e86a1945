//! The job that evaluates a field and its derivatives at points.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sinefield::engine::Engine;
use sinefield::field::{Field, Precision};
use sinefield::form;
use sinefield::render::{Coordinates, Quantity, RenderError, at_points, at_points_exactly};
use sinefield_media::{ArrayData, NamedArray, Points, read_points, write_npz};

use crate::settings::values;
use crate::{JobError, Plan, Report, output};

/// Evaluates a field and its derivatives at points.
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[command(after_long_help = "\
Points are in the units of the field if it has units: (row, column) for a picture, with the first pixel at 0; \
seconds for a sound; the units of the problem; millimetres for a NIfTI file. With --coordinates normalised, every \
axis runs from -1 at the first sample to 1 at the last.

The .npz file contains one array per quantity, under the name of the quantity. Their shapes, for N points, o \
outputs and d coordinates: value (N, o), gradient (N, o, d), gradient-magnitude (N, o), laplacian (N, o), hessian \
(N, o, d, d). Values are in signal units, derivatives in signal units per unit of the coordinates.")]
pub struct EvalJob {
    /// The field file.
    pub field: PathBuf,
    /// The points: a .npy array of shape (N, d), or (N,) for a field with one coordinate.
    pub points: PathBuf,
    /// The .npz file to write.
    #[arg(short, long, value_name = "OUT.npz")]
    pub output: PathBuf,
    /// The quantities to evaluate, separated by commas: value, gradient, gradient-magnitude, laplacian, hessian.
    #[arg(
        long,
        value_name = "NAME,...",
        value_delimiter = ',',
        default_values_t = everything()
    )]
    #[serde(default = "everything")]
    pub quantities: Vec<Quantity>,
    /// The coordinates of the points and of the derivatives: "units" for those of the field, such as seconds or pixels
    /// counted from 0, or "normalised" for -1 to 1 along every axis [default: units]
    #[arg(long, value_name = "NAME", value_parser = values::coordinates, default_value_t = Coordinates::default(),
        hide_default_value = true)]
    #[serde(default)]
    pub coordinates: Coordinates,
    /// The precision of the computation and of the arrays.
    #[arg(long, value_name = "NAME",
        help = format!("The precision of the computation and of the arrays: {} [default: that of the field]",
            Precision::ALL.map(Precision::name).join(" or ")))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<Precision>,
}

/// The default quantities.
fn everything() -> Vec<Quantity> {
    vec![Quantity::Value, Quantity::Gradient, Quantity::Laplacian, Quantity::Hessian]
}

impl EvalJob {
    /// Plans the job: reads and checks the inputs, and writes nothing.
    ///
    /// # Errors
    /// If the field or the points cannot be read or do not match, or the output cannot be written.
    pub fn plan(self, engine: Arc<dyn Engine>) -> Result<Plan, JobError> {
        let (field, points) = self.read()?;
        let words = format!("{}: {} points of {}", self.output.display(), points.count, self.field.display());
        let numbers = [("output", json!(self.output)), ("points", json!(points.count))];
        Ok(Plan::work(words, numbers, move |_| self.write(engine.as_ref(), &field, &points)))
    }

    /// All paths that the job names.
    pub(crate) fn paths(&mut self) -> Vec<&mut PathBuf> {
        vec![&mut self.field, &mut self.points, &mut self.output]
    }

    /// Reads the field and the points, and checks them.
    fn read(&self) -> Result<(Field, Points), JobError> {
        let is_npz = self.output.extension().is_some_and(|name| name.eq_ignore_ascii_case("npz"));
        if !is_npz {
            let what = "its name does not say what to write; end it in .npz";
            return Err(JobError::asked(self.output.display(), what));
        }
        output::check(&[&self.field, &self.points], &[&self.output])?;
        let field = form::load(&self.field)?;
        let points = read_points(&self.points)?;
        let inputs = field.architecture().inputs;
        if points.dimensions != inputs {
            let what = format!(
                "its points have {} coordinates, but the field {} has {inputs}; give an array of (N, {inputs})",
                points.dimensions,
                self.field.display()
            );
            return Err(JobError::fault(self.points.display(), what));
        }
        let narrow = |x: &f64| (*x as f32).is_finite();
        if let (Precision::F32, Some(at)) =
            (self.precision_for(&field), points.data.iter().position(|x| !narrow(x)))
        {
            let (point, x) = (at / inputs, points.data[at]);
            let what = format!("point {point} has the coordinate {x:e}, beyond float32; use `precision` f64");
            return Err(JobError::fault(self.points.display(), what));
        }
        Ok((field, points))
    }

    fn precision_for(&self, field: &Field) -> Precision {
        self.precision.unwrap_or(field.precision())
    }

    /// Evaluates the field and writes the arrays.
    fn write(&self, engine: &dyn Engine, field: &Field, points: &Points) -> Result<Report, JobError> {
        let mut quantities = self.quantities.clone();
        let mut seen = Vec::new();
        quantities.retain(|quantity| !seen.contains(quantity) && (seen.push(*quantity), true).1);
        let arrays =
            arrays(engine, field, &quantities, (points, self.coordinates), self.precision_for(field))
                .map_err(|error| failed(&self.field, &error))?;
        write_npz(&self.output, &arrays)?;
        let shapes = arrays.iter().map(|array| (array.name.clone(), json!(array.shape)));
        let shapes = Value::Object(shapes.collect());
        let words = arrays.iter().map(|array| format!("{} {:?}", array.name, array.shape));
        let words = format!("wrote {}: {}", self.output.display(), words.collect::<Vec<_>>().join(", "));
        let numbers = [("output", json!(self.output)), ("points", json!(points.count)), ("arrays", shapes)];
        Ok(Report::new(words, Map::from_iter(numbers.map(|(name, value)| (name.to_string(), value)))))
    }
}

fn failed(field: &Path, error: &RenderError) -> JobError {
    JobError::fault(field.display(), format!("{error}; try `precision` f64"))
}

/// One array for each quantity. Its first axis is the points.
fn arrays(
    engine: &dyn Engine,
    field: &Field,
    quantities: &[Quantity],
    (points, coordinates): (&Points, Coordinates),
    precision: Precision,
) -> Result<Vec<NamedArray>, RenderError> {
    let data: Vec<ArrayData> = match precision {
        Precision::F32 => {
            let all = at_points(engine, field, quantities, coordinates, &points.data)?;
            all.into_iter().map(ArrayData::F32).collect()
        }
        Precision::F64 => {
            let all = at_points_exactly(engine, field, quantities, coordinates, &points.data)?;
            all.into_iter().map(ArrayData::F64).collect()
        }
    };
    let named = quantities.iter().zip(data).map(|(quantity, data)| {
        let mut shape = vec![points.count];
        shape.extend(quantity.shape(field.architecture().outputs(), points.dimensions));
        NamedArray { name: quantity.name().to_string(), shape, data }
    });
    Ok(named.collect())
}
