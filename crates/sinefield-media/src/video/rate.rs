//! Frames per second as a fraction, as files store it: 29.97 is 2997/100, and NTSC has 30000/1001.

use super::VideoError;

/// The largest numerator and denominator: ffmpeg stores both in 32 bits.
const MOST: f64 = i32::MAX as f64;

/// The largest relative error of the fraction.
const NEAR: f64 = 1e-10;

/// Frames per second, `frames / seconds`. Neither is zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rate {
    pub frames: u32,
    pub seconds: u32,
}

impl Rate {
    /// The fraction of a rate with small numbers: the first convergent of its continued fraction that is near enough.
    pub fn new(fps: f64) -> Result<Self, VideoError> {
        check(fps)?;
        let (mut before, mut last) = ((0.0, 1.0), (1.0, 0.0));
        let mut rest = fps;
        loop {
            let whole = f64::floor(rest);
            let next = (whole * last.0 + before.0, whole * last.1 + before.1);
            if next.0 > MOST || next.1 > MOST {
                break;
            }
            (before, last) = (last, next);
            if (last.0 / last.1 - fps).abs() <= NEAR * fps {
                break;
            }
            rest = 1.0 / (rest - whole);
        }
        Ok(Self { frames: last.0 as u32, seconds: last.1 as u32 })
    }

    /// Seconds from one frame to the next.
    pub fn step(self) -> f64 {
        f64::from(self.seconds) / f64::from(self.frames)
    }
}

/// Refuses an invalid number of frames per second.
pub(super) fn check(fps: f64) -> Result<(), VideoError> {
    if (1e-6..=1e6).contains(&fps) { Ok(()) } else { Err(VideoError::Rate { fps }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fraction(fps: f64) -> (u32, u32) {
        let rate = Rate::new(fps).unwrap();
        (rate.frames, rate.seconds)
    }

    #[test]
    fn rates_become_the_fractions_people_mean() {
        for (fps, expected) in [
            (25.0, (25, 1)),
            (29.97, (2997, 100)),
            (30000.0 / 1001.0, (30000, 1001)),
            (24000.0 / 1001.0, (24000, 1001)),
            (23.976, (2997, 125)),
            (12.5, (25, 2)),
            (1.0 / 3.0, (1, 3)),
            (1.0 / 86400.0, (1, 86400)),
            (1e-6, (1, 1_000_000)),
            (1e6, (1_000_000, 1)),
        ] {
            assert_eq!(fraction(fps), expected, "{fps}");
        }
    }

    #[test]
    fn any_rate_is_near_its_fraction() {
        for step in 0..2000 {
            let fps = 1e-6 * 1e12_f64.powf(f64::from(step) / 1999.0);
            let rate = Rate::new(fps.min(1e6)).unwrap();
            assert!(rate.frames > 0 && rate.seconds > 0);
            assert!((1.0 / rate.step() - fps).abs() <= 1e-9 * fps, "{fps} {rate:?}");
        }
    }

    #[test]
    fn what_is_no_rate_is_refused() {
        for fps in [0.0, -25.0, f64::NAN, f64::INFINITY, 1e-7, 1e7] {
            let error = Rate::new(fps).unwrap_err();
            assert!(error.to_string().starts_with(&format!("{fps} frames")), "{error}");
        }
    }
}
