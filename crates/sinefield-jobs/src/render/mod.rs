//! The job that renders a field, or a derivative of it, as a picture or an array.

mod bands;
mod drawn;
pub(crate) mod figure;
mod parts;
mod picture;
mod raw;
mod shown;
mod still;
mod surface;
pub(crate) mod view;
mod vti;
mod write;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sinefield::engine::Engine;
use sinefield::field::Field;
use sinefield::form;
use sinefield::render::{Frame, Part, Quantity, Render, RenderError};
use sinefield_media::{OutputFormat, Resize, output_format};

use crate::figure::is_svg;
use crate::listener::stage;
use crate::settings::{entry, values};
use crate::{JobError, Listener, Plan, Report, output};
pub use parts::{Cut, Frames, Style, Sweep};
pub use picture::draw;
pub use shown::{Look, Shown};
pub use still::value;
pub use view::ComplexPart;
pub use write::{Extent, Output, write};

/// Renders a field or its derivatives to a file.
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[command(after_long_help = "\
Pixels: the native pixels are those that the field was fitted to. Native pixel r covers [r, r + 1) and is sampled \
at its middle. N pixels over [a, b) are sampled at the middles of N equal parts. A render of the native size \
therefore samples the fitted pixels exactly, and every size covers the same area.

Units: derivatives are in signal units per unit of the axis, for any size of the render: per native pixel, per \
second or per millimetre. Rows come before columns. A gradient has one entry per axis of the field. A laplacian is \
the sum of the second derivatives along all axes, including those that are cut: for a video, per second squared and \
per pixel squared.

Rates: the distance between samples is that of --rate or --fps, or else that of the fitted samples. If the region \
is not a multiple of this distance, the number of samples is rounded.

Files: .npy contains the raw numbers as float32. Its axes are those that are not cut, then (channels,) for values, \
(channels, d) for a gradient and (channels, d, d) for a hessian of d axes. If a sample is a single number, these \
last axes are left out, except for a picture. OpenEXR stores the same numbers as channels. TIFF stores 1, 3 or 4 \
numbers as channels, and any other count as one page per number. PNG and JPEG display the numbers: values are \
clipped to the range of the field; a gradient is shown as hue (direction) and brightness (length), its magnitude in \
grey, a laplacian in grey around mid-grey, and a hessian as red, green and blue (row-row, row-column, \
column-column) around mid-tone. They show the mean of the derivatives over the channels. Their scale is the 99.5th \
percentile, which is printed.

Surfaces: shaded, normal, curvature and distance show where a field of three coordinates and one output, a signed \
distance, is 0. The second coordinate is up. The picture is in perspective; its shorter side spans 30 degrees. A \
surface that leaves the region is cut there. A shaded surface and its normals are drawn on a transparent ground, or a \
white one in a .jpg; --size is that of the picture without its colour bar. .npy contains red, green, blue and opacity \
of a shaded surface, and otherwise the numbers, with nan where there is no surface. The mean curvature is positive \
where the surface is convex: 1/r for a sphere of radius r.")]
pub struct RenderJob {
    /// The field file.
    pub field: PathBuf,
    /// The file to write: .png, .jpg, .tiff or .exr for two axes; .svg for a figure; .wav for one axis; .y4m, .mp4,
    /// .webm, another container that ffmpeg writes, or a folder of frames for a video; .nii or .nii.gz for up to four
    /// axes; .vti (ParaView) for up to three; .npy for any number.
    #[arg(short, long, value_name = "OUT")]
    pub output: PathBuf,
    /// The size of the render, in pixels: WxH, or N for the longer side [default: the native size; 640x480 for a surface]
    #[arg(long, value_name = "WxH", value_parser = values::size, allow_negative_numbers = true)]
    #[serde(default, with = "entry::size", skip_serializing_if = "Option::is_none")]
    pub size: Option<Resize>,
    /// The number of pixels per native pixel along each side: 2 doubles width and height.
    #[arg(long, value_name = "S", value_parser = values::positive, allow_negative_numbers = true)]
    #[serde(default, deserialize_with = "entry::positive", skip_serializing_if = "Option::is_none")]
    pub scale: Option<f64>,
    /// The part to render, without its end: FROM,TO along the first axis, or ROW0,COL0,ROW1,COL1 if there are rows and
    /// columns or two axes. It is in pixels, or in the unit of the axis if it has one. Fractions are allowed.
    #[arg(long, value_name = "FROM,TO|ROW0,COL0,ROW1,COL1", value_delimiter = ',', num_args = 1,
        value_parser = values::number, allow_hyphen_values = true)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Vec<f64>>,
    /// Cut an axis at one place, in its unit, such as z=12.5 or time=0.4. It may be given several times.
    #[arg(long, value_name = "AXIS=VALUE", allow_hyphen_values = true)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub at: Vec<Cut>,
    /// The number of samples along each axis that is not cut [default: as many as were fitted]
    #[arg(long, value_name = "N,N,...", value_delimiter = ',', value_parser = values::count,
        allow_negative_numbers = true)]
    #[serde(default, deserialize_with = "entry::counts", skip_serializing_if = "Option::is_none")]
    pub samples: Option<Vec<usize>>,
    /// The number of samples per second of a sound [default: that of the fitted sound]
    #[arg(long, value_name = "HZ", value_parser = values::positive, allow_negative_numbers = true)]
    #[serde(default, deserialize_with = "entry::positive", skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// The frames of a video to render: A to B - 1, counted from 0 in the fitted video.
    #[arg(long, value_name = "A:B")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frames: Option<Frames>,
    /// The number of frames per second of a video. It may be higher than that of the fitted video [default: the same; 25
    /// for --animate]
    #[arg(long, value_name = "N", value_parser = values::positive, allow_negative_numbers = true)]
    #[serde(default, deserialize_with = "entry::positive", skip_serializing_if = "Option::is_none")]
    pub fps: Option<f64>,
    /// The quantity to render: value, gradient, gradient-magnitude, laplacian or hessian; or, of the surface where a field in
    /// space is 0: shaded, normal, curvature or distance [default: shaded with --camera and for pictures of a fitted shape,
    /// otherwise value]
    #[arg(long, value_name = "NAME")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Shown>,
    /// For surfaces: where the camera stands, in degrees from +z towards +x and above the middle of the surface, and its
    /// distance from there [default: 30,20, and the distance at which the surface fills the picture]
    #[arg(long, value_name = "AZIMUTH,ELEVATION[,DISTANCE]", value_delimiter = ',', num_args = 1,
        value_parser = values::camera, allow_hyphen_values = true)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub camera: Option<Vec<f64>>,
    /// How a .png, a .jpg or a video is drawn: picture, a pixel for each sample; or figure, with axes and a colour bar
    /// [default: figure for a solution of an equation, picture for a signal]
    #[arg(long, value_name = "NAME")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style: Option<Style>,
    /// For figures and .vti: the component to show, by its name or its place from 0 [default: all]
    #[arg(long, value_name = "NAME")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// For figures of a complex component: real, imaginary, magnitude or phase [default: magnitude and phase]
    #[arg(long, value_name = "NAME")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<ComplexPart>,
    /// For figures, and the curvature and the distance of surfaces: the numbers at the ends of the colour bar, or of the
    /// vertical axis of lines [default: the smallest and the largest]
    #[arg(long, value_name = "LOW,HIGH", value_delimiter = ',', num_args = 1, value_parser = values::number,
        allow_hyphen_values = true)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Vec<f64>>,
    /// For figures: a coordinate whose places become the frames of a video, perhaps with their number: t, or t=60
    /// [default: 100 frames]
    #[arg(long, value_name = "AXIS[=N]")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub animate: Option<Sweep>,
}

impl RenderJob {
    /// Plans the job: reads and checks the inputs, and writes nothing.
    ///
    /// # Errors
    /// If the field cannot be read or does not support the request, or the output cannot be written.
    pub fn plan(self, engine: Arc<dyn Engine>) -> Result<Plan, JobError> {
        self.check_output()?;
        let field = form::load(&self.field)?;
        self.planned(field, engine)
    }

    /// Plans the job for `field`, a field in memory, in place of the file `self.field`.
    ///
    /// # Errors
    /// As [`RenderJob::plan`].
    pub fn plan_of(self, field: Field, engine: Arc<dyn Engine>) -> Result<Plan, JobError> {
        self.check_output()?;
        self.planned(field, engine)
    }

    /// Plans the job after the output has been checked.
    fn planned(self, field: Field, engine: Arc<dyn Engine>) -> Result<Plan, JobError> {
        if surface::is_asked(&self, &field) {
            return surface::plan(self, field, engine);
        }
        self.check_style(&field)?;
        if self.is_figure(&field) {
            return drawn::plan(self, field, engine);
        }
        let (parts, frame) = self.frame(&field)?;
        let size = match frame.shape()[..] {
            [rows, columns] if is_picture(&parts) => format!("{columns} x {rows} pixels"),
            ref shape => {
                format!("{} samples", shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" x "))
            }
        };
        let (path, quantity) = (self.output.display(), self.quantity());
        let words = format!("{path}: {quantity} of {}, {size}", self.field.display());
        let numbers =
            [("output", json!(self.output)), ("quantity", json!(quantity)), ("shape", json!(frame.shape()))];
        let known = Map::from_iter(numbers.clone().map(|(name, value)| (name.to_string(), value)));
        Ok(Plan::work(words, numbers, move |listener| {
            let (words, more) = self.write(engine.as_ref(), &field, (parts, frame), listener)?;
            Ok(Report::new(words, known.into_iter().chain(more).collect()))
        }))
    }

    /// The shape and the numbers of the render, as in an `.npy` file. No file is read or written.
    ///
    /// # Errors
    /// If the field does not support the request, or there is not enough memory.
    pub fn array(
        &self,
        engine: &Arc<dyn Engine>,
        field: &Field,
        listener: &mut dyn Listener,
    ) -> Result<(Vec<usize>, Vec<f32>), JobError> {
        if surface::is_asked(self, field) {
            return surface::array(self, field, Arc::clone(engine), listener);
        }
        self.check_style(field)?;
        let (parts, frame) = self.frame(field)?;
        let render = Render::new(field, frame, self.quantity());
        let render = render.map_err(|error| self.failure(runs(&parts), error))?;
        let place = Path::new("render");
        let data =
            stage(listener, "rendering", |told| write::numbers(engine.as_ref(), &render, place, told))?;
        let shape = if is_picture(&parts) {
            [render.frame().shape(), render.pixel_shape()].concat()
        } else {
            write::array_shape(&render)
        };
        Ok((shape, data))
    }

    /// The quantity of a render that is not of a surface.
    fn quantity(&self) -> Quantity {
        match self.quantity {
            Some(Shown::Field(quantity)) => quantity,
            _ => Quantity::default(),
        }
    }

    /// The parts of the field's axes that are rendered, and where their samples lie.
    fn frame(&self, field: &Field) -> Result<(Vec<Part>, Frame), JobError> {
        self.check()?;
        let mut parts = parts::parts(self, field)?;
        if Output::of(&self.output) == Some(Output::Vti) {
            parts = vti::with_samples(field, &parts);
        }
        let frame = Frame::of_parts(field, &parts).map_err(|error| self.failure(runs(&parts), error))?;
        Ok((parts, frame))
    }

    /// Checks that the output can be written.
    fn check_output(&self) -> Result<(), JobError> {
        let output = Output::of(&self.output);
        if output.is_none_or(|output| output == Output::Array) && !is_svg(&self.output) {
            output_format(&self.output)?;
        }
        self.check()?;
        // The video writer checks folders of frames and containers.
        let outputs: &[&Path] = if output == Some(Output::Video) { &[] } else { &[&self.output] };
        output::check(&[&self.field], outputs)
    }

    /// All paths that the job names.
    pub(crate) fn paths(&mut self) -> Vec<&mut PathBuf> {
        vec![&mut self.field, &mut self.output]
    }

    /// Checks settings against one another.
    fn check(&self) -> Result<(), JobError> {
        let given = [
            ("`size`", self.size.is_some()),
            ("`scale`", self.scale.is_some()),
            ("`samples`", self.samples.is_some()),
        ];
        let mut names = given.into_iter().filter(|(_, given)| *given).map(|(name, _)| name);
        match (names.next(), names.next()) {
            (Some(first), Some(second)) => {
                Err(JobError::asked(first, format!("cannot be given together with {second}; drop one")))
            }
            _ => Ok(()),
        }
    }

    /// Whether a figure is written, with axes and a colour bar.
    fn is_figure(&self, field: &Field) -> bool {
        let drawn = match Output::of(&self.output) {
            None => matches!(output_format(&self.output), Ok(OutputFormat::Png | OutputFormat::Jpeg)),
            output => output == Some(Output::Video),
        };
        let solution = || {
            let mut axes = (0..field.architecture().inputs).map(|at| field.meta.axis(at));
            axes.all(|axis| axis.range.is_some() && axis.samples.is_none())
        };
        let figure = || self.style.map_or_else(solution, |style| style == Style::Figure);
        is_svg(&self.output) || (drawn && figure())
    }

    /// Refuses settings that this output does not have.
    fn check_style(&self, field: &Field) -> Result<(), JobError> {
        let (figure, svg) = (self.is_figure(field), is_svg(&self.output));
        let vti = Output::of(&self.output) == Some(Output::Vti);
        if svg && self.style == Some(Style::Picture) {
            return Err(JobError::asked(
                "`style`",
                "an .svg is a figure; end the name in .png for a picture",
            ));
        }
        let only = "is for figures; end the name in .svg, or in .png with `style` figure";
        let figures = [
            ("`style`", self.style == Some(Style::Figure)),
            ("`part`", self.part.is_some()),
            ("`limits`", self.limits.is_some()),
            ("`animate`", self.animate.is_some()),
            ("`component`", self.component.is_some() && !vti),
        ];
        match figures.into_iter().find(|(_, given)| *given && !figure) {
            Some((setting, _)) => Err(JobError::asked(setting, only)),
            None => Ok(()),
        }
    }

    /// Renders and writes the output. Returns a description in words and as values by name.
    fn write(
        &self,
        engine: &dyn Engine,
        field: &Field,
        (parts, frame): (Vec<Part>, Frame),
        listener: &mut dyn Listener,
    ) -> Result<(String, Map<String, Value>), JobError> {
        let (runs, output) = (runs(&parts), Output::of(&self.output));
        let array_of_picture = output == Some(Output::Array) && is_picture(&parts);
        let Some(output) = output.filter(|_| !array_of_picture) else {
            let render = Render::new(field, frame, self.quantity());
            let render = render.map_err(|error| self.failure(runs, error))?;
            let words = stage(listener, "rendering", |told| still::slice(engine, field, &render, self, told));
            return Ok((words?, Map::new()));
        };
        let components = view::asked_components(self, field)?;
        let extent = Extent { parts, quantity: self.quantity(), components };
        let place = (self.output.as_path(), output);
        let written = stage(listener, "rendering", |told| write(engine, field, &extent, place, told));
        let written = written.map_err(|error| match error {
            JobError::Render(error) => self.failure(runs, *error),
            error => error,
        })?;
        let rate = written.rate.map(|rate| ("rate".to_string(), json!(rate)));
        let clipped = (written.clipped > 0).then(|| ("clipped".to_string(), json!(written.clipped)));
        Ok((still::words(&written, self), rate.into_iter().chain(clipped).collect()))
    }

    /// The error for a request that the field does not support, with the name of the setting. `axes` is the number of
    /// axes that are not cut.
    fn failure(&self, axes: usize, error: RenderError) -> JobError {
        let setting = match error {
            RenderError::Outside { .. } if self.region.is_some() => "`region`",
            RenderError::Outside { .. } => "`at`",
            RenderError::Scale(_) => "`scale`",
            RenderError::Samples { .. } => "size",
            RenderError::NotSampled { .. } if axes == 2 => "`size`",
            RenderError::NotSampled { .. } => "`samples`",
            error => return JobError::fault(self.field.display(), error),
        };
        JobError::asked(setting, error)
    }
}

/// Whether the render is a picture. The array of a picture has an axis for its channels, even for one channel.
fn is_picture(parts: &[Part]) -> bool {
    (parts.len(), runs(parts)) == (2, 2)
}

/// The number of axes that are not cut.
fn runs(parts: &[Part]) -> usize {
    parts.iter().filter(|part| matches!(part, Part::Run { .. })).count()
}

/// The places of every sample of `frame`, `(samples, coordinates)`, in its order and in the units of `field`.
pub(crate) fn points(field: &Field, frame: &Frame) -> Vec<f64> {
    let places: Vec<Vec<f64>> = (0..field.architecture().inputs).map(|at| frame.places(at)).collect();
    let mut points = vec![0.0; frame.count() * places.len()];
    for (sample, point) in points.chunks_exact_mut(places.len()).enumerate() {
        let mut rest = sample;
        for (x, places) in point.iter_mut().zip(&places).rev() {
            *x = places[rest % places.len()];
            rest /= places.len();
        }
    }
    points
}
