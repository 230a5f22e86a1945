//! Written meshes follow the rules of their formats, read by hand, and are read back.

use std::fs;

use serde_json::{Value, json};
use sinefield_media::{MediaError, MeshFormat, MeshView, Surface, mesh_format, write_mesh};

/// A tetrahedron away from the origin. Its coordinates are 32-bit floats.
const POINTS: [[f64; 3]; 4] =
    [[10.0, 20.0, 30.0], [10.5, 20.0, 30.0], [10.0, 21.0, 30.0], [10.0, 20.0, 32.0]];
const FACES: [[u32; 3]; 4] = [[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]];
const NORMALS: [[f32; 3]; 4] = [[-0.6, -0.8, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

/// Written to `name`, as bytes.
fn written(name: &str, mesh: MeshView<'_>) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    write_mesh(&path, mesh).unwrap();
    fs::read(path).unwrap()
}

fn refused(name: &str, mesh: MeshView<'_>) -> MediaError {
    let folder = tempfile::tempdir().unwrap();
    let error = write_mesh(folder.path().join(name), mesh).unwrap_err();
    assert!(fs::read_dir(folder.path()).unwrap().next().is_none(), "something is left behind");
    error
}

fn whole() -> MeshView<'static> {
    MeshView { points: &POINTS, normals: Some(&NORMALS), faces: &FACES }
}

fn bare() -> MeshView<'static> {
    MeshView { normals: None, ..whole() }
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

#[test]
fn extensions_name_the_format() {
    for (name, format) in [
        ("a.ply", MeshFormat::Ply),
        ("a.OBJ", MeshFormat::Obj),
        ("a.b.stl", MeshFormat::Stl),
        ("a.glb", MeshFormat::Glb),
    ] {
        assert_eq!(mesh_format(name).unwrap(), format);
    }
    let error = refused("a.gltf", whole());
    assert!(error.to_string().contains("end it in one of .ply, .obj, .stl, .glb"), "{error}");
}

#[test]
fn ply_has_a_header_and_records() {
    let header = "ply\nformat binary_little_endian 1.0\nelement vertex 4\nproperty float x\nproperty float y\n\
                  property float z\nproperty float nx\nproperty float ny\nproperty float nz\nelement face 4\n\
                  property list uchar int vertex_indices\nend_header\n";
    let mut expected = header.as_bytes().to_vec();
    for (point, normal) in POINTS.iter().zip(&NORMALS) {
        expected.extend(point.iter().flat_map(|&value| (value as f32).to_le_bytes()));
        expected.extend(normal.iter().flat_map(|value| value.to_le_bytes()));
    }
    for face in &FACES {
        expected.push(3);
        expected.extend(face.iter().flat_map(|&index| (index as i32).to_le_bytes()));
    }
    let bytes = written("a.ply", whole());
    assert_eq!(bytes, expected);
    let surface = Surface::from_bytes("a.ply", bytes).unwrap();
    assert_eq!((&surface.points[..], &surface.faces[..]), (&POINTS[..], &FACES[..]));
    assert_eq!(surface.normals.unwrap(), NORMALS.map(|normal| normal.map(f64::from)));
}

#[test]
fn ply_far_from_the_origin_keeps_its_digits() {
    let far = POINTS.map(|[x, y, z]| [x + 0.1, y + 4e6, z]);
    let bytes = written("a.ply", MeshView { points: &far, ..whole() });
    let header = String::from_utf8_lossy(&bytes[..200]).into_owned();
    assert!(header.contains("property double z\nproperty float nx\n"), "{header}");
    let surface = Surface::from_bytes("a.ply", bytes).unwrap();
    assert_eq!((&surface.points[..], &surface.faces[..]), (&far[..], &FACES[..]));
    let huge = POINTS.map(|point| point.map(|value| value * 1e200));
    let cloud = MeshView { points: &huge, normals: None, faces: &[] };
    let surface = Surface::from_bytes("a.ply", written("a.ply", cloud)).unwrap();
    assert_eq!((&surface.points[..], surface.normals, surface.faces.len()), (&huge[..], None, 0));
}

#[test]
fn obj_has_all_digits() {
    let text = String::from_utf8(written("a.obj", whole())).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 12);
    assert_eq!(lines[1], "v 10.5 20.0 30.0");
    assert_eq!(lines[4], "vn -0.6 -0.8 0.0");
    assert_eq!(lines[8], "f 1//1 3//3 2//2");
    let odd = [[0.1, 1e-300, -1e300], [1.0 / 3.0, 123_456_789.123_456_79, -0.0], [5e-324, 1e15, 1e17]];
    let bytes = written("a.obj", MeshView { points: &odd, normals: None, faces: &[[2, 1, 0]] });
    assert!(bytes.ends_with(b"\nf 3 2 1\n"));
    let surface = Surface::from_bytes("a.obj", bytes).unwrap();
    assert_eq!((&surface.points[..], surface.faces), (&odd[..], vec![[2, 1, 0]]));
    // The normals of a cloud are read back, those of a mesh are not.
    let cloud = written("a.obj", MeshView { faces: &[], ..whole() });
    let normals = Surface::from_bytes("a.obj", cloud).unwrap().normals.unwrap();
    assert_eq!(normals[0], [-0.6, -0.8, 0.0]);
}

#[test]
fn stl_has_normals_of_planes() {
    let bytes = written("a.stl", whole());
    assert!(bytes.len() == 84 + 4 * 50 && word(&bytes, 80) == 4 && !bytes.starts_with(b"solid"));
    // The last triangle lies in the plane 2 x + y + z / 2 = constant.
    let slanted = [4.0, 2.0, 1.0].map(|value: f64| (value / 21_f64.sqrt()) as f32);
    let normals = [[0.0, 0.0, -1.0], [0.0, -1.0, 0.0], [-1.0, 0.0, 0.0], slanted];
    for ((record, face), normal) in bytes[84..].as_chunks::<50>().0.iter().zip(&FACES).zip(normals) {
        let values = floats(&record[..48]);
        assert!(values[..3].iter().zip(normal).all(|(a, b)| (a - b).abs() <= f32::EPSILON), "{values:?}");
        let corners: Vec<f32> =
            face.iter().flat_map(|&index| POINTS[index as usize]).map(|v| v as f32).collect();
        assert_eq!((&values[3..], &record[48..]), (&corners[..], &[0, 0][..]));
    }
    let surface = Surface::from_bytes("a.stl", bytes).unwrap();
    let [a, b, c, d] = POINTS;
    // In the order of the corners.
    assert_eq!(surface.points, [a, c, b, d]);
    assert_eq!(surface.faces, [[0, 1, 2], [0, 2, 3], [0, 3, 1], [2, 1, 3]]);
    // A triangle without an area has the normal 0.
    let flat = written("a.stl", MeshView { points: &POINTS, normals: None, faces: &[[1, 1, 2]] });
    assert_eq!(floats(&flat[84..96]), [0.0; 3]);
}

/// The JSON and the numbers of a `.glb` file, whose frame is checked.
fn chunks(bytes: &[u8]) -> (Value, &[u8]) {
    assert_eq!((&bytes[..4], word(bytes, 4), word(bytes, 8) as usize), (&b"glTF"[..], 2, bytes.len()));
    let length = word(bytes, 12) as usize;
    assert!(length.is_multiple_of(4) && &bytes[16..20] == b"JSON");
    let json = serde_json::from_slice(&bytes[20..20 + length]).unwrap();
    let rest = &bytes[20 + length..];
    if rest.is_empty() {
        return (json, rest);
    }
    assert_eq!((word(rest, 0) as usize, &rest[4..8]), (rest.len() - 8, &b"BIN\0"[..]));
    assert!((rest.len() - 8).is_multiple_of(4));
    (json, &rest[8..])
}

/// The bytes of an accessor.
fn accessed<'a>(json: &Value, numbers: &'a [u8], place: usize) -> &'a [u8] {
    let accessor = &json["accessors"][place];
    let view = &json["bufferViews"][accessor["bufferView"].as_u64().unwrap() as usize];
    let [offset, length] = ["byteOffset", "byteLength"].map(|key| view[key].as_u64().unwrap() as usize);
    let size = match accessor["type"].as_str() {
        Some("VEC3") => 12,
        _ => 4,
    };
    assert_eq!(length as u64, accessor["count"].as_u64().unwrap() * size);
    assert!(offset.is_multiple_of(4) && view["buffer"] == 0);
    &numbers[offset..offset + length]
}

#[test]
fn glb_has_a_scene_and_aligned_numbers() {
    for (mesh, indices) in [(whole(), 2), (bare(), 1)] {
        let bytes = written("a.glb", mesh);
        let (json, numbers) = chunks(&bytes);
        assert_eq!(json["asset"]["version"], "2.0");
        assert_eq!(json["buffers"], json!([{"byteLength": numbers.len()}]));
        assert_eq!((&json["scene"], &json["scenes"]), (&json!(0), &json!([{"nodes": [0]}])));
        assert_eq!(json["nodes"], json!([{"mesh": 0, "translation": [10.25, 20.5, 31.0]}]));
        let primitive = &json["meshes"][0]["primitives"][0];
        assert_eq!((&primitive["mode"], &primitive["indices"]), (&json!(4), &json!(indices)));
        let attributes =
            if indices == 2 { json!({"POSITION": 0, "NORMAL": 1}) } else { json!({"POSITION": 0}) };
        assert_eq!(primitive["attributes"], attributes);
        let positions = floats(accessed(&json, numbers, 0));
        let moved = POINTS.map(|[x, y, z]| [x - 10.25, y - 20.5, z - 31.0].map(|value| value as f32));
        assert_eq!(positions, moved.concat());
        assert_eq!(json["accessors"][0]["min"], json!([-0.25, -0.5, -1.0]));
        assert_eq!(json["accessors"][0]["max"], json!([0.25, 0.5, 1.0]));
        if indices == 2 {
            assert_eq!(floats(accessed(&json, numbers, 1)), NORMALS.concat());
        }
        let corners: Vec<u8> = FACES.as_flattened().iter().flat_map(|index| index.to_le_bytes()).collect();
        assert_eq!(accessed(&json, numbers, indices), corners);
        let types: Vec<_> =
            json["accessors"].as_array().unwrap().iter().map(|a| &a["componentType"]).collect();
        assert!(types[..indices].iter().all(|kind| **kind == 5126) && *types[indices] == 5125);
    }
}

#[test]
fn glb_keeps_the_digits_of_far_meshes_and_exact_bounds() {
    // 1 / 3 is no 32-bit float, and the bounds have to be those of the numbers in the file.
    let far: Vec<[f64; 3]> = POINTS.iter().map(|[x, y, z]| [x / 3.0 + 6e5, y / 7.0 - 5e6, z / 9.0]).collect();
    let bytes = written("a.glb", MeshView { points: &far, ..whole() });
    let (json, numbers) = chunks(&bytes);
    let positions = floats(accessed(&json, numbers, 0));
    let middle: Vec<f64> = serde_json::from_value(json["nodes"][0]["translation"].clone()).unwrap();
    for (axis, middle) in middle.iter().enumerate() {
        let column: Vec<f32> = positions.iter().skip(axis).step_by(3).copied().collect();
        let least = column.iter().copied().fold(f32::INFINITY, f32::min);
        let most = column.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        assert_eq!(json["accessors"][0]["min"][axis].as_f64().unwrap(), f64::from(least));
        assert_eq!(json["accessors"][0]["max"][axis].as_f64().unwrap(), f64::from(most));
        for (value, point) in column.iter().zip(&far) {
            // Half a unit in the last place of a 32-bit float below 1, and one of a 64-bit float at 5e6.
            assert!((f64::from(*value) + middle - point[axis]).abs() < 3e-8 + 1e-9, "{value} {point:?}");
        }
    }
}

#[test]
fn clouds_and_nothing_are_written_too() {
    let cloud = MeshView { faces: &[], ..whole() };
    let bytes = written("a.glb", cloud);
    let (json, _) = chunks(&bytes);
    let primitive = &json["meshes"][0]["primitives"][0];
    assert!(primitive["mode"] == 0 && primitive.get("indices").is_none());
    assert_eq!(written("a.stl", cloud).len(), 84);
    let nothing = MeshView { points: &[], normals: None, faces: &[] };
    let bytes = written("a.glb", nothing);
    let (json, numbers) = chunks(&bytes);
    assert!(numbers.is_empty() && json.get("nodes").is_none() && json.get("buffers").is_none());
    assert!(
        written("a.ply", nothing).ends_with(
            b"element vertex 0\nproperty float x\nproperty float y\nproperty float z\nend_header\n"
        )
    );
    assert!(written("a.obj", nothing).is_empty());
}

#[test]
fn meshes_that_do_not_fit_together_are_refused() {
    for name in ["a.ply", "a.obj", "a.stl", "a.glb"] {
        let error = refused(name, MeshView { faces: &[[0, 1, 2], [0, 4, 1]], ..whole() });
        assert!(
            error.to_string().contains("face 1 (counted from 0) names point 4, and the 4 points"),
            "{error}"
        );
        let error = refused(name, MeshView { normals: Some(&NORMALS[..3]), ..whole() });
        assert!(matches!(error, MediaError::Length { .. }), "{error}");
        let points = [[0.0; 3], [0.0, f64::NAN, 0.0]];
        let error = refused(name, MeshView { points: &points, normals: None, faces: &[] });
        assert!(error.to_string().contains("point 1 (counted from 0) has y = NaN"), "{error}");
        let normals = [[0.0, 0.0, f32::INFINITY]; 4];
        let error = refused(name, MeshView { normals: Some(&normals), ..whole() });
        assert!(matches!(error, MediaError::NotFinitePoint { what: "normal", index: 0, .. }), "{error}");
    }
    let huge = POINTS.map(|point| point.map(|value| value * 1e200));
    for name in ["a.stl", "a.glb"] {
        let error = refused(name, MeshView { points: &huge, ..whole() });
        let text = error.to_string();
        assert!(
            text.contains("cannot hold coordinates beyond 32-bit floats; write it as .ply instead"),
            "{text}"
        );
    }
}
