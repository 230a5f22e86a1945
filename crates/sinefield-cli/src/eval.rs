//! `sinefield eval`: a field and its derivatives at points.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use sinefield::engine::cpu::CpuEngine;
use sinefield::field::Field;
use sinefield::render::{Coordinates, Quantity, RenderError, at_points, at_points_exactly};
use sinefield_media::{ArrayData, NamedArray, Points, read_points, write_npz};

use crate::failure::Failure;
use crate::{console, fit, output};

/// Arguments of `sinefield eval`.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Points are in the field's own units where it knows them: (row, column) of a picture, its first pixel at 0; seconds \
of a sound; the units of a problem; a NIfTI file's millimetres. With --coordinates normalised they are in [-1, 1] along \
every axis, from the first sample to the last.

The .npz file holds one array a quantity, named after it, for N points, o outputs and d coordinates: \
value (N, o), gradient (N, o, d), gradient-magnitude (N, o), laplacian (N, o), hessian (N, o, d, d). \
Values are in signal units, derivatives in signal units per unit of the points' coordinates.")]
pub struct Options {
    /// The field file.
    pub field: PathBuf,
    /// The points: a .npy array of (N, d), or (N,) where d is 1.
    pub points: PathBuf,
    /// The .npz file to write.
    #[arg(short, long, value_name = "OUT.npz")]
    pub output: PathBuf,
    /// What to evaluate: value, gradient, gradient-magnitude, laplacian, hessian, separated by commas.
    #[arg(
        long,
        value_name = "NAME,...",
        value_delimiter = ',',
        default_value = "value,gradient,laplacian,hessian"
    )]
    pub quantities: Vec<Quantity>,
    /// What the points and the derivatives are in: the field's own units, as seconds or millimetres (pixels counted
    /// from 0 for a picture), or coordinates from -1 to 1.
    #[arg(long, value_enum, default_value_t = Given::Units)]
    pub coordinates: Given,
    /// What to compute in; arrays are float32 or float64 accordingly.
    #[arg(long, value_enum, default_value_t = Precision::F32)]
    pub precision: Precision,
}

/// How points are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Given {
    /// In the field's own units, where it knows them.
    Units,
    /// From -1 to 1 along every axis.
    Normalised,
}

impl Given {
    fn coordinates(self) -> Coordinates {
        match self {
            Given::Units => Coordinates::Units,
            Given::Normalised => Coordinates::Normalised,
        }
    }
}

/// What to compute in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Precision {
    /// float32, by the fast engine.
    F32,
    /// float64, by the plain reference engine: exact, and much slower.
    F64,
}

/// Evaluates as the options say.
pub fn run(options: &Options) -> Result<(), Failure> {
    let is_npz = options.output.extension().is_some_and(|name| name.eq_ignore_ascii_case("npz"));
    if !is_npz {
        let what = "its name does not say what to write; end it in .npz";
        return Err(Failure::usage(options.output.display(), what));
    }
    output::check(&[&options.field, &options.points], &[&options.output])?;
    let field = Field::load(&options.field)?;
    let points = read_points(&options.points)?;
    let inputs = field.architecture().inputs;
    if points.dimensions != inputs {
        let what = format!(
            "its points have {} coordinates, but the field {} has {inputs}; give an array of (N, {inputs})",
            points.dimensions,
            options.field.display()
        );
        return Err(Failure::fault(options.points.display(), what));
    }
    let narrow = |x: &f64| (*x as f32).is_finite();
    if let (Precision::F32, Some(at)) = (options.precision, points.data.iter().position(|x| !narrow(x))) {
        let (point, x) = (at / inputs, points.data[at]);
        let what = format!("point {point} has the coordinate {x:e}, beyond float32; use --precision f64");
        return Err(Failure::fault(options.points.display(), what));
    }
    let mut quantities = options.quantities.clone();
    let mut seen = Vec::new();
    quantities.retain(|quantity| !seen.contains(quantity) && (seen.push(*quantity), true).1);
    let arrays = arrays(
        fit::engine(None)?.as_ref(),
        &field,
        &quantities,
        (&points, options.coordinates.coordinates()),
        options.precision,
    )
    .map_err(|error| failed(&options.field, &error))?;
    write_npz(&options.output, &arrays)?;
    let words = arrays.iter().map(|array| format!("{} {:?}", array.name, array.shape));
    console::print(&format!("wrote {}: {}", options.output.display(), words.collect::<Vec<_>>().join(", ")))
}

fn failed(field: &Path, error: &RenderError) -> Failure {
    Failure::fault(field.display(), format!("{error}; try --precision f64"))
}

/// One array a quantity.
fn arrays(
    engine: &CpuEngine,
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
