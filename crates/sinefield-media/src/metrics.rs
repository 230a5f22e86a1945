//! How far an image is from another: PSNR and SSIM.

/// The side of the window that SSIM compares in.
const WINDOW: usize = 7;

/// The peak signal-to-noise ratio of two signals in decibels, `10 log10(peak² / mse)`.
///
/// Infinite for equal signals; NaN for signals of different lengths or none.
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
/// As scikit-image computes it: a uniform 7x7 window, sample variances, K1 = 0.01 and K2 = 0.03,
/// the mean over all positions of the window inside the image and over the channels. An image
/// less than 7 pixels high or wide is compared in the largest odd window that fits; in a window
/// of one pixel there is no variance and only the means are compared. NaN for data that is not
/// of the sizes given.
pub fn ssim(a: &[f32], b: &[f32], rows: usize, columns: usize, channels: usize, peak: f64) -> f64 {
    let values = rows.checked_mul(columns).and_then(|pixels| pixels.checked_mul(channels));
    if a.is_empty() || values != Some(a.len()) || a.len() != b.len() {
        return f64::NAN;
    }
    let shorter = rows.min(columns).min(WINDOW);
    let windows = Windows { rows, columns, channels, side: shorter - (shorter + 1) % 2, peak };
    (0..channels).map(|channel| windows.mean(a, b, channel)).sum::<f64>() / channels as f64
}

/// The sums over a window that its similarity is made of: of a, b, a², b² and ab.
type Sums = [f64; 5];

/// All the windows of one side length in an image.
struct Windows {
    rows: usize,
    columns: usize,
    channels: usize,
    side: usize,
    peak: f64,
}

impl Windows {
    /// The mean similarity over all windows. Sums over a column of the window slide down, sums of
    /// these slide right, so that the cost does not depend on the size of the window.
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
