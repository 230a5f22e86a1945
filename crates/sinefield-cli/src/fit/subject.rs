//! The image that is fitted, as the options want it, and the plan of its fit in words.

use std::sync::Arc;

use sinefield::engine::cpu::CpuEngine;
use sinefield::field::Field;
use sinefield::recipe::image::Picture;
use sinefield_media::{Depth, Image};

use super::options::Options;
use super::report::Settings;
use super::start::describe;
use crate::console::grouped;
use crate::failure::Failure;

/// An image, and the task that it makes.
pub struct Subject {
    /// Its file's name, without folders.
    pub name: String,
    /// What the field is measured against.
    pub image: Image,
    /// What the fit sees.
    pub picture: Arc<Picture>,
}

impl Subject {
    /// Reads the image that the options name.
    pub fn read(options: &Options) -> Result<Self, Failure> {
        let image = options.reading.read(&options.image)?;
        let name = options.image.file_name().unwrap_or(options.image.as_os_str());
        let failed = |error| Failure::fault(options.image.display(), error);
        let mut subject = Self::new(name.to_string_lossy().into_owned(), image).map_err(failed)?;
        let picture = Picture::clone(&subject.picture);
        let picture = picture.with_batch(options.course.batch(), options.running.seed()).map_err(failed)?;
        subject.picture = Arc::new(picture);
        Ok(subject)
    }

    /// The task of fitting `image`, with the batches that suit its size.
    pub fn new(name: String, image: Image) -> Result<Self, sinefield::recipe::image::PictureError> {
        let range = match image.depth {
            Depth::U8 | Depth::U16 => Some((0.0, 1.0)),
            Depth::F32 => None,
        };
        let shape = (image.rows, image.columns, image.channels);
        let picture = Arc::new(Picture::new(shape, image.data.clone(), range)?);
        Ok(Self { name, image, picture })
    }

    /// What is about to be done, in two lines.
    pub fn plan(&self, field: &Field, settings: &Settings, engine: &CpuEngine) -> String {
        let Image { rows, columns, channels, .. } = self.image;
        let (pixels, batch) = (self.picture.pixels(), self.picture.batch());
        let steps = settings.config.steps;
        let plural = if channels == 1 { "channel" } else { "channels" };
        let each = if batch == pixels {
            "every pixel at every step".to_string()
        } else {
            let passes = steps as f64 * batch as f64 / pixels as f64;
            format!("{} pixels a step, {passes:.1} passes over the image", grouped(batch))
        };
        format!(
            "{}: {columns} x {rows} pixels, {channels} {plural}; network {}, {} parameters\n\
             {} steps, {each}; {}; {} threads, {}",
            self.name,
            describe(field.architecture()),
            grouped(field.parameters().len()),
            grouped(steps),
            settings.words(),
            engine.threads(),
            engine.instruction_set(),
        )
    }
}
