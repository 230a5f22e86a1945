//! NIfTI files, compressed and not.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    sinefield_fuzz::with_file(bytes, |path| {
        if let Ok(volume) = sinefield_media::read_volume(path) {
            let data = volume.in_memory().expect("volumes are in memory");
            assert_eq!(data.len(), volume.count() * volume.channels);
            assert!(data.iter().all(|value| value.is_finite()));
            assert!(volume.axes.iter().all(|axis| axis.step.is_finite() && axis.step != 0.0));
        }
    });
});
