//! Folders in which every file is a frame.

use std::cmp::Ordering;
use std::fs;
use std::path::{Path, PathBuf};

use image::ImageFormat;

use super::VideoError;
use super::reel::{Layout, Reel, Request};
use super::spool::pack;
use crate::input::Input;
use crate::{Image, MediaError, Signal};

/// Reads a folder of frames.
pub(super) fn read(request: Request<'_>) -> Result<Signal, MediaError> {
    let folder = request.path;
    let paths = list(folder)?;
    let Some(first) = paths.first() else {
        return Err(VideoError::NoFrames { folder: folder.into() }.into());
    };
    let image = Image::read(first)?;
    let layout = layout(&image);
    let mut reel = Reel::start(request, layout, Some(paths.len()))?;
    let mut bytes = Vec::new();
    let images = std::iter::once(Ok(image)).chain(paths.iter().skip(1).map(Image::read));
    for (path, image) in paths.iter().zip(images) {
        let image = image?;
        let found = self::layout(&image);
        if found != layout {
            let (found, expected) = (found.to_string(), layout.to_string());
            let (path, first) = (path.clone(), first.clone());
            return Err(VideoError::FrameDiffers { path, found, first, expected }.into());
        }
        bytes.clear();
        pack(&image.data, layout.depth, &mut bytes);
        reel.frame(&bytes)?;
    }
    reel.finish(None)
}

fn layout(image: &Image) -> Layout {
    let Image { rows, columns, channels, depth, .. } = *image;
    Layout { rows, columns, channels, depth }
}

/// The frames of a folder in order. Other files are refused before the first frame is read.
fn list(folder: &Path) -> Result<Vec<PathBuf>, MediaError> {
    let refused = |source| Input::refused(folder, source);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(refused)? {
        let name = entry.map_err(refused)?.file_name();
        if !name.as_encoded_bytes().starts_with(b".") {
            names.push(name);
        }
    }
    names.sort_by_cached_key(|name| NaturalKey::new(name.to_string_lossy().into_owned()));
    let paths: Vec<PathBuf> = names.into_iter().map(|name| folder.join(name)).collect();
    for path in &paths {
        let detail = match path.is_file() {
            false => "not a file",
            true if !is_image(path) => "its name does not end as an image's does",
            true => continue,
        };
        return Err(VideoError::NotAFrame { path: path.clone(), detail }.into());
    }
    Ok(paths)
}

/// Whether the extension of a file is that of an image that [`Image::read`] supports.
fn is_image(path: &Path) -> bool {
    use ImageFormat::{Hdr, Jpeg, OpenExr, Png, Pnm, Tiff, WebP};
    let npy = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("npy"));
    let format = ImageFormat::from_path(path).ok();
    npy || matches!(format, Some(Png | Jpeg | Tiff | WebP | Pnm | Hdr | OpenExr))
}

/// A sort key that compares the numbers in names. Crates with such a comparison do not guarantee a total order for
/// every name, and sorting panics without one.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct NaturalKey {
    pieces: Vec<Piece>,
    /// Distinguishes `frame1` from `frame01`.
    name: String,
}

#[derive(PartialEq, Eq)]
enum Piece {
    /// Digits without leading zeros.
    Number(String),
    Text(String),
}

impl NaturalKey {
    fn new(name: String) -> Self {
        let mut pieces = Vec::new();
        let mut rest = name.as_str();
        while let Some(first) = rest.chars().next() {
            let is_number = first.is_ascii_digit();
            let end = rest.find(|c: char| c.is_ascii_digit() != is_number).unwrap_or(rest.len());
            let (piece, after) = rest.split_at(end);
            pieces.push(match is_number {
                true => Piece::Number(piece.trim_start_matches('0').into()),
                false => Piece::Text(piece.into()),
            });
            rest = after;
        }
        Self { pieces, name }
    }
}

impl Ord for Piece {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Number(_)) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Piece {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_by_their_numbers() {
        let sorted = [
            "1.png",
            "02.png",
            "10.png",
            "a1b2.png",
            "a1b10.png",
            "a2b1.png",
            "a.png",
            // Equal numbers are in the order of their names.
            "frame009.png",
            "frame9.png",
            "frame10.png",
            "frame99999999999999999999.png",
            "frame100000000000000000000.png",
            "frame\u{e9}.png",
        ];
        let mut names = sorted;
        names.reverse();
        names.sort_by_cached_key(|name| NaturalKey::new((*name).into()));
        assert_eq!(names, sorted);
    }
}
