//! Damaged and inconsistent surfaces must give an error of one line that names the file and the place, never a panic.

mod common;

use std::fs;

use common::{names, reference};
use sinefield_media::{MediaError, Surface};

/// The files, with names that show their formats.
fn files() -> Vec<(String, Vec<u8>)> {
    let folder = reference().join("surfaces");
    names(&folder).into_iter().map(|name| (name.clone(), fs::read(folder.join(name)).unwrap())).collect()
}

/// What holds for every surface and for every error.
fn check(name: &str, bytes: Vec<u8>) -> Option<Surface> {
    match Surface::from_bytes(name, bytes) {
        Ok(surface) => {
            let points = surface.points.len();
            assert!(points > 0 && surface.points.iter().flatten().all(|value| value.is_finite()), "{name}");
            assert!(surface.faces.iter().flatten().all(|&index| (index as usize) < points), "{name}");
            if let Some(normals) = &surface.normals {
                assert_eq!(normals.len(), points, "{name}");
                assert!(normals.iter().flatten().all(|value| value.is_finite()), "{name}");
            }
            Some(surface)
        }
        Err(error) => {
            let text = error.to_string();
            assert!(text.starts_with(name) && !text.contains('\n') && text.len() < 500, "{text}");
            None
        }
    }
}

#[test]
fn files_cut_off_anywhere_are_refused_or_read() {
    for (name, bytes) in files() {
        for length in 0..bytes.len() {
            check(&name, bytes[..length].to_vec());
        }
        // Binary files and archives know their lengths.
        if name.ends_with(".las")
            || name.ends_with(".npz")
            || name.contains("little")
            || name == "trimesh.stl"
        {
            assert!(check(&name, bytes[..bytes.len() - 1].to_vec()).is_none(), "{name}");
        }
    }
}

#[test]
fn files_with_bytes_changed_are_refused_or_read() {
    let mut state = 1_u32;
    let mut random = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize
    };
    for (name, bytes) in files() {
        for _ in 0..2000 {
            let mut damaged = bytes.clone();
            for _ in 0..=random() % 3 {
                // Half of the changes hit the beginning, where headers are.
                let most = if random() % 2 == 0 { damaged.len() } else { damaged.len().min(400) };
                let place = random() % most;
                damaged[place] = [0, 0xff, 0x7f, b' ', b'9', b'\n', random() as u8][random() % 7];
            }
            check(&name, damaged);
        }
    }
}

/// The message about a text in a format.
fn message(name: &str, text: impl Into<Vec<u8>>) -> String {
    Surface::from_bytes(name, text.into()).unwrap_err().to_string()
}

fn ply(format: &str, vertices: &str, rest: &str) -> Vec<u8> {
    let axes = "property float x\nproperty float y\nproperty float z\n";
    format!("ply\nformat {format} 1.0\nelement vertex {vertices}\n{axes}{rest}").into_bytes()
}

const FACES: &str = "property list uchar int vertex_indices\nend_header\n";

#[test]
fn counts_that_lie_are_refused_before_anything_is_allocated() {
    for format in ["ascii", "binary_little_endian", "binary_big_endian"] {
        for count in ["4000000000", "18446744073709551615", "100"] {
            let text =
                message("a.ply", [ply(format, count, "end_header\n"), b"1 2 3 4 5 6\n".to_vec()].concat());
            assert!(
                text.contains("\"vertex\"") && text.contains(count) && text.contains("bytes follow"),
                "{text}"
            );
        }
        let faces = format!("element face 4000000000\n{FACES}");
        let text = message("a.ply", [ply(format, "1", &faces), b"1 2 3\n\n\n\n\n\n\n".to_vec()].concat());
        assert!(text.contains("\"face\" claims 4000000000"), "{text}");
    }
    let faces = "element face 1\nproperty list uint int vertex_indices\nend_header\n";
    let list = [ply("binary_little_endian", "1", faces), vec![0; 12], vec![0xff; 40]].concat();
    assert!(message("a.ply", list).contains("claims 4294967295 values where 9 can follow"));
    let list = [ply("ascii", "1", faces), b"0 0 0\n4000000000 0 0 0\n".to_vec()].concat();
    assert!(message("a.ply", list).contains("claims 4000000000 values where 3 can follow"));
    let mut stl = vec![b' '; 80];
    stl.extend(4_000_000_000_u32.to_le_bytes());
    assert!(message("a.stl", stl).contains("claims 4000000000 triangles of 50 bytes, and 0 bytes follow"));
    let mut las = fs::read(reference().join("surfaces/laspy-1.4.las")).unwrap();
    las[247..255].copy_from_slice(&(1_u64 << 60).to_le_bytes());
    assert!(message("a.las", las).contains("claims 1152921504606846976 points"));
    assert!(message("a.xyz", "3\n1 2 3\n").contains("claims 3 points and 1 follow"));
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000, 3), }";
    let mut npz = fs::read(reference().join("surfaces/mesh.npz")).unwrap();
    let place = npz.windows(7).position(|window| window == b"{'descr").unwrap();
    npz[place..place + header.len()].copy_from_slice(header.as_bytes());
    assert!(message("a.npz", npz).contains("a.npz:vertices"));
}

#[test]
fn headers_without_an_end_are_refused() {
    for line in ["comment a\n", "property float w\n", "element e{} 1\n", "comment no end of the line "] {
        let mut text = ply("ascii", "1", "");
        for place in 0..20_000 {
            text.extend(line.replace("{}", &place.to_string()).bytes());
        }
        let text = message("a.ply", text);
        assert!(text.contains("does not end within 64 KiB"), "{text}");
    }
    assert!(message("a.ply", ply("ascii", "1", "")).contains("without the line end_header"));
    let long = format!("v {}1 2 3\n", " ".repeat(2_000_000));
    assert!(message("a.obj", long).contains("line 1, column 1: the line is longer than"));
}

#[test]
fn files_without_points_are_refused() {
    let stl = [vec![b' '; 80], vec![0; 4]].concat();
    for (name, bytes) in [
        ("a.ply", ply("ascii", "0", "end_header\n")),
        ("a.ply", ply("binary_big_endian", "0", "end_header\n")),
        ("a.obj", b"# empty\n".to_vec()),
        ("a.obj", vec![]),
        ("a.stl", stl),
        ("a.stl", b"solid a\nendsolid a\n".to_vec()),
        ("a.xyz", b"x y z\n".to_vec()),
        ("a.txt", vec![]),
    ] {
        let error = Surface::from_bytes(name, bytes).unwrap_err();
        assert!(matches!(error, MediaError::NoPoints { .. }), "{error}");
    }
}

#[test]
fn values_that_are_not_finite_are_named() {
    let error = Surface::from_bytes("a.xyz", b"1 2 3\n4 NaN inf\n7 8 1e999\n".to_vec()).unwrap_err();
    let MediaError::NotFinitePoint { what: "point", index: 1, axis: 'y', value, count: 3, .. } = error else {
        panic!("{error}")
    };
    assert!(value.is_nan());
    let normals = message("a.obj", "v 1 2 3\nvn 1 0 -inf\n");
    assert!(normals.contains("normal 0 (counted from 0) has z = -inf, and 1 values"), "{normals}");
    let infinite = [0_f32, f32::INFINITY, 0.0].map(f32::to_le_bytes).concat();
    let text = message("a.ply", [ply("binary_little_endian", "1", "end_header\n"), infinite].concat());
    assert!(text.contains("point 0 (counted from 0) has y = inf"), "{text}");
    let mut stl = fs::read(reference().join("surfaces/trimesh.stl")).unwrap();
    stl[84 + 12..84 + 16].copy_from_slice(&f32::NAN.to_le_bytes());
    assert!(message("a.stl", stl).contains("point 0 (counted from 0) has x = NaN"));
    let mut las = fs::read(reference().join("surfaces/laspy-1.2.las")).unwrap();
    las[171..179].copy_from_slice(&f64::NAN.to_le_bytes());
    assert!(message("a.las", las).contains("has z = NaN, and 12 values"));
}

#[test]
fn indices_out_of_range_are_named() {
    for (index, shown) in [("3", "3"), ("-1", "-1"), ("0.5", "0.5"), ("nan", "NaN")] {
        let faces = format!("element face 2\n{FACES}0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n3 0 {index} 2\n");
        let error = Surface::from_bytes("a.ply", ply("ascii", "3", &faces)).unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, MediaError::FaceIndex { face: 1, points: 3, .. }), "{text}");
        assert!(text.contains(&format!("face 1 (counted from 0) names point {shown},")), "{text}");
    }
    let obj = "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n";
    for (face, place) in [
        ("f 1 2 4\nf 3 2 1\n", "line 5, column 4: face 1 (counted from 0) names vertex 4, and there are 3"),
        ("f 1 0 2\n", "line 5, column 3: \"0\" of face 1"),
        ("f -4/1 2 3\n", "line 5, column 2: \"-4/1\" of face 1"),
        ("f 1 2 x\n", "line 5, column 4: \"x\" of face 1"),
        ("f 1 2 -9223372036854775808\n", "line 5, column 4"),
        ("f 1 2 99999999999\n", "line 5, column 4"),
    ] {
        let text = message("a.obj", format!("{obj}{face}"));
        assert!(text.contains(place), "{text}");
    }
}

#[test]
fn lines_with_wrong_columns_are_named() {
    for (text, place) in [
        ("1 2 3 4\n", "line 1, column 1: the line has 4 columns; 3 (x y z) or 6 (x y z nx ny nz) are read"),
        ("x y z\n1 2 3\n1 2 3 4 5 6 7\n", "line 3, column 1: the line has 7 columns; 3"),
        ("1 2 3\n1 2 3 4 5 6\n", "line 2, column 1: the line has 6 columns and those before have 3"),
        ("1 2 3\n1 two 3\n", "line 2, column 2: \"two\" is not a number"),
        ("1,2,3\n1,,3\n", "line 2, column 2: \"\" is not a number"),
        ("5\nx y z\n1 2 3\n", "line 2, column 1: \"x\" is not a number"),
        ("1 2 3\n4\n", "line 2, column 1: the line has 1 columns"),
    ] {
        let text = message("a.xyz", text);
        assert!(text.contains(place), "{text}");
    }
    let text = message("a.obj", "v 1 2\n");
    assert!(text.contains("line 1, column 3: three numbers belong here"), "{text}");
    let header = String::from_utf8(ply("ascii", "2", "end_header\n")).unwrap();
    let text = message("a.ply", format!("{header}1 2 3\n1 2     \n"));
    assert!(text.contains("line 9, column 3: the line ends before its last value"), "{text}");
    let text = message("a.ply", format!("{header}1 2 3 4\n1 2 3\n"));
    assert!(text.contains("line 8, column 4: the line has more than 3 values"), "{text}");
    let stl = "solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nendloop\n";
    assert!(message("a.stl", stl).contains("line 6, column 1: \"endloop\" after 2 corners"));
    assert!(message("a.stl", "solid a\nfacets\n").contains("line 2, column 1: \"facets\" is no word of STL"));
    assert!(message("a.stl", "solid a\nfacet normal 0 0 1\n").contains("ends at line 2 within a solid"));
}

#[test]
fn what_a_header_lacks_is_named() {
    let vertex = "ply\nformat ascii 1.0\nelement vertex 1\n";
    for (text, named) in [
        ("ply\nelement vertex 1\nend_header\n".to_owned(), "names no format"),
        ("ply\nformat ascii 1.0\nend_header\n".to_owned(), "no element \"vertex\""),
        ("ply\nformat morse 1.0\nend_header\n".to_owned(), "the format \"morse\""),
        (format!("{vertex}property float x\nproperty float y\nend_header\n1 2\n"), "no property \"z\""),
        (format!("{vertex}element vertex 1\nend_header\n"), "two elements \"vertex\""),
        (format!("{vertex}property quad x\nend_header\n"), "line 4 of its header is \"property quad x\""),
        ("ply\nformat ascii 1.0\nproperty float x\n".to_owned(), "line 3 of its header"),
        ("ply\nformat ascii 1.0\nelement vertex -1\n".to_owned(), "line 3 of its header"),
    ] {
        let text = message("a.ply", text);
        assert!(text.contains(named), "{text}");
    }
    let strips = "element face 1\nproperty list uchar int strip\nend_header\n1 2 3\n1 0\n";
    assert!(message("a.ply", ply("ascii", "1", strips)).contains("have no list \"vertex_indices\""));
    let mut las = fs::read(reference().join("surfaces/laspy-1.2.las")).unwrap();
    las[104] |= 0x80;
    let text = message("a.laz", las.clone());
    assert!(text.contains("decompress it first") && text.contains("LAS without compression"), "{text}");
    las[25] = 7;
    assert!(message("a.las", las).contains("version 1.7; 1.0 to 1.4 are read"));
}
