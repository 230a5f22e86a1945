//! Similarity of two images: PSNR and SSIM.

/// The side of the window of SSIM.
const WINDOW: usize = 7;

/// The peak signal-to-noise ratio of two signals in decibels, `10 log10(peak² / mse)`.
///
/// It is infinite for equal signals, and NaN for signals of different lengths or without values.
///
/// ```
/// let decibels = sinefield_media::psnr(&[0.0, 1.0], &[0.1, 0.9], 1.0);
/// assert!((decibels - 20.0).abs() < 1e-5);
/// ```
pub fn psnr(a: &[f32], b: &[f32], peak: f64) -> f64 {
    if a.len() != b.len() {
        return f64::NAN;
    }
    let squares: f64 = a.iter().zip(b).map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2)).sum();
    10.0 * (peak * peak * a.len() as f64 / squares).log10()
}

/// The mean structural similarity of two images of the given sizes, channel last.
///
/// It is computed as in scikit-image: a uniform 7x7 window, sample variances, K1 = 0.01 and K2 = 0.03, and the mean
/// over all windows inside the image and over the channels. An image with fewer than 7 rows or columns uses the largest
/// odd window that fits. A window of one pixel has no variance, so only the means are compared. The result is NaN if
/// the data does not match the sizes.
pub fn ssim(a: &[f32], b: &[f32], rows: usize, columns: usize, channels: usize, peak: f64) -> f64 {
    let values = rows.checked_mul(columns).and_then(|pixels| pixels.checked_mul(channels));
    if a.is_empty() || values != Some(a.len()) || a.len() != b.len() {
        return f64::NAN;
    }
    let shorter = rows.min(columns).min(WINDOW);
    let windows = Windows { rows, columns, channels, side: shorter - (shorter + 1) % 2, peak };
    (0..channels).map(|channel| windows.mean(a, b, channel)).sum::<f64>() / channels as f64
}

/// The sums over a window that determine its similarity: of a, b, a², b² and ab.
type Sums = [f64; 5];

/// All windows with one side length in an image.
struct Windows {
    rows: usize,
    columns: usize,
    channels: usize,
    side: usize,
    peak: f64,
}

impl Windows {
    /// The mean similarity over all windows. Sums over a column of the window are updated downwards, and sums of these
    /// to the right. The cost therefore does not depend on the size of the window.
    fn mean(&self, a: &[f32], b: &[f32], channel: usize) -> f64 {
        let sample = |row: usize, column: usize| {
            let index = (row * self.columns + column) * self.channels + channel;
            let (a, b) = (f64::from(a[index]), f64::from(b[index]));
            [a, b, a * a, b * b, a * b]
        };
        let mut slots = vec![Sums::default(); self.columns];
        let mut total = 0.0;
        for row in 0..self.rows {
            for (column, slot) in slots.iter_mut().enumerate() {
                add(slot, &sample(row, column));
                if row >= self.side {
                    subtract(slot, &sample(row - self.side, column));
                }
            }
            if row + 1 >= self.side {
                total += self.row_total(&slots);
            }
        }
        let positions = (self.rows + 1 - self.side) * (self.columns + 1 - self.side);
        total / positions as f64
    }

    fn row_total(&self, slots: &[Sums]) -> f64 {
        let mut window = Sums::default();
        let mut total = 0.0;
        for (column, slot) in slots.iter().enumerate() {
            add(&mut window, slot);
            if column >= self.side {
                subtract(&mut window, &slots[column - self.side]);
            }
            if column + 1 >= self.side {
                total += self.similarity(&window);
            }
        }
        total
    }

    fn similarity(&self, sums: &Sums) -> f64 {
        let count = (self.side * self.side) as f64;
        let [a, b, aa, bb, ab] = sums.map(|sum| sum / count);
        let sample = if count > 1.0 { count / (count - 1.0) } else { 0.0 };
        let (var_a, var_b, cov) = (sample * (aa - a * a), sample * (bb - b * b), sample * (ab - a * b));
        let (c1, c2) = ((0.01 * self.peak).powi(2), (0.03 * self.peak).powi(2));
        let above = (2.0 * a * b + c1) * (2.0 * cov + c2);
        let below = (a * a + b * b + c1) * (var_a + var_b + c2);
        above / below
    }
}

fn add(sums: &mut Sums, more: &Sums) {
    sums.iter_mut().zip(more).for_each(|(sum, value)| *sum += value);
}

fn subtract(sums: &mut Sums, less: &Sums) {
    sums.iter_mut().zip(less).for_each(|(sum, value)| *sum -= value);
}
