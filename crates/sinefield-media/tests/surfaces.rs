//! Surfaces are read as other programs wrote them.

mod common;

use std::fs;

use common::{lines, names, numbers, reference};
use sinefield_media::{MediaError, Surface, is_surface};

fn triples<T: Copy>(values: &[T]) -> Vec<[T; 3]> {
    values.as_chunks::<3>().0.to_vec()
}

fn read(name: &str, text: &str) -> Result<Surface, MediaError> {
    Surface::from_bytes(name, text.into())
}

#[test]
fn files_of_other_programs_are_read_exactly() {
    let expected = lines("surfaces.txt");
    assert!(expected.len() > 20);
    for words in expected {
        let path = reference().join("surfaces").join(&words[0]);
        let surface = Surface::read(&path).unwrap();
        let counts: Vec<usize> = numbers(&words[1..4]);
        let (points, rest) = words[4..].split_at(3 * counts[0]);
        let (normals, faces) = rest.split_at(3 * counts[1]);
        assert_eq!(surface.points, triples::<f64>(&numbers(points)), "{}", words[0]);
        assert_eq!(surface.normals.unwrap_or_default(), triples::<f64>(&numbers(normals)), "{}", words[0]);
        assert_eq!(surface.faces, triples::<u32>(&numbers(faces)), "{}", words[0]);
        assert_eq!(surface.faces.len(), counts[2], "{}", words[0]);
        assert!(is_surface(&path).unwrap(), "{}", words[0]);
    }
}

#[test]
fn the_content_counts_before_the_extension() {
    let folder = tempfile::tempdir().unwrap();
    for name in names(&reference().join("surfaces")) {
        let path = reference().join("surfaces").join(&name);
        let without = folder.path().join("content");
        fs::copy(&path, &without).unwrap();
        let marked =
            [".ply", ".las", "ascii.stl", "mesh.npz", "cloud.npz"].iter().any(|end| name.ends_with(end));
        assert_eq!(is_surface(&without).unwrap(), marked, "{name}");
        if marked {
            assert_eq!(Surface::read(&without).unwrap(), Surface::read(&path).unwrap());
        } else {
            let error = Surface::read(&without).unwrap_err();
            assert!(matches!(error, MediaError::NotASurface { .. }), "{name}: {error}");
        }
    }
    let neither = reference().join("surfaces/neither.npz");
    assert!(!is_surface(&neither).unwrap() && !is_surface(folder.path()).unwrap());
    let error = Surface::read(&neither).unwrap_err();
    assert!(error.to_string().contains("not a surface") && error.to_string().contains("LAS"), "{error}");
    assert!(!is_surface(reference().join("files/l8.png")).unwrap());
    assert!(matches!(is_surface(folder.path().join("a.ply")), Err(MediaError::NotFound { .. })));
    assert!(matches!(Surface::read(folder.path()), Err(MediaError::IsFolder { .. })));
}

#[test]
fn every_type_of_a_property_is_read_in_both_orders() {
    // The bytes of 1, 2 and 3 in every type, by hand. In the other order they are reversed.
    let types: [(&str, &str, [&[u8]; 3]); 8] = [
        ("char", "int8", [&[1], &[2], &[3]]),
        ("uchar", "uint8", [&[1], &[2], &[3]]),
        ("short", "int16", [&[1, 0], &[2, 0], &[3, 0]]),
        ("ushort", "uint16", [&[1, 0], &[2, 0], &[3, 0]]),
        ("int", "int32", [&[1, 0, 0, 0], &[2, 0, 0, 0], &[3, 0, 0, 0]]),
        ("uint", "uint32", [&[1, 0, 0, 0], &[2, 0, 0, 0], &[3, 0, 0, 0]]),
        ("float", "float32", [&[0, 0, 0x80, 0x3f], &[0, 0, 0, 0x40], &[0, 0, 0x40, 0x40]]),
        (
            "double",
            "float64",
            [&[0, 0, 0, 0, 0, 0, 0xf0, 0x3f], &[0, 0, 0, 0, 0, 0, 0, 0x40], &[0, 0, 0, 0, 0, 0, 0x08, 0x40]],
        ),
    ];
    for (short, long, values) in types {
        for (name, order) in [(short, "little"), (long, "big")] {
            let mut bytes =
                format!("ply\r\nformat binary_{order}_endian 1.0\r\nelement vertex 1\r\n").into_bytes();
            bytes.extend(["x", "y", "z"].map(|axis| format!("property {name} {axis}\r\n")).concat().bytes());
            bytes.extend(b"end_header\r\n");
            for value in values {
                let mut value = value.to_vec();
                if order == "big" {
                    value.reverse();
                }
                bytes.extend(value);
            }
            let surface = Surface::from_bytes("a", bytes).unwrap();
            assert_eq!(surface.points, [[1.0, 2.0, 3.0]], "{name} {order}");
        }
    }
}

#[test]
fn polygons_become_triangles_around_their_first_corner() {
    let header = "ply\nformat ascii 1.0\nelement vertex 5\nproperty float x\nproperty float y\nproperty float z\n\
                  element face 3\nproperty list uchar int vertex_indices\nend_header\n";
    let points = "0 0 0\n1 0 0\n\n2 1 0\n1 2 0\n0 1 0\n";
    let ply = read("a.ply", &format!("{header}{points}5 0 1 2 3 4\n2 0 1\n3 2 1 0")).unwrap();
    assert_eq!(ply.faces, [[0, 1, 2], [0, 2, 3], [0, 3, 4], [2, 1, 0]]);
    let vertices = points.replace("\n\n", "\n").trim().replace('\n', "\nv ");
    let obj = format!(
        "f 1 2 3 4 5\nv {vertices}\nf 1 2\nf 3/7 -4/-1/2 \\\n  1//9 # a comment\nl 1 2\ng odd\nvn 1 0 0\n"
    );
    assert_eq!(read("a.obj", &obj).unwrap(), ply);
}

#[test]
fn equal_corners_of_an_stl_file_are_one_point() {
    let facet = |corners: [&str; 3]| {
        let corners = corners.map(|corner| format!("VERTEX {corner}\n")).concat();
        format!(" facet normal nan nan nan\nouter loop\n{corners}endloop\nendfacet\n")
    };
    let [a, b] = [facet(["0 0 0", "1 0 0", "0 1 0"]), facet(["1e0 -0 0", "0 1 0", "0 0 1"])];
    let text = format!("solid\n{a}endsolid\nsolid second\n{b}\nendsolid second\n");
    let mesh = read("a.stl", &text).unwrap();
    assert_eq!(mesh.points, [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
    assert_eq!((mesh.faces, mesh.normals), (vec![[0, 1, 2], [1, 2, 3]], None));
    // Many programs begin the comment of a binary file like text.
    let mut binary = fs::read(reference().join("surfaces/trimesh.stl")).unwrap();
    let whole = Surface::from_bytes("a.stl", binary.clone()).unwrap();
    binary[..80].copy_from_slice(&[b"solid by a program", &[b' '; 62][..]].concat());
    assert_eq!(Surface::from_bytes("a.stl", binary).unwrap(), whole);
}

#[test]
fn text_has_a_point_in_each_line() {
    let points = [[1.0, -2.0, 3e-5], [4.0, 5.0, 6.0]];
    for text in [
        "1 -2 3e-5\n4 5 6",
        "\u{feff}1\t-2\t3e-5\r\n\r\n  4   5   6\r\n",
        "2\n1,-2,3e-5\n4, 5, 6\n",
        "# a comment\nx y z\n1;-2;3e-5; // the first\n4 5 6 # the last\n",
        "//X,Y,Z\n//2\n1 -2 3e-5\n4 5 6\n",
    ] {
        for name in ["a.xyz", "a.PTS", "a.txt"] {
            let cloud = read(name, text).unwrap();
            assert_eq!(
                (&cloud.points[..], cloud.normals, cloud.faces.len()),
                (&points[..], None, 0),
                "{text:?}"
            );
        }
    }
    let cloud = read("a.xyz", "1 -2 3e-5 0 0 2\n4 5 6 0 0 0\n").unwrap();
    assert_eq!((cloud.points, cloud.normals.unwrap()), (points.to_vec(), vec![[0.0, 0.0, 2.0], [0.0; 3]]));
}
