//! Surfaces: meshes and clouds of every format. Formats without a mark of their own are tried on all bytes.

#![no_main]

use sinefield_media::{MediaError, Surface};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for name in ["a.ply", "a.obj", "a.stl", "a.xyz"] {
        match Surface::from_bytes(name, bytes.to_vec()) {
            Ok(surface) => {
                let points = surface.points.len();
                assert!(points > 0 && surface.points.iter().flatten().all(|value| value.is_finite()));
                assert!(surface.faces.iter().flatten().all(|&index| (index as usize) < points));
                if let Some(normals) = surface.normals {
                    assert_eq!(normals.len(), points);
                    assert!(normals.iter().flatten().all(|value| value.is_finite()));
                }
            }
            Err(MediaError::Table { line, column, .. }) => assert!(line > 0 && column > 0),
            Err(error) => assert!(!error.to_string().contains('\n')),
        }
    }
});
