//! Measures a picture from derivatives against the original image.

use sinefield::engine::Engine;
use sinefield::field::Field;
use sinefield::recipe::gradient_domain::{Alignment, SampleKind, Samples, align, samples_psnr};
use sinefield_media::Image;

use super::signal;
use super::work::Measured;
use crate::{JobError, Quality};

/// Aligns the field with the image, and measures value, gradient and Laplacian. The gradient is compared with
/// `gradient`, or with the image's differences if `gradient` is empty.
pub fn measure(
    engine: &dyn Engine,
    field: &mut Field,
    image: &Image,
    alignment: Alignment,
    gradient: &[Samples],
) -> Result<Measured, JobError> {
    let failed = |error: &dyn std::fmt::Display| JobError::fault("quality", error);
    let shape = signal::shape(image);
    if alignment != Alignment::None {
        let values = Samples::new(SampleKind::Value, shape, image.data.clone()).map_err(|e| failed(&e))?;
        align(engine, field, &values, alignment).map_err(|e| failed(&e))?;
    }
    let value = Quality::of_image(engine, field, image)?;
    let slope = if gradient.is_empty() {
        let own = signal::differences(image).map_err(|e| failed(&e))?;
        samples_psnr(engine, field, &own, None)
    } else {
        samples_psnr(engine, field, gradient, None)
    };
    let slope = slope.map_err(|e| failed(&e))?;
    let curvature = signal::laplacian(image, signal::five_point(image)).map_err(|e| failed(&e))?;
    let curvature = samples_psnr(engine, field, [&curvature], None).map_err(|e| failed(&e))?;
    let Quality::Image { psnr_db, ssim } = value else {
        return Err(JobError::fault("quality", "the field is not of an image"));
    };
    Ok(Measured {
        numbers: vec![
            ("psnr_db", psnr_db),
            ("ssim", ssim),
            ("gradient_psnr_db", slope),
            ("laplacian_psnr_db", curvature),
        ],
        words: format!(
            "value {psnr_db:.2} dB (SSIM {ssim:.4}, alignment: {}), gradient {slope:.2} dB, Laplacian {curvature:.2} dB",
            alignment.rule()
        ),
    })
}
