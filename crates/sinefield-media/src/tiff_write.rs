//! Writes TIFF files: 8-bit or float samples, in one page or in one page per channel.

use std::io::{self, Seek, Write};

use sinefield_files::Writer;
use tiff::encoder::colortype::{ColorType, Gray8, Gray32Float, RGB8, RGB32Float, RGBA8, RGBA32Float};
use tiff::encoder::{TiffEncoder, TiffKind, TiffKindBig, TiffKindStandard, TiffValue};
use tiff::tags::Tag;
use tiff::{TiffError, TiffResult};

use crate::encode::{Picture, Pixels};

/// The tag value for an unassociated alpha channel: the colours are not multiplied by it.
const ALPHA: Option<u16> = Some(2);

/// From this many bytes of samples, BigTIFF is needed. It leaves room for the tags.
const BIG: u64 = (1 << 32) - (1 << 26);

/// Writes one page if the format has a name for the channels, and otherwise a grey page for each.
pub(crate) fn write(file: &mut Writer, picture: &Picture<'_>) -> io::Result<()> {
    let bytes = match picture.pixels {
        Pixels::U8(data) => data.len(),
        Pixels::F32(data) => size_of_val(data),
    };
    let written = if (bytes as u64) < BIG {
        pages::<TiffKindStandard>(file, picture)
    } else {
        pages::<TiffKindBig>(file, picture)
    };
    written.map_err(|error| match error {
        TiffError::IoError(error) => error,
        error => io::Error::other(error),
    })
}

fn pages<K: TiffKind>(file: &mut Writer, picture: &Picture<'_>) -> TiffResult<()> {
    let mut encoder = TiffEncoder::<_, K>::new_generic(file)?;
    let size = (picture.width, picture.height);
    match (picture.pixels, picture.channels) {
        (Pixels::U8(data), 1) => page::<Gray8, K>(&mut encoder, size, data, None),
        (Pixels::U8(data), 3) => page::<RGB8, K>(&mut encoder, size, data, None),
        (Pixels::U8(data), 4) => page::<RGBA8, K>(&mut encoder, size, data, ALPHA),
        (Pixels::U8(data), channels) => planes::<Gray8, K>(&mut encoder, size, data, channels),
        (Pixels::F32(data), 1) => page::<Gray32Float, K>(&mut encoder, size, data, None),
        (Pixels::F32(data), 3) => page::<RGB32Float, K>(&mut encoder, size, data, None),
        (Pixels::F32(data), 4) => page::<RGBA32Float, K>(&mut encoder, size, data, ALPHA),
        (Pixels::F32(data), channels) => planes::<Gray32Float, K>(&mut encoder, size, data, channels),
    }
}

/// A page. Samples beyond the colours have the kind `extra`.
fn page<C: ColorType, K: TiffKind>(
    encoder: &mut TiffEncoder<impl Write + Seek, K>,
    (width, height): (u32, u32),
    data: &[C::Inner],
    extra: Option<u16>,
) -> TiffResult<()>
where
    [C::Inner]: TiffValue,
{
    let mut page = encoder.new_image::<C>(width, height)?;
    if let Some(kind) = extra {
        page.encoder().write_tag(Tag::ExtraSamples, kind)?;
    }
    page.write_data(data)
}

fn planes<C: ColorType, K: TiffKind>(
    encoder: &mut TiffEncoder<impl Write + Seek, K>,
    size: (u32, u32),
    data: &[C::Inner],
    channels: usize,
) -> TiffResult<()>
where
    C::Inner: Copy,
    [C::Inner]: TiffValue,
{
    for channel in 0..channels {
        let plane: Vec<_> = data.iter().skip(channel).step_by(channels).copied().collect();
        page::<C, K>(encoder, size, &plane, None)?;
    }
    Ok(())
}
