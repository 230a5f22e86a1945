//! The quality that one network reaches on a long sound, from measured fits (`docs/sound.md`).

use sinefield_media::{Signal, SignalKind};

/// Measured points for music and for speech: the samples per parameter of the network, and the signal-to-noise ratio in
/// dB at the end of a fit.
const MUSIC: [(f64, f64); 4] = [(1.56, 33.0), (6.17, 21.1), (24.3, 12.6), (94.4, 4.3)];
const SPEECH: [(f64, f64); 4] = [(2.71, 12.4), (10.8, 7.6), (42.4, 7.2), (164.8, 2.2)];
/// The number of samples per parameter above which a warning is given.
const MANY: f64 = 4.0;

/// The warning for a sound that is too long for one network of `parameters` parameters, and `None` for other signals.
pub fn words(signal: &Signal, parameters: usize) -> Option<String> {
    let samples = signal.count();
    let each = samples as f64 / parameters.max(1) as f64;
    (signal.kind == SignalKind::Sound && each > MANY).then(|| {
        let [speech, music] = [SPEECH, MUSIC].map(|of| expected(&of, each));
        format!(
            "{each:.1} samples for each parameter are many for one network: expect an SNR of about {speech:.0} dB for \
             speech and {music:.0} dB for music; fit parts of the sound, or take a wider network"
        )
    })
}

/// The expected ratio in dB at `each` samples per parameter, at least 0. It is linear in the logarithm of `each`
/// between the measured points and beyond them.
fn expected(measured: &[(f64, f64)], each: f64) -> f64 {
    let segments = measured.windows(2);
    let within = segments.clone().find(|ends| each <= ends[1].0).or(segments.last());
    let Some(&[(x0, y0), (x1, y1)]) = within else { return 0.0 };
    let share = (each / x0).ln() / (x1 / x0).ln();
    (y0 + share * (y1 - y0)).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_those_measured_and_fall_between_and_beyond_them() {
        for table in [MUSIC, SPEECH] {
            for (each, db) in table {
                assert!((expected(&table, each) - db).abs() < 1e-9);
            }
            let sweep: Vec<f64> = (0..200).map(|i| expected(&table, 1.1f64.powi(i))).collect();
            assert!(sweep.windows(2).all(|pair| pair[1] <= pair[0]), "{sweep:?}");
            assert_eq!(sweep[199], 0.0);
        }
    }
}
