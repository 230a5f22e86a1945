//! Seamless cloning (Pérez, Gangnet & Blake 2003, "Poisson image editing").
//!
//! Outside the mask the picture has the target's values. Between two pixels with at least one inside the
//! mask, it has the source's difference. The result has the source's shapes and the target's colours.

use super::sites::SampleKind;
use super::{GradientDomainError, Samples};

/// The weight of the target's values relative to the source's differences, chosen by measurement (see
/// `docs/gradient-domain.md`).
const VALUE_WEIGHT: f64 = 30.0;

/// A source image, a target image, and the position of the source in the target.
///
/// ```
/// use sinefield::recipe::gradient_domain::Cloning;
///
/// // The source has 1 x 3 pixels. Its middle pixel is masked. It goes into the second row of the target.
/// let cloning = Cloning {
///     target: (&[0.0; 20], (4, 5, 1)),
///     source: (&[0.2, 0.7, 0.1], (1, 3)),
///     mask: &[false, true, false],
///     at: (1, 1),
///     mixed: false,
/// };
/// // Every other pixel keeps its value. Four differences meet at the pixel inside.
/// let counts: Vec<usize> = cloning.samples()?.iter().map(|samples| samples.count()).collect();
/// assert_eq!(counts, [19, 2, 2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Cloning<'a> {
    /// The target's values, `(rows, columns, channels)`.
    pub target: (&'a [f32], (usize, usize, usize)),
    /// The source's values, `(rows, columns, channels)` with the channels of the target, and its rows and columns.
    pub source: (&'a [f32], (usize, usize)),
    /// True for each source pixel to clone, `(rows, columns)`.
    pub mask: &'a [bool],
    /// The row and column of the target for the source's first pixel. Pixels outside the target are cut
    /// off.
    pub at: (i64, i64),
    /// Whether to use the stronger of the source's and the target's difference, by its length over the
    /// channels. If false, the source's difference is used wherever it exists.
    pub mixed: bool,
}

impl Cloning<'_> {
    /// The samples of the clone: the target's values outside the mask, and the differences inside.
    ///
    /// # Errors
    /// If the length of an array does not match its sizes, a number is not finite, or no masked pixel
    /// lies in the target.
    pub fn samples(&self) -> Result<Vec<Samples>, GradientDomainError> {
        let (target, (rows, columns, channels)) = self.target;
        let (source, (down, across)) = self.source;
        let lengths = [
            ("source", down.saturating_mul(across).saturating_mul(channels), source.len()),
            ("mask", down.saturating_mul(across), self.mask.len()),
        ];
        if let Some((name, expected, found)) = lengths.into_iter().find(|(_, e, f)| e != f) {
            return Err(GradientDomainError::Length { name, expected, found });
        }
        let values = Samples::new(SampleKind::Value, self.target.1, target.to_vec())?;
        let outside = (0..rows * columns).filter(|pixel| !self.inside(pixel / columns, pixel % columns));
        let outside: Vec<u32> = outside.map(|pixel| pixel as u32).collect();
        if outside.len() == rows * columns {
            return Err(GradientDomainError::NothingInside { at: self.at, sides: (down, across) });
        }
        let values = values.chosen(outside)?.weighing(VALUE_WEIGHT);
        Ok(vec![
            values,
            self.differences(SampleKind::DownBetween)?,
            self.differences(SampleKind::RightBetween)?,
        ])
    }

    /// The differences between two pixels with at least one inside the mask.
    fn differences(&self, kind: SampleKind) -> Result<Samples, GradientDomainError> {
        let (rows, columns, channels) = self.target.1;
        let lattice = kind.lattice((rows, columns));
        let (down, right) = if kind == SampleKind::DownBetween { (1, 0) } else { (0, 1) };
        let mut sites = Vec::new();
        let mut data = vec![0.0; lattice.0 * lattice.1 * channels];
        for site in 0..lattice.0 * lattice.1 {
            let here = (site / lattice.1, site % lattice.1);
            let next = (here.0 + down, here.1 + right);
            if self.inside(here.0, here.1) || self.inside(next.0, next.1) {
                sites.push(site as u32);
                self.guide(here, next, &mut data[site * channels..(site + 1) * channels]);
            }
        }
        Samples::new(kind, self.target.1, data)?.chosen(sites)
    }

    /// The difference from pixel `here` to pixel `next` that the clone should have, for each channel.
    fn guide(&self, here: (usize, usize), next: (usize, usize), out: &mut [f32]) {
        let (target, (_, columns, channels)) = self.target;
        let pixel = |(row, column): (usize, usize)| &target[(row * columns + column) * channels..];
        let own = |channel: usize| pixel(next)[channel] - pixel(here)[channel];
        out.iter_mut().enumerate().for_each(|(channel, out)| *out = own(channel));
        // Where the mask touches the edge of the source, only the target has a difference.
        let (Some(from), Some(to)) = (self.in_source(here), self.in_source(next)) else { return };
        let (source, _) = self.source;
        let other = |channel: usize| source[to * channels + channel] - source[from * channels + channel];
        let length = |of: &dyn Fn(usize) -> f32| (0..channels).map(|c| of(c) * of(c)).sum::<f32>();
        if !self.mixed || length(&other) >= length(&own) {
            out.iter_mut().enumerate().for_each(|(channel, out)| *out = other(channel));
        }
    }

    /// The index of the source pixel at a pixel of the target.
    fn in_source(&self, (row, column): (usize, usize)) -> Option<usize> {
        let (rows, columns) = self.source.1;
        let row = usize::try_from(i64::try_from(row).ok()?.checked_sub(self.at.0)?).ok()?;
        let column = usize::try_from(i64::try_from(column).ok()?.checked_sub(self.at.1)?).ok()?;
        (row < rows && column < columns).then_some(row * columns + column)
    }

    fn inside(&self, row: usize, column: usize) -> bool {
        self.in_source((row, column)).is_some_and(|pixel| self.mask[pixel])
    }
}
