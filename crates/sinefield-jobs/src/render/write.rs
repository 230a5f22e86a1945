//! Renders of a field as sounds, videos and volumes.

use std::path::Path;

use sinefield::engine::Engine;
use sinefield::field::{Affine, Field};
use sinefield::render::{Frame, Part, Quantity, Render};
use sinefield_media::{
    Samples, Signal, SignalAxis, SignalKind, VideoWriter, write_npy, write_sound, write_volume,
};

use super::bands;
use crate::{JobError, Told};

/// The kinds of files that are written here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// `.wav`: one axis.
    Sound,
    /// `.y4m`, a container of ffmpeg's, or a folder of frames: time, rows and columns.
    Video,
    /// `.nii` and `.nii.gz`: up to four axes.
    Nifti,
    /// `.npy`: any number of axes, and the numbers of any quantity.
    Array,
}

impl Output {
    /// What the name of `path` asks for; `None` for pictures and for names that say nothing known.
    pub fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        match extension {
            "wav" => Some(Self::Sound),
            "y4m" | "mp4" | "m4v" | "mov" | "mkv" | "webm" | "avi" => Some(Self::Video),
            "nii" => Some(Self::Nifti),
            "gz" if name.ends_with(".nii.gz") => Some(Self::Nifti),
            "npy" => Some(Self::Array),
            "" => Some(Self::Video),
            _ => None,
        }
    }
}

/// What a render takes of a field, and what it shows.
#[derive(Clone, Debug)]
pub struct Extent {
    /// One part for each coordinate of the field.
    pub parts: Vec<Part>,
    /// What is asked of the field there.
    pub quantity: Quantity,
}

/// What was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// Samples along each axis that is not cut.
    pub shape: Vec<usize>,
    /// Numbers a sample.
    pub width: usize,
    /// Samples a second along the first axis, of a sound or a video.
    pub rate: Option<f64>,
    /// Values beyond what the file can hold, which were clipped.
    pub clipped: usize,
}

/// Renders `extent` of `field` into the file or folder `path`, whole or not at all.
///
/// # Errors
/// If the field has other axes than such a file, or a setting of `extent` cannot be, or the file cannot be written.
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
    if extent.quantity != Quantity::Value && output != Output::Array {
        let what = format!("a {}", extent.quantity);
        return refuse(what, "end the name in .npy");
    }
    match (output, shape.len()) {
        (Output::Sound, 1) => sound(engine, (field, &render), extent, path, told),
        (Output::Video, 3) => video(engine, &render, extent, path, told),
        (Output::Nifti, 1..=4) => nifti(engine, (field, &render), extent, path, told),
        (Output::Array, _) => array(engine, &render, path, told),
        (Output::Sound, axes) => refuse(format!("{axes} axes"), "cut all but one, or end the name in .npy"),
        (Output::Video, axes) => refuse(
            format!("{axes} axes"),
            "a video has time, rows and columns; end the name in .npy, or .png for a slice",
        ),
        (Output::Nifti, axes) => refuse(format!("{axes} axes"), "cut some, or end the name in .npy"),
    }
}

/// All numbers of `render`, as many a sample as its quantity has.
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

/// The relative error up to which a rate is taken as a whole number.
const WHOLE: f64 = 1e-4;

/// The samples of the render in a unit of its first axis.
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

/// The shape of the numbers of `render`. One number a sample needs no axis of its own.
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

/// The axes that are not cut, with the places of their samples.
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

/// The step of an axis of one sample: that of the field's map, 1 without one.
fn thickness(field: &Field, axis: usize) -> f64 {
    let length = |affine: &Affine| affine.rows.iter().map(|row| row[axis].powi(2)).sum::<f64>().sqrt();
    field.meta.affine.as_ref().map_or(1.0, length)
}

/// The field's affine map for the samples of a render that cuts no axis: of indices `i_0 + i d` where the field's own
/// indices are `i`.
fn affine(field: &Field, render: &Render<'_>, extent: &Extent) -> Option<Vec<Vec<f64>>> {
    let map = field.meta.affine.as_ref()?;
    if extent.parts.iter().any(|part| matches!(part, Part::At(_))) {
        return None;
    }
    // The file's own map has rows for space alone.
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
