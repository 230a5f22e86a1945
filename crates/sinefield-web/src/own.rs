//! The derivatives of a picture's own pixels, to look at beside those of its field.

use sinefield_media::{by_channel, laplace5, sobel};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::PageError;
use crate::fitting::values;

/// The length of the Sobel gradient or the five-point Laplacian of a picture `(rows, columns, channels)` of bytes, for each channel.
/// Values are between 0 and 1, and the derivatives per pixel.
///
/// # Errors
/// If the picture has another number of bytes, or the quantity is neither `gradient-magnitude` nor `laplacian`.
#[wasm_bindgen]
pub fn differences(
    quantity: &str,
    pixels: &[u8],
    rows: usize,
    columns: usize,
    channels: usize,
) -> Result<Vec<f32>, PageError> {
    let values = values(pixels, (rows, columns, channels))?;
    let operator = |plane: &[f32]| match quantity {
        "laplacian" => laplace5(plane, rows, columns),
        _ => {
            let (down, right) = sobel(plane, rows, columns);
            down.iter().zip(&right).map(|(d, r)| d.hypot(*r)).collect()
        }
    };
    match quantity {
        "gradient-magnitude" | "laplacian" => Ok(by_channel(&values, channels, operator)),
        _ => Err(PageError::Quantity(quantity.into())),
    }
}
