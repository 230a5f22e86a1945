//! Tables of numbers.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    sinefield_fuzz::with_file(bytes, |path| match sinefield_media::read_arrays(path) {
        Ok(arrays) => arrays.iter().for_each(|array| {
            assert_eq!(array.data.len(), array.shape.iter().product::<usize>());
            assert!(array.data.iter().all(|value| value.is_finite()));
        }),
        Err(sinefield_media::MediaError::Table { line, column, .. }) => assert!(line > 0 && column > 0),
        Err(_) => {}
    });
});
