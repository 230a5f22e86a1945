//! Arrays of numpy: `.npy` and `.npz`, as arrays, volumes and points.

#![no_main]

use sinefield_media::{read_arrays, read_points, read_volume};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // Tables have a target of their own.
    if !bytes.starts_with(b"\x93NUM") && !bytes.starts_with(b"PK") {
        return;
    }
    sinefield_fuzz::with_file(bytes, |path| {
        for array in read_arrays(path).unwrap_or_default() {
            assert_eq!(array.data.len(), array.shape.iter().product::<usize>());
        }
        if let Ok(volume) = read_volume(path) {
            assert_eq!(volume.in_memory().map(<[f32]>::len), Some(volume.count()));
        }
        let _ = read_points(path);
    });
});
