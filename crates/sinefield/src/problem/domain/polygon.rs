//! Polygons: their checks, and points inside and on the edges.
//!
//! The inside is divided into triangles by cutting ears (Meisters 1975): a corner whose triangle holds no
//! other vertex is cut off, until one triangle is left.

use super::measure::{pick, running_sums};
use super::{Fault, Interval};

/// The largest number of vertices. The checks compare all pairs of edges.
const MOST_VERTICES: usize = 2048;

type Vertex = [f64; 2];

/// A polygon that has been checked, with its vertices counter-clockwise.
#[derive(Clone, Debug)]
pub(super) struct Polygon {
    vertices: Vec<Vertex>,
    triangles: Vec<[Vertex; 3]>,
    /// Running sums of the triangles' areas.
    areas: Vec<f64>,
    /// Running sums of the edges' lengths.
    lengths: Vec<f64>,
}

impl Polygon {
    pub fn new(vertices: &[Vertex]) -> Self {
        let mut vertices = vertices.to_vec();
        if signed_area(&vertices) < 0.0 {
            vertices.reverse();
        }
        let triangles = cut(&vertices);
        let areas = running_sums(triangles.iter().map(|[a, b, c]| 0.5 * turn(*a, *b, *c)));
        let lengths = running_sums(edges(&vertices).map(|(a, b)| (b[0] - a[0]).hypot(b[1] - a[1])));
        Self { vertices, triangles, areas, lengths }
    }

    pub fn area(&self) -> f64 {
        self.areas.last().copied().unwrap_or(0.0)
    }

    pub fn perimeter(&self) -> f64 {
        self.lengths.last().copied().unwrap_or(0.0)
    }

    /// Whether a ray from the point crosses the edges an odd number of times.
    pub fn contains(&self, point: &[f64]) -> bool {
        let (x, y) = (point[0], point[1]);
        let crosses = |(a, b): &(Vertex, Vertex)| {
            (a[1] > y) != (b[1] > y) && x < a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
        };
        edges(&self.vertices).filter(crosses).count() % 2 == 1
    }

    /// Maps two draws to a point inside. The first selects a triangle by area.
    pub fn inside(&self, draw: &[f64], out: &mut [f64]) {
        let (at, rest) = pick(&self.areas, draw[0]);
        let Some([a, b, c]) = self.triangles.get(at) else { return };
        // Lines parallel to the side bc are as long as their distance from a.
        let (along, across) = (rest.sqrt(), draw[1]);
        for (i, x) in out.iter_mut().enumerate() {
            *x = a[i] + along * ((b[i] - a[i]) + across * (c[i] - b[i]));
        }
    }

    /// Maps a draw to a point on an edge, with its outward normal.
    pub fn on_edge(&self, draw: &[f64], out: &mut [f64], normal: &mut [f64]) {
        let (at, rest) = pick(&self.lengths, draw[0]);
        let Some(a) = self.vertices.get(at) else { return };
        let b = self.vertices[(at + 1) % self.vertices.len()];
        let along = [b[0] - a[0], b[1] - a[1]];
        let length = along[0].hypot(along[1]);
        for (i, x) in out.iter_mut().enumerate() {
            *x = a[i] + rest * along[i];
        }
        normal.copy_from_slice(&[along[1] / length, -along[0] / length]);
    }
}

/// The smallest and the largest value of both coordinates.
pub(super) fn bounds(vertices: &[Vertex]) -> Vec<Interval> {
    let none = vec![Interval::new(f64::INFINITY, f64::NEG_INFINITY); 2];
    vertices.iter().fold(none, |mut sides, vertex| {
        for (side, x) in sides.iter_mut().zip(vertex) {
            *side = Interval::new(side.low.min(*x), side.high.max(*x));
        }
        sides
    })
}

/// Checks that the vertices are those of a polygon with an inside. Vertices are counted from 0.
pub(super) fn check(vertices: &[Vertex]) -> Result<(), Fault> {
    let count = vertices.len();
    if count < 3 {
        return Err(format!("the polygon has {count} vertices; give at least 3"));
    }
    if count > MOST_VERTICES {
        return Err(format!("the polygon has {count} vertices; give at most {MOST_VERTICES}"));
    }
    if let Some(at) = vertices.iter().position(|[x, y]| !(x.is_finite() && y.is_finite())) {
        return Err(format!("vertex {at} of the polygon is not finite"));
    }
    for (at, vertex) in vertices.iter().enumerate() {
        if let Some(first) = vertices[..at].iter().position(|other| other == vertex) {
            return Err(format!(
                "vertices {first} and {at} of the polygon are both ({}, {}); leave one out; the last vertex is \
                 joined to the first by itself",
                vertex[0], vertex[1]
            ));
        }
    }
    if vertices.iter().all(|vertex| turn(vertices[0], vertices[1], *vertex) == 0.0) {
        return Err("the polygon has no area: its vertices lie on one line; move one of them".into());
    }
    check_edges(vertices)?;
    let (area, cut) = (signed_area(vertices).abs(), Polygon::new(vertices).area());
    if (cut - area).abs() <= 1e-6 * area && area.is_normal() {
        Ok(())
    } else {
        Err(format!(
            "the polygon cannot be divided into triangles: its area is {area}; its edges nearly touch"
        ))
    }
}

/// Checks that no two edges have a point in common, except where one follows the other.
fn check_edges(vertices: &[Vertex]) -> Result<(), Fault> {
    let count = vertices.len();
    let all: Vec<(Vertex, Vertex)> = edges(vertices).collect();
    for (i, first) in all.iter().enumerate() {
        let next = (i + 1) % count;
        let (a, b, c) = (first.0, first.1, all[next].1);
        let back = (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1]) < 0.0;
        if turn(a, b, c) == 0.0 && back {
            return Err(format!("the polygon turns back on itself at vertex {next}; move that vertex"));
        }
        for (j, other) in all.iter().enumerate().skip(i + 2) {
            if (j + 1) % count != i && meet(first, other) {
                let (end, other_end) = ((i + 1) % count, (j + 1) % count);
                return Err(format!(
                    "the polygon crosses itself: the edge of the vertices {i} and {end} meets that of {j} and \
                     {other_end}; give the vertices in order around it"
                ));
            }
        }
    }
    Ok(())
}

/// Every edge, from its first vertex to the next.
fn edges(vertices: &[Vertex]) -> impl Iterator<Item = (Vertex, Vertex)> {
    vertices.iter().copied().zip(vertices.iter().copied().cycle().skip(1))
}

/// Twice the signed area of a triangle: positive if a, b, c run counter-clockwise.
fn turn(a: Vertex, b: Vertex, c: Vertex) -> f64 {
    (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

fn signed_area(vertices: &[Vertex]) -> f64 {
    let Some(&origin) = vertices.first() else { return 0.0 };
    0.5 * edges(vertices).map(|(a, b)| turn(origin, a, b)).sum::<f64>()
}

/// Whether two segments have a point in common.
fn meet((a, b): &(Vertex, Vertex), (c, d): &(Vertex, Vertex)) -> bool {
    let apart = |i: usize| a[i].max(b[i]) < c[i].min(d[i]) || c[i].max(d[i]) < a[i].min(b[i]);
    let splits = |from: Vertex, to: Vertex, p: Vertex, q: Vertex| {
        let (p, q) = (turn(from, to, p), turn(from, to, q));
        !(p > 0.0 && q > 0.0 || p < 0.0 && q < 0.0)
    };
    !apart(0) && !apart(1) && splits(*a, *b, *c, *d) && splits(*c, *d, *a, *b)
}

/// The triangles of a polygon whose vertices run counter-clockwise.
fn cut(vertices: &[Vertex]) -> Vec<[Vertex; 3]> {
    let mut left = vertices.to_vec();
    let mut triangles = Vec::with_capacity(vertices.len());
    let (mut at, mut tried) = (0, 0);
    while left.len() > 3 {
        let count = left.len();
        at %= count;
        let corner = [left[(at + count - 1) % count], left[at], left[(at + 1) % count]];
        let area = turn(corner[0], corner[1], corner[2]);
        // Rounding may hide the last ears of edges that nearly touch. The check finds the wrong area then.
        if area == 0.0 || area > 0.0 && !left.iter().any(|p| blocks(&corner, p)) || tried > count {
            if area > 0.0 {
                triangles.push(corner);
            }
            left.remove(at);
            tried = 0;
        } else {
            at += 1;
            tried += 1;
        }
    }
    if let &[a, b, c] = left.as_slice()
        && turn(a, b, c) > 0.0
    {
        triangles.push([a, b, c]);
    }
    triangles
}

/// Whether a vertex that is no corner of a triangle lies in it or on its sides.
fn blocks(corner: &[Vertex; 3], p: &Vertex) -> bool {
    let [a, b, c] = *corner;
    !corner.contains(p) && turn(a, b, *p) >= 0.0 && turn(b, c, *p) >= 0.0 && turn(c, a, *p) >= 0.0
}
