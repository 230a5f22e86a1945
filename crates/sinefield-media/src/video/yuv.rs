//! Converts luma and chroma to RGB and back, by BT.601: `Y = 0.299 R + 0.587 G + 0.114 B`, `Cb = (B - Y) / 1.772` and
//! `Cr = (R - Y) / 1.402`, in 8 bits. In limited range black is 16, white is 235, and chroma spans 224 values.

/// The positions of chroma samples along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chroma {
    /// One for each pixel.
    Each,
    /// One for two pixels, at the first of them.
    HalfOnFirst,
    /// One for two pixels, in the middle between them.
    HalfBetween,
}

impl Chroma {
    /// The number of chroma samples along an axis with `pixels` pixels.
    fn samples(self, pixels: usize) -> usize {
        if self == Self::Each { pixels } else { pixels.div_ceil(2) }
    }

    /// For each pixel, its two neighbouring chroma samples and the weight of the second in quarters.
    fn mixtures(self, pixels: usize) -> Vec<Mixture> {
        let last = self.samples(pixels).saturating_sub(1);
        let mixture = |pixel: usize| {
            let (half, odd) = (pixel / 2, pixel % 2 == 1);
            let (first, second, quarters) = match (self, odd) {
                (Self::Each, _) => (pixel, pixel, 0),
                (Self::HalfOnFirst, false) => (half, half, 0),
                (Self::HalfOnFirst, true) => (half, half + 1, 2),
                (Self::HalfBetween, false) => (half.saturating_sub(1), half, 3),
                (Self::HalfBetween, true) => (half, half + 1, 1),
            };
            Mixture { first, second: second.min(last), quarters }
        };
        (0..pixels).map(mixture).collect()
    }
}

#[derive(Clone, Copy, Debug)]
struct Mixture {
    first: usize,
    second: usize,
    quarters: u16,
}

impl Mixture {
    /// Four times the mixture of two samples of a line.
    fn of(self, line: impl Fn(usize) -> u16) -> u16 {
        line(self.first) * (4 - self.quarters) + line(self.second) * self.quarters
    }
}

/// The planes of a frame: luma, then Cb and Cr if there is chroma.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Planes {
    pub rows: usize,
    pub columns: usize,
    /// Along rows and along columns; `None` for mono.
    pub chroma: Option<(Chroma, Chroma)>,
    pub full_range: bool,
}

impl Planes {
    /// The bytes of a frame; `None` on overflow.
    pub fn bytes(&self) -> Option<usize> {
        let luma = self.rows.checked_mul(self.columns)?;
        let chroma = match self.chroma {
            Some((down, across)) => down.samples(self.rows).checked_mul(across.samples(self.columns))?,
            None => 0,
        };
        luma.checked_add(chroma.checked_mul(2)?)
    }

    /// The channels of a frame's pixels.
    pub fn channels(&self) -> usize {
        if self.chroma.is_some() { 3 } else { 1 }
    }

    /// The scales of luma and of chroma for a step of 1 in 255, and black.
    fn scales(&self) -> (f32, f32, f32) {
        if self.full_range { (1.0, 1.0, 0.0) } else { (255.0 / 219.0, 255.0 / 224.0, 16.0) }
    }
}

/// Converts frames of one kind to RGB or grey.
#[derive(Debug)]
pub(super) struct ToRgb {
    planes: Planes,
    down: Vec<Mixture>,
    across: Vec<Mixture>,
    /// A line of Cb and one of Cr, interpolated between two lines of samples, times four.
    lines: [Vec<u16>; 2],
}

impl ToRgb {
    /// Call it after the first frame has been read, which proves that the sizes are correct.
    pub fn new(planes: Planes) -> Self {
        let (down, across) = planes.chroma.unwrap_or((Chroma::Each, Chroma::Each));
        let line = vec![0; across.samples(planes.columns)];
        Self {
            planes,
            down: down.mixtures(planes.rows),
            across: across.mixtures(planes.columns),
            lines: [line.clone(), line],
        }
    }

    /// Appends the pixels of a frame of [`Planes::bytes`] bytes to `pixels`, each channel in 8 bits.
    pub fn convert(&mut self, frame: &[u8], pixels: &mut Vec<u8>) {
        let (luma_scale, chroma_scale, black) = self.planes.scales();
        let (luma, chroma) = frame.split_at(self.planes.rows * self.planes.columns);
        let light = |value: u8| (f32::from(value) - black) * luma_scale;
        if self.planes.chroma.is_none() {
            pixels.extend(luma.iter().map(|&value| light(value).round() as u8));
            return;
        }
        let (cb, cr) = chroma.split_at(chroma.len() / 2);
        let width = self.lines[0].len();
        for (row, line) in luma.chunks_exact(self.planes.columns).enumerate() {
            let down = self.down[row];
            for (plane, mixed) in [cb, cr].into_iter().zip(&mut self.lines) {
                for (column, value) in mixed.iter_mut().enumerate() {
                    *value = down.of(|sample| u16::from(plane[sample * width + column]));
                }
            }
            let [cb, cr] = &self.lines;
            for (&value, across) in line.iter().zip(&self.across) {
                let centred = |mixed: &[u16]| {
                    (f32::from(across.of(|sample| mixed[sample])) / 16.0 - 128.0) * chroma_scale
                };
                let (y, cb, cr) = (light(value), centred(cb), centred(cr));
                let green = y - (0.114 * 1.772 / 0.587) * cb - (0.299 * 1.402 / 0.587) * cr;
                // The cast saturates at 0 and 255.
                pixels.extend([y + 1.402 * cr, green, y + 1.772 * cb].map(|value| value.round() as u8));
            }
        }
    }
}

/// Appends the planes of a frame in 4:4:4 and limited range, or of a grey frame in mono and full range. `pixels` are
/// `(pixels, channels)` in `[0, 1]`, with 1 or 3 channels. Values outside are clipped.
pub(super) fn from_rgb(pixels: &[f32], channels: usize, frame: &mut Vec<u8>) {
    if channels == 1 {
        frame.extend(pixels.iter().map(|value| (value * 255.0).round() as u8));
        return;
    }
    let luma = |[r, g, b]: [f32; 3]| 0.299 * r + 0.587 * g + 0.114 * b;
    // Not `clamp`, which would keep NaN.
    let clipped = |value: f32| if value > 0.0 { value.min(1.0) } else { 0.0 };
    let colours = || pixels.as_chunks().0.iter().map(|pixel| pixel.map(clipped));
    frame.extend(colours().map(|rgb| (16.0 + 219.0 * luma(rgb)).round() as u8));
    frame.extend(colours().map(|rgb| (128.0 + 224.0 / 1.772 * (rgb[2] - luma(rgb))).round() as u8));
    frame.extend(colours().map(|rgb| (128.0 + 224.0 / 1.402 * (rgb[0] - luma(rgb))).round() as u8));
}
