//! How a level set crosses a cell of a grid: the crossed edges, in patches.
//!
//! A cell has 8 corners, some inside (below the level). An edge between an inside and an outside corner is crossed. On
//! a face with two crossed edges, a segment of the surface joins them. On a face with four, the *ambiguous* case, there
//! are two segments, which either join the inside corners of the face or separate them. The segments of all faces form
//! closed loops, and a loop is the boundary of a *patch* of the surface. Dual marching cubes has one vertex for each
//! patch (Nielson, "Dual marching cubes", 2004).
//!
//! Corner `c` is at `(c & 1, c >> 1 & 1, c >> 2)`. Edge `4 a + i` is along axis `a`; bits of `i` are the places along
//! the axes `a + 1` and `a + 2`, modulo 3. Face `2 a + s` is at place `s` of axis `a`.

use std::sync::OnceLock;

/// No patch: the edge is not crossed.
pub const NONE: u8 = u8::MAX;

/// The patches of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patches {
    /// The patch of every edge, or [`NONE`].
    pub of_edge: [u8; 12],
    /// The number of patches, up to 4.
    pub count: u8,
    /// The ambiguous faces whose two segments belong to one patch, as bits.
    pub double: u8,
}

/// The two corners of an edge, the lower one first.
pub const fn corners_of_edge(edge: usize) -> [usize; 2] {
    let (axis, along) = (edge / 4, edge % 4);
    let low = ((along & 1) << ((axis + 1) % 3)) | ((along >> 1) << ((axis + 2) % 3));
    [low, low | (1 << axis)]
}

/// The corners of a face in the order around it.
pub const fn corners_of_face(face: usize) -> [usize; 4] {
    let (axis, side) = (face / 2, face % 2);
    let (b, c) = (1 << ((axis + 1) % 3), 1 << ((axis + 2) % 3));
    let first = side << axis;
    [first, first | b, first | b | c, first | c]
}

/// The edge between two neighbouring corners.
fn edge_between(a: usize, b: usize) -> usize {
    let (low, axis) = (a & b, (a ^ b).trailing_zeros() as usize);
    4 * axis + (low >> ((axis + 1) % 3) & 1) + 2 * (low >> ((axis + 2) % 3) & 1)
}

/// Whether the inside corners of a face are at two opposite corners.
pub fn is_ambiguous(inside: u8, face: usize) -> bool {
    let [a, b, c, d] = corners_of_face(face).map(|corner| inside >> corner & 1);
    a == c && b == d && a != b
}

/// The patches of a cell whose inside corners are the bits of `inside`. On ambiguous face f, the inside corners are
/// joined if bit f of `joined` is set.
pub fn patches(inside: u8, joined: u8) -> &'static Patches {
    static TABLE: OnceLock<Vec<Patches>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        (0..=255u8).flat_map(|inside| (0..64u8).map(move |joined| trace(inside, joined))).collect()
    });
    &table[usize::from(inside) * 64 + usize::from(joined & 63)]
}

/// Joins the crossed edges by the segments on the faces.
fn trace(inside: u8, joined: u8) -> Patches {
    // The smallest edge of the loop, found by joining until nothing changes.
    let mut group: [usize; 12] = std::array::from_fn(|edge| edge);
    let segments: Vec<[usize; 2]> =
        (0..6).flat_map(|face| segments(inside, face, joined >> face & 1 == 1)).collect();
    for _ in 0..12 {
        for &[a, b] in &segments {
            let least = group[a].min(group[b]);
            (group[a], group[b]) = (least, least);
        }
    }
    let crossed = |edge: usize| {
        let [a, b] = corners_of_edge(edge).map(|corner| inside >> corner & 1);
        a != b
    };
    let (mut of_edge, mut count) = ([NONE; 12], 0);
    for edge in (0..12).filter(|edge| crossed(*edge)) {
        if group[edge] == edge {
            of_edge[edge] = count;
            count += 1;
        } else {
            of_edge[edge] = of_edge[group[edge]];
        }
    }
    let mut double = 0;
    for face in (0..6).filter(|face| is_ambiguous(inside, *face)) {
        let [a, _, c, _] = edges_of_face(face);
        double |= u8::from(of_edge[a] == of_edge[c]) << face;
    }
    Patches { of_edge, count, double }
}

/// The edges of a face in the order around it. Edge `i` is between its corners `i` and `i + 1`.
fn edges_of_face(face: usize) -> [usize; 4] {
    let corners = corners_of_face(face);
    [0, 1, 2, 3].map(|i| edge_between(corners[i], corners[(i + 1) % 4]))
}

/// The segments on a face, each between two of its edges.
fn segments(inside: u8, face: usize, joined: bool) -> Vec<[usize; 2]> {
    let (corners, edges) = (corners_of_face(face), edges_of_face(face));
    let is_inside = |i: usize| inside >> corners[i] & 1 == 1;
    if is_ambiguous(inside, face) {
        // Each segment cuts off a corner: an outside one if the inside corners are joined.
        let cut = |i: usize| is_inside(i) != joined;
        return (0..4).filter(|i| cut(*i)).map(|i| [edges[(i + 3) % 4], edges[i]]).collect();
    }
    let crossed: Vec<usize> = (0..4).filter(|i| is_inside(*i) != is_inside((i + 1) % 4)).collect();
    match crossed[..] {
        [a, b] => vec![[edges[a], edges[b]]],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every crossed edge has a patch, every patch is one closed loop, and complements have the same edges.
    #[test]
    fn patches_are_closed_loops() {
        for inside in 0..=255u8 {
            for joined in 0..64 {
                let found = patches(inside, joined);
                let segments: Vec<[usize; 2]> =
                    (0..6).flat_map(|face| segments(inside, face, joined >> face & 1 == 1)).collect();
                for edge in 0..12 {
                    let [a, b] = corners_of_edge(edge).map(|corner| inside >> corner & 1);
                    assert_eq!(found.of_edge[edge] != NONE, a != b);
                    let ends = segments.iter().flatten().filter(|end| **end == edge).count();
                    assert_eq!(ends, if a == b { 0 } else { 2 }, "{inside} {joined} {edge}");
                }
                // Segments never leave their patch, and from any edge all edges of its patch are reached.
                for [a, b] in &segments {
                    assert_eq!(found.of_edge[*a], found.of_edge[*b]);
                }
                for patch in 0..found.count {
                    let own = (0..12).filter(|edge| found.of_edge[*edge] == patch).count();
                    let start = (0..12).find(|edge| found.of_edge[*edge] == patch).unwrap();
                    let (mut at, mut walked, mut last) = (start, 0, usize::MAX);
                    loop {
                        let next = segments.iter().enumerate().find_map(|(i, [a, b])| match () {
                            () if i == last => None,
                            () if *a == at => Some((i, *b)),
                            () if *b == at => Some((i, *a)),
                            () => None,
                        });
                        (last, at) = next.unwrap();
                        walked += 1;
                        if at == start {
                            break;
                        }
                    }
                    assert_eq!(walked, own, "{inside} {joined} {patch}");
                }
            }
        }
    }

    /// One or all corners but one make a patch of three edges; two opposite corners make two.
    #[test]
    fn patches_by_hand() {
        for corner in 0..8 {
            for inside in [1u8 << corner, !(1u8 << corner)] {
                let found = patches(inside, 0);
                assert_eq!((found.count, found.double), (1, 0));
                assert_eq!(found.of_edge.iter().filter(|patch| **patch != NONE).count(), 3);
            }
        }
        assert_eq!(patches(0b1000_0001, 0).count, 2);
        // Two corners across a face: apart, or joined.
        assert_eq!(patches(0b0000_1001, 0).count, 2);
        let face = (0..6).find(|face| is_ambiguous(0b0000_1001, *face)).unwrap();
        assert_eq!(patches(0b0000_1001, 1 << face).count, 1);
        assert_eq!(patches(0, 0).count, 0);
    }

    /// Flipping the choice of a face that is double splits its patch in two, whatever the other faces are.
    #[test]
    fn the_other_choice_on_a_double_face_is_not_double() {
        let mut seen = 0;
        for inside in 0..=255u8 {
            for joined in 0..64u8 {
                let found = patches(inside, joined);
                for face in (0..6).filter(|face| found.double >> face & 1 == 1) {
                    let other = patches(inside, joined ^ (1 << face));
                    assert_eq!(other.double >> face & 1, 0, "{inside} {joined} {face}");
                    // No face becomes double by it.
                    assert_eq!(other.double & !found.double, 0, "{inside} {joined} {face}");
                    seen += 1;
                }
            }
        }
        assert!(seen > 0);
    }
}
