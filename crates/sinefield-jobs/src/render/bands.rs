//! Draws renders in bands, so that their progress can be reported.

use sinefield::engine::Engine;
use sinefield::render::{Render, RenderError};

use crate::Told;

/// The approximate number of samples per band.
const BAND: usize = 1 << 19;

/// Like [`Render::draw`], band by band along the first axis. `told` receives the number of rows done.
pub fn draw<T: Send>(
    engine: &dyn Engine,
    render: &Render<'_>,
    (out, per_pixel): (&mut [T], usize),
    keep: impl Fn(&[f32], &mut [T]) + Sync,
    told: Told<'_>,
) -> Result<(), RenderError> {
    let rows = render.frame().shape().first().copied().unwrap_or(1).max(1);
    let each = out.len() / rows;
    let step = (BAND * per_pixel / each.max(1)).max(1);
    for (band, out) in out.chunks_mut((step * each).max(1)).enumerate() {
        let top = band * step;
        render.band(top..top + step).draw(engine, out, per_pixel, &keep)?;
        told((top + step).min(rows), Some(rows));
    }
    Ok(())
}
