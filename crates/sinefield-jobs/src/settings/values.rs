//! Parsers of option values. An error says which value is needed.

use std::str::FromStr;

use sinefield::recipe::sampled::Batch;
use sinefield::render::Coordinates;
use sinefield_media::{MediaError, Resize, SignalKind};

const MOST_THREADS: usize = 1024;

/// A number above zero.
pub fn positive(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite() && *number > 0.0);
    number.ok_or_else(|| format!("\"{text}\" is not a number above 0; give one, like 0.5"))
}

/// A number from 0 to 1.
pub fn fraction(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| (0.0..=1.0).contains(number));
    number.ok_or_else(|| format!("\"{text}\" is not a number from 0 to 1; give one, like 0.5"))
}

/// A number above 0, up to 1.
pub fn share(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| *number > 0.0 && *number <= 1.0);
    number.ok_or_else(|| format!("\"{text}\" is not a number above 0 and up to 1; give one, like 0.5"))
}

/// `ROW,COL`, whole numbers of either sign.
pub fn place(text: &str) -> Result<(i64, i64), String> {
    let numbers: Option<Vec<i64>> = text.split(',').map(|side| side.trim().parse().ok()).collect();
    match numbers.as_deref() {
        Some(&[row, column]) => Ok((row, column)),
        _ => Err(format!("\"{text}\" is no place; give a row and a column, like 12,-3")),
    }
}

/// As [`positive`], for float32s.
pub fn positive_f32(text: &str) -> Result<f32, String> {
    let number = positive(text)? as f32;
    if number.is_finite() && number > 0.0 {
        return Ok(number);
    }
    Err(format!("\"{text}\" does not fit a float32; give a number between 1e-38 and 1e38"))
}

/// A whole number of at least 1.
pub fn count(text: &str) -> Result<usize, String> {
    let number = text.parse::<usize>().ok().filter(|number| *number > 0);
    number.ok_or_else(|| format!("\"{text}\" is not a whole number of at least 1; give one"))
}

/// The number of threads, from 1 to 1,024. More threads than cores only fill the memory with stacks.
pub fn threads(text: &str) -> Result<usize, String> {
    match count(text)? {
        threads if threads <= MOST_THREADS => Ok(threads),
        _ => Err(format!("\"{text}\" is more than {MOST_THREADS}; give about one a core")),
    }
}

/// A whole number of at least 0.
pub fn whole<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse::<T>().map_err(|_| format!("\"{text}\" is not a whole number of at least 0; give one"))
}

/// `full`, or a number of pixels.
pub fn batch(text: &str) -> Result<Batch, String> {
    if text == "full" {
        return Ok(Batch::Full);
    }
    let refused = |_| format!("\"{text}\" is no batch; give \"full\" or a number of pixels of at least 1");
    count(text).map(Batch::Samples).map_err(refused)
}

/// `N` for the longer side, or `WxH`.
pub fn size(text: &str) -> Result<Resize, MediaError> {
    sinefield_media::parse_size(text)
}

/// A number.
pub fn number(text: &str) -> Result<f64, String> {
    let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    number.ok_or_else(|| {
        format!("\"{text}\" is not a number; give numbers with commas between, like 0,0,64,64")
    })
}

/// A number of a camera.
pub fn camera(text: &str) -> Result<f64, String> {
    number(text).map_err(|_| {
        format!(
            "\"{text}\" is not a number; give degrees from +z and above, and perhaps a distance, like 30,20"
        )
    })
}

/// The kind of a signal.
pub fn kind(text: &str) -> Result<SignalKind, String> {
    let named = SignalKind::ALL.into_iter().find(|kind| kind.name() == text);
    let names = SignalKind::ALL.map(SignalKind::name).join(", ");
    named.ok_or_else(|| format!("unknown kind \"{text}\"; one of {names}"))
}

/// The units of coordinates, by name.
pub fn coordinates(text: &str) -> Result<Coordinates, String> {
    let all = [Coordinates::Units, Coordinates::Normalised];
    let named = all.into_iter().find(|coordinates| coordinates.name() == text);
    let names = all.map(Coordinates::name).join(", ");
    named.ok_or_else(|| format!("unknown coordinates \"{text}\"; one of {names}"))
}
