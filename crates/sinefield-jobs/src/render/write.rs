//! Renders of a field as sounds, videos and volumes.

use std::path::Path;

use sinefield::engine::Engine;
use sinefield::field::{Affine, Field};
use sinefield::render::{Frame, Part, Quantity, Render};
use sinefield_media::{
    Samples, Signal, SignalAxis, SignalKind, VideoWriter, write_npy, write_sound, write_volume,
};

use super::view::Component;
use super::{bands, vti};
use crate::{JobError, Told};

/// The kinds of output files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// `.wav`: one axis.
    Sound,
    /// `.y4m`, a container of ffmpeg's, or a folder of frames: time, rows and columns.
    Video,
    /// `.nii` and `.nii.gz`: up to four axes.
    Nifti,
    /// `.vti` of ParaView: up to three axes, and the numbers of any quantity.
    Vti,
    /// `.npy`: any number of axes, and the numbers of any quantity.
    Array,
}

impl Output {
    /// The output that the name of `path` selects; `None` for pictures and for unknown extensions.
    pub fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        match extension {
            "wav" => Some(Self::Sound),
            "y4m" | "mp4" | "m4v" | "mov" | "mkv" | "webm" | "avi" => Some(Self::Video),
            "nii" => Some(Self::Nifti),
            "gz" if name.ends_with(".nii.gz") => Some(Self::Nifti),
            "vti" => Some(Self::Vti),
            "npy" => Some(Self::Array),
            "" => Some(Self::Video),
            _ => None,
        }
    }
}

/// The region and the quantity of a render, and the components that a file of named arrays has.
#[derive(Clone, Debug)]
pub struct Extent {
    /// One part for each coordinate of the field.
    pub parts: Vec<Part>,
    /// The rendered quantity.
    pub quantity: Quantity,
    /// The components for `.vti`.
    pub components: Vec<Component>,
}

/// A description of the written file.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// Samples along each axis that is not cut.
    pub shape: Vec<usize>,
    /// Numbers per sample.
    pub width: usize,
    /// Samples per second along the first axis, for a sound or a video.
    pub rate: Option<f64>,
    /// The number of values outside the range of the file, which were clipped.
    pub clipped: usize,
}

/// Renders `extent` of `field` into the file or folder `path`, atomically.
///
/// # Errors
/// If the axes do not suit the kind of file, `extent` is not valid for the field, or the file cannot be written.
pub fn write(
    engine: &dyn Engine,
    field: &Field,
    extent: &Extent,
    (path, output): (&Path, Output),
    told: Told<'_>,
) -> Result<Written, JobError> {
    let frame = Frame::of_parts(field, &extent.parts)?;
    let render = Render::new(field, frame, extent.quantity)?;
    let refuse = |what: String, advice| Err(JobError::Format { path: path.into(), what, advice });
    let shape = render.frame().shape();
    if extent.quantity != Quantity::Value && !matches!(output, Output::Array | Output::Vti) {
        let what = format!("a {}", extent.quantity);
        return refuse(what, "end the name in .npy or .vti");
    }
    match (output, shape.len()) {
        (Output::Sound, 1) => sound(engine, (field, &render), extent, path, told),
        (Output::Video, 3) => video(engine, &render, extent, path, told),
        (Output::Nifti, 1..=4) => nifti(engine, (field, &render), extent, path, told),
        (Output::Vti, _) => vti::write(engine, (field, &render), (&extent.components, extent), path, told),
        (Output::Array, _) => array(engine, &render, path, told),
        (Output::Sound, axes) => refuse(format!("{axes} axes"), "cut all but one, or end the name in .npy"),
        (Output::Video, axes) => refuse(
            format!("{axes} axes"),
            "a video has time, rows and columns; end the name in .npy, or .png for a slice",
        ),
        (Output::Nifti, axes) => refuse(format!("{axes} axes"), "cut some, or end the name in .npy"),
    }
}

/// All numbers of `render`, `(samples, numbers per sample)`. `path` is the file in errors.
pub fn numbers(
    engine: &dyn Engine,
    render: &Render<'_>,
    path: &Path,
    told: Told<'_>,
) -> Result<Vec<f32>, JobError> {
    let width: usize = render.pixel_shape().iter().product();
    let count = render.frame().count().saturating_mul(width);
    let refused = |_| JobError::Memory { path: path.into(), numbers: count };
    let mut numbers: Vec<f32> = Vec::new();
    numbers.try_reserve_exact(count).map_err(refused)?;
    numbers.resize(count, 0.0);
    bands::draw(engine, render, (&mut numbers, width), |from, out| out.copy_from_slice(from), told)?;
    Ok(numbers)
}

/// The largest relative error at which a rate counts as a whole number.
const WHOLE: f64 = 1e-4;

/// The number of samples per unit of the render's first axis.
fn rate(render: &Render<'_>, extent: &Extent) -> f64 {
    let run = |part: &Part| matches!(part, Part::Run { .. });
    let axis = extent.parts.iter().position(run).unwrap_or(0);
    1.0 / render.frame().step(axis)
}

fn sound(
    engine: &dyn Engine,
    (field, render): (&Field, &Render<'_>),
    extent: &Extent,
    path: &Path,
    told: Told<'_>,
) -> Result<Written, JobError> {
    let rate = rate(render, extent);
    let hertz = rate.round();
    let whole = (rate - hertz).abs() <= WHOLE * rate;
    if !whole || !(1.0..=f64::from(u32::MAX)).contains(&hertz) {
        let what = format!("{rate} samples a second");
        return Err(JobError::Format { path: path.into(), what, advice: "give a whole `rate`" });
    }
    let channels = field.architecture().outputs();
    let data = numbers(engine, render, path, told)?;
    let written = write_sound(path, hertz as u32, channels, &data)?;
    let shape = render.frame().shape();
    Ok(Written { shape, width: channels, rate: Some(hertz), clipped: written.clipped })
}

fn video(
    engine: &dyn Engine,
    render: &Render<'_>,
    extent: &Extent,
    path: &Path,
    told: Told<'_>,
) -> Result<Written, JobError> {
    let shape = render.frame().shape();
    let channels = render.pixel_shape().iter().product();
    let rate = rate(render, extent);
    let mut writer = VideoWriter::create(path, (shape[1], shape[2]), rate, channels)?;
    let mut clipped = 0;
    for frame in 0..shape[0] {
        let mut values = numbers(engine, &render.band(frame..frame + 1), path, &mut |_, _| ())?;
        for value in &mut values {
            clipped += usize::from(!(0.0..=1.0).contains(value));
            *value = value.clamp(0.0, 1.0);
        }
        writer.frame(&values)?;
        told(frame + 1, Some(shape[0]));
    }
    writer.finish()?;
    Ok(Written { shape, width: channels, rate: Some(rate), clipped })
}

fn array(engine: &dyn Engine, render: &Render<'_>, path: &Path, told: Told<'_>) -> Result<Written, JobError> {
    let data = numbers(engine, render, path, told)?;
    write_npy(path, &array_shape(render), &data)?;
    let width = render.pixel_shape().iter().product();
    Ok(Written { shape: render.frame().shape(), width, rate: None, clipped: 0 })
}

/// The shape of the numbers of `render`. A single number per sample has no axis of its own.
pub fn array_shape(render: &Render<'_>) -> Vec<usize> {
    let own = render.pixel_shape();
    let own = if own.iter().product::<usize>() == 1 { Vec::new() } else { own };
    [render.frame().shape(), own].concat()
}

fn nifti(
    engine: &dyn Engine,
    (field, render): (&Field, &Render<'_>),
    extent: &Extent,
    path: &Path,
    told: Told<'_>,
) -> Result<Written, JobError> {
    let shape = render.frame().shape();
    let channels = field.architecture().outputs();
    let data = numbers(engine, render, path, told)?;
    let signal = Signal {
        kind: SignalKind::Volume,
        axes: axes(field, render, extent),
        channels,
        samples: Samples::Memory(data.into()),
        range: None,
        affine: affine(field, render, extent),
    };
    write_volume(path, &signal)?;
    Ok(Written { shape, width: channels, rate: None, clipped: 0 })
}

/// The axes that are not cut, with the positions of their samples.
fn axes(field: &Field, render: &Render<'_>, extent: &Extent) -> Vec<SignalAxis> {
    let runs = extent.parts.iter().enumerate().filter(|(_, part)| matches!(part, Part::Run { .. }));
    let axis = |(at, _): (usize, &Part)| {
        let places = render.frame().places(at);
        let of = field.meta.axis(at);
        let step = places.windows(2).next().map_or_else(|| thickness(field, at), |pair| pair[1] - pair[0]);
        let start = places.first().copied().unwrap_or(0.0);
        SignalAxis { name: of.name, samples: places.len(), unit: of.unit, start, step }
    };
    runs.map(axis).collect()
}

/// The step of an axis with one sample: that of the field's affine map, or 1 without one.
fn thickness(field: &Field, axis: usize) -> f64 {
    let length = |affine: &Affine| affine.rows.iter().map(|row| row[axis].powi(2)).sum::<f64>().sqrt();
    field.meta.affine.as_ref().map_or(1.0, length)
}

/// The field's affine map, in the sample indices of the render: sample `i` of the render has the index `i_0 + i d` in
/// the field. `None` if an axis is cut or the field has no map.
fn affine(field: &Field, render: &Render<'_>, extent: &Extent) -> Option<Vec<Vec<f64>>> {
    let map = field.meta.affine.as_ref()?;
    if extent.parts.iter().any(|part| matches!(part, Part::At(_))) {
        return None;
    }
    // The map of the file has rows for the axes of space only.
    let space = map.rows.len().min(3);
    let index = |at: usize, place: f64| {
        let axis = &field.meta.axes[at];
        let (low, _) = axis.interval();
        (place - low) * axis.per_unit() / axis.spacing()
    };
    let placed: Vec<(f64, f64)> = (0..field.meta.axes.len())
        .map(|at| {
            let places = render.frame().places(at);
            let start = index(at, places.first().copied().unwrap_or(0.0));
            let step = places.windows(2).next().map_or(1.0, |pair| index(at, pair[1]) - index(at, pair[0]));
            (start, step)
        })
        .collect();
    let row = |row: &Vec<f64>| {
        let (columns, offset) = row.split_at(placed.len());
        let shift: f64 = columns.iter().zip(&placed).map(|(a, (start, _))| a * start).sum();
        let scaled = columns.iter().zip(&placed).map(|(a, (_, step))| a * step);
        scaled.chain([offset.first().copied().unwrap_or(0.0) + shift]).collect()
    };
    Some(map.rows[..space].iter().map(row).collect())
}
