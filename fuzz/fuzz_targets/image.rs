//! Images of every format, by what they hold.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    sinefield_fuzz::with_file(bytes, |path| {
        if let Ok(image) = sinefield_media::Image::read(path) {
            assert_eq!(image.data.len(), image.rows * image.columns * image.channels);
            assert!(image.data.iter().all(|value| value.is_finite()));
        }
    });
});
