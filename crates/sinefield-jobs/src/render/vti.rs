//! Renders of a field for ParaView: every component over one, two or three coordinates.

use std::path::Path;

use sinefield::engine::Engine;
use sinefield::field::{Field, Number, Precision};
use sinefield::render::{Coordinates, Count, Part, Quantity, Render, at_points_exactly};
use sinefield_media::{ArrayData, ImageData, PointArray, write_vti};

use super::points;
use super::view::Component;
use super::write::{Extent, Written, numbers};
use crate::{JobError, Told};

/// The samples along a coordinate that was not sampled, by the number of coordinates.
const SAMPLES: [usize; 3] = [257, 257, 65];

/// The same parts, where every coordinate has a number of samples: its own, or the default.
pub fn with_samples(field: &Field, parts: &[Part]) -> Vec<Part> {
    let runs = parts.iter().filter(|part| matches!(part, Part::Run { .. })).count();
    let default = SAMPLES[runs.clamp(1, SAMPLES.len()) - 1];
    let part = |(at, part): (usize, &Part)| match *part {
        Part::Run { region, count: Count::Native } if field.meta.axis(at).samples.is_none() => {
            Part::Run { region, count: Count::Exact(default) }
        }
        part => part,
    };
    parts.iter().enumerate().map(part).collect()
}

/// Writes `components` of `render`, which is of `extent`, as the file `path`.
pub fn write(
    engine: &dyn Engine,
    (field, render): (&Field, &Render<'_>),
    (components, extent): (&[Component], &Extent),
    path: &Path,
    told: Told<'_>,
) -> Result<Written, JobError> {
    let frame = render.frame();
    let run = |(at, part): (usize, &Part)| matches!(part, Part::Run { .. }).then_some(at);
    let runs: Vec<usize> = extent.parts.iter().enumerate().filter_map(run).collect();
    let (shape, quantity) = (frame.shape(), extent.quantity);
    if !(1..=3).contains(&runs.len()) {
        let what = format!("{} axes", shape.len());
        return Err(JobError::Format { path: path.into(), what, advice: "cut all but one to three" });
    }
    let mut image = ImageData { sides: [1; 3], origin: [0.0; 3], spacing: [1.0; 3], arrays: Vec::new() };
    for (side, at) in runs.iter().enumerate() {
        let places = frame.places(*at);
        (image.sides[side], image.origin[side], image.spacing[side]) =
            (places.len(), places[0], frame.step(*at));
    }
    let width: usize = render.pixel_shape().iter().product();
    let exact = field.precision() == Precision::F64 && field.meta.affine.is_none();
    let arrays = if exact {
        let numbers = frame.count().saturating_mul(field.architecture().inputs + width);
        let memory = Vec::<f64>::new().try_reserve_exact(numbers);
        memory.map_err(|_| JobError::Memory { path: path.into(), numbers })?;
        let points = points(field, frame);
        let all = at_points_exactly(engine, field, &[quantity], Coordinates::Units, &points)?;
        let all = all.into_iter().next().unwrap_or_default();
        arrays(field, (components, quantity, &runs), (&all, width, image.sides), ArrayData::F64)
    } else {
        let all = numbers(engine, render, path, told)?;
        arrays(field, (components, quantity, &runs), (&all, width, image.sides), ArrayData::F32)
    };
    image.arrays = arrays;
    write_vti(path, &image)?;
    Ok(Written { shape, width, rate: None, clipped: 0 })
}

/// The arrays of all components. `all` has `width` numbers for every sample, the last coordinate fastest. `runs` has the
/// coordinates that are not cut.
fn arrays<N: Number>(
    field: &Field,
    (components, quantity, runs): (&[Component], Quantity, &[usize]),
    (all, width, [nx, ny, nz]): (&[N], usize, [usize; 3]),
    data: fn(Vec<N>) -> ArrayData,
) -> Vec<PointArray> {
    let each = width / field.architecture().outputs();
    // The samples with the first coordinate fastest.
    let order =
        || (0..nz).flat_map(move |z| (0..ny).flat_map(move |y| (0..nx).map(move |x| (x * ny + y) * nz + z)));
    let numbers = |columns: &[usize]| -> Vec<N> {
        order().flat_map(|sample| columns.iter().map(move |column| all[sample * width + column])).collect()
    };
    let suffix = if quantity == Quantity::Value { String::new() } else { format!(" {quantity}") };
    let axes: Vec<String> = (0..field.architecture().inputs).map(|at| field.meta.axis(at).name).collect();
    let named = |name: String, columns: Vec<usize>, components: Vec<String>| PointArray {
        name,
        components,
        data: data(numbers(&columns)),
    };
    let of = |component: &Component| {
        let name = format!("{}{suffix}", component.name);
        match (component.imaginary, each) {
            (Some(imaginary), 1) => {
                let both = ["real", "imag"].map(String::from).to_vec();
                let pair = named(name.clone(), vec![component.real, imaginary], both);
                let modulus = order().map(|sample| {
                    all[sample * width + component.real].hypot(all[sample * width + imaginary])
                });
                let modulus = data(modulus.collect());
                vec![
                    pair,
                    PointArray {
                        name: format!("{name} magnitude"),
                        components: vec![String::new()],
                        data: modulus,
                    },
                ]
            }
            (imaginary, each) => {
                let parts = [Some((component.real, "")), imaginary.map(|output| (output, " imag"))];
                let parts = parts.into_iter().flatten();
                let array = |(output, part): (usize, &str)| {
                    let (name, columns) = (format!("{name}{part}"), |at: usize| output * each + at);
                    if quantity != Quantity::Gradient || runs.len() == each {
                        return vec![named(name, (0..each).map(columns).collect(), entries(&axes, each))];
                    }
                    // The vector has the axes of the file. The slopes along cut coordinates are scalars beside it.
                    let kept = runs.iter().map(|at| axes[*at].clone()).collect();
                    let vector = named(name.clone(), runs.iter().map(|at| columns(*at)).collect(), kept);
                    let cut = (0..each).filter(|at| !runs.contains(at));
                    let scalar = |at: usize| {
                        named(format!("{name} along {}", axes[at]), vec![columns(at)], vec![String::new()])
                    };
                    std::iter::once(vector).chain(cut.map(scalar)).collect()
                };
                parts.flat_map(array).collect()
            }
        }
    };
    components.iter().flat_map(of).collect()
}

/// The names of the `each` numbers of a quantity: of derivatives, the coordinates.
fn entries(axes: &[String], each: usize) -> Vec<String> {
    if each == axes.len() && each > 1 {
        return axes.to_vec();
    }
    if each == axes.len() * axes.len() && each > 1 {
        return axes.iter().flat_map(|a| axes.iter().map(move |b| format!("{a} {b}"))).collect();
    }
    vec![String::new(); each]
}
