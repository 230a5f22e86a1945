//! OpenEXR files with any channels. The `image` crate supports only RGB and RGBA.

use std::io::{self, Seek, SeekFrom};
use std::path::Path;

use exr::error::Error;
use exr::image::{AnyChannel, AnyChannels, Encoding, FlatSamples, Layer};
use exr::meta::MetaData;
use exr::meta::attribute::Text;
use exr::meta::header::{Header, LayerAttributes};
use exr::prelude::{ReadChannels, ReadLayers, Vec2, WritableImage};

use crate::encode::Picture;
use crate::input::{Input, believe, zeros};
use crate::npy_write::check_length;
use crate::{Depth, Image, MediaError};

/// The channels of a picture, in the order of an image.
const PICTURES: [&[&str]; 4] = [&["R", "G", "B", "A"], &["R", "G", "B"], &["Y", "A"], &["Y"]];

/// Reads the first layer without deep data.
pub(crate) fn read(mut input: Input<'_>) -> Result<Image, MediaError> {
    let path = input.path;
    check_headers(&mut input)?;
    let image = exr::image::read::read()
        .no_deep_data()
        .largest_resolution_level()
        .all_channels()
        .first_valid_layer()
        .all_attributes()
        .non_parallel()
        .from_buffered(input.source)
        .map_err(|error| explain(path, error))?;
    let Vec2(columns, rows) = image.layer_data.size;
    let list = picture_order(&image.layer_data.channel_data.list);
    let channels = list.len();
    let mut data = zeros(path, &[rows, columns, channels])?;
    for (channel, samples) in list.into_iter().enumerate() {
        let places = data.iter_mut().skip(channel).step_by(channels);
        for (place, value) in places.zip(samples.values_as_f32()) {
            *place = value;
        }
    }
    Ok(Image { rows, columns, channels, data, depth: Depth::F32 })
}

/// Checks the sizes in the headers before the decoder allocates them. Afterwards the position is at the start of the
/// file.
fn check_headers(input: &mut Input<'_>) -> Result<(), MediaError> {
    let (path, length) = (input.path, input.length);
    let headers =
        MetaData::read_from_buffered(&mut input.source, false).map_err(|error| explain(path, error))?.headers;
    for Header { layer_size: Vec2(columns, rows), channels, .. } in &headers {
        believe(path, length, &[*rows, *columns, channels.list.len()])?;
        if channels.list.iter().any(|channel| channel.sampling != Vec2(1, 1)) {
            let detail = "channels of different resolutions".into();
            return Err(MediaError::Unsupported { path: path.into(), format: "OpenEXR", detail });
        }
    }
    input.source.seek(SeekFrom::Start(0)).map_err(|error| Input::refused(path, error))?;
    Ok(())
}

/// The colours and the alpha of a picture, without other channels of a renderer. If the file is not a picture, all
/// channels in their order.
fn picture_order(list: &[AnyChannel<FlatSamples>]) -> Vec<&FlatSamples> {
    let find = |name: &str| list.iter().find(|channel| channel.name.eq(name));
    PICTURES
        .iter()
        .filter(|names| names[0] == "R" || names.len() == list.len())
        .find_map(|names| names.iter().map(|name| find(name)).collect::<Option<Vec<_>>>())
        .unwrap_or_else(|| list.iter().collect())
        .into_iter()
        .map(|channel| &channel.sample_data)
        .collect()
}

/// Writes channels of 32-bit floats with given names, atomically.
///
/// `data` is row by row with the channel last, and has one channel for each name. The format sorts its channels by
/// name.
///
/// # Errors
/// [`MediaError::Length`] if the number of values of `data` does not match, [`MediaError::Format`] for a name that is
/// empty, used twice or not in Latin letters, and [`MediaError::Write`].
pub fn write_exr(
    path: impl AsRef<Path>,
    rows: usize,
    columns: usize,
    names: &[&str],
    data: &[f32],
) -> Result<(), MediaError> {
    let path = path.as_ref();
    check_length(path, &[rows, columns, names.len()], data.len())?;
    let channels = names
        .iter()
        .enumerate()
        .map(|(channel, name)| {
            let free = !name.is_empty() && !names[..channel].contains(name);
            let name = Text::new_or_none(name).filter(|_| free).ok_or_else(|| MediaError::Format {
                path: path.into(),
                format: "OpenEXR",
                detail: format!("a channel named {name:?} here"),
            })?;
            let samples = data.iter().skip(channel).step_by(names.len()).copied().collect();
            Ok(AnyChannel::new(name, FlatSamples::F32(samples)))
        })
        .collect::<Result<_, MediaError>>()?;
    // Every other program reads zipped scan lines.
    let encoding = Encoding::SMALL_LOSSLESS;
    let attributes = LayerAttributes::default();
    let layer = Layer::new(Vec2(columns, rows), attributes, encoding, AnyChannels::sort(channels));
    let image = exr::image::Image::from_layer(layer);
    sinefield_files::write(path, |file| {
        image.write().non_parallel().to_buffered(file).map_err(|error| match error {
            Error::Io(error) => error,
            error => io::Error::other(error.to_string()),
        })
    })?;
    Ok(())
}

/// Writes a picture with the usual names of its channels.
pub(crate) fn write(path: &Path, picture: &Picture<'_>, data: &[f32]) -> Result<(), MediaError> {
    let usual = PICTURES.iter().find(|names| names.len() == picture.channels);
    let numbered: Vec<String> = (0..picture.channels).map(|channel| format!("c{channel:04}")).collect();
    let names = match usual {
        Some(names) => names.to_vec(),
        None => numbered.iter().map(String::as_str).collect(),
    };
    write_exr(path, picture.height as usize, picture.width as usize, &names, data)
}

fn explain(path: &Path, error: Error) -> MediaError {
    let (path, format) = (path.to_path_buf(), "OpenEXR");
    match error {
        Error::Io(error) if error.raw_os_error().is_some() => Input::refused(&path, error),
        Error::NotSupported(detail) => MediaError::Unsupported { path, format, detail: detail.into() },
        error => MediaError::Corrupt { path, format, detail: error.to_string() },
    }
}
