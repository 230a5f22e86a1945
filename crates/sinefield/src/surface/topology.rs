//! How the triangles of a mesh hang together: closedness, orientation, manifoldness, components.

use std::collections::HashMap;

use super::Mesh;

/// The counts that tell whether a mesh is a closed surface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Topology {
    /// Vertices that a triangle uses.
    pub vertices: usize,
    /// Edges.
    pub edges: usize,
    /// Triangles.
    pub faces: usize,
    /// Edges with one triangle: the rims of holes.
    pub open_edges: usize,
    /// Edges with more than two triangles.
    pub branching_edges: usize,
    /// Edges with two triangles that run through them in the same direction.
    pub twisted_edges: usize,
    /// Vertices whose triangles do not form a single fan.
    pub pinched_vertices: usize,
    /// Parts that are not joined by edges.
    pub components: usize,
}

impl Topology {
    pub(super) fn of(mesh: &Mesh) -> Self {
        // The triangles at every edge, and how many run from the smaller to the larger vertex.
        let mut edges: HashMap<(u32, u32), Edge> = HashMap::with_capacity(mesh.faces.len() * 3 / 2);
        for (face, corners) in mesh.faces.iter().enumerate() {
            for i in 0..3 {
                let (a, b) = (corners[i], corners[(i + 1) % 3]);
                let edge = edges.entry((a.min(b), a.max(b))).or_default();
                edge.count += 1;
                edge.upwards += u32::from(a < b);
                edge.joined = [face as u32, if edge.count == 1 { face as u32 } else { edge.joined[0] }];
            }
        }
        let mut groups = Groups::new(mesh.faces.len());
        edges.values().for_each(|edge| groups.join(edge.joined));
        let count = |is: fn(&Edge) -> bool| edges.values().filter(|edge| is(edge)).count();
        let mut used = vec![false; mesh.points.len()];
        mesh.faces.iter().flatten().for_each(|at| used[*at as usize] = true);
        Self {
            vertices: used.iter().filter(|used| **used).count(),
            edges: edges.len(),
            faces: mesh.faces.len(),
            open_edges: count(|edge| edge.count == 1),
            branching_edges: count(|edge| edge.count > 2),
            twisted_edges: count(|edge| edge.count == 2 && edge.upwards != 1),
            pinched_vertices: pinched(mesh),
            components: groups.count(),
        }
    }

    /// The Euler characteristic, `V - E + F`: 2 for each closed surface without handles, 2 less for each handle.
    pub fn euler(&self) -> i64 {
        self.vertices as i64 - self.edges as i64 + self.faces as i64
    }

    /// Whether the mesh is a closed, consistently oriented surface.
    pub fn is_closed(&self) -> bool {
        self.faces > 0 && self.open_edges == 0 && self.is_manifold()
    }

    /// Whether every edge has at most two triangles, which run through it in opposite directions, and every vertex has a
    /// single fan of triangles.
    pub fn is_manifold(&self) -> bool {
        self.branching_edges == 0 && self.twisted_edges == 0 && self.pinched_vertices == 0
    }
}

#[derive(Default)]
struct Edge {
    count: u32,
    upwards: u32,
    /// The last triangle, and one before it.
    joined: [u32; 2],
}

/// The number of vertices whose triangles are joined by edges at the vertex in more than one group.
fn pinched(mesh: &Mesh) -> usize {
    let at = fans(mesh, &|_| true);
    at.chunk_by(|a, b| a.0 == b.0).filter(|fan| groups_of_fan(mesh, fan).count() > 1).count()
}

/// Gives each fan of triangles at the vertices `at` a vertex of its own.
pub(super) fn split_pinched(mesh: &mut Mesh, at: &[u32]) {
    if at.is_empty() {
        return;
    }
    let mut is_candidate = vec![false; mesh.points.len()];
    at.iter().for_each(|vertex| is_candidate[*vertex as usize] = true);
    let fans = fans(mesh, &|vertex| is_candidate[vertex as usize]);
    for fan in fans.chunk_by(|a, b| a.0 == b.0) {
        let (mut groups, vertex) = (groups_of_fan(mesh, fan), fan[0].0 as usize);
        let mut copies = HashMap::new();
        for (at, (_, face)) in fan.iter().enumerate() {
            let root = groups.root(at as u32);
            if root == 0 {
                continue;
            }
            let copy = *copies.entry(root).or_insert_with(|| {
                mesh.points.push(mesh.points[vertex]);
                mesh.normals.push(mesh.normals[vertex]);
                mesh.points.len() as u32 - 1
            });
            let corners = &mut mesh.faces[*face as usize];
            corners.iter_mut().filter(|corner| **corner as usize == vertex).for_each(|corner| *corner = copy);
        }
    }
}

/// Pairs of a vertex and a triangle at it, sorted. The triangles of a vertex are contiguous.
fn fans(mesh: &Mesh, is_candidate: &dyn Fn(u32) -> bool) -> Vec<(u32, u32)> {
    let mut fans = Vec::new();
    for (face, corners) in mesh.faces.iter().enumerate() {
        let own = corners.iter().filter(|vertex| is_candidate(**vertex));
        fans.extend(own.map(|vertex| (*vertex, face as u32)));
    }
    fans.sort_unstable();
    fans
}

/// The groups of a vertex's triangles. Two triangles are joined if they share another vertex.
fn groups_of_fan(mesh: &Mesh, fan: &[(u32, u32)]) -> Groups {
    let mut groups = Groups::new(fan.len());
    let mut others: Vec<(u32, u32)> = Vec::with_capacity(2 * fan.len());
    for (at, (vertex, face)) in fan.iter().enumerate() {
        let corners = mesh.faces[*face as usize];
        others.extend(corners.iter().filter(|other| *other != vertex).map(|other| (*other, at as u32)));
    }
    others.sort_unstable();
    others.windows(2).filter(|two| two[0].0 == two[1].0).for_each(|two| groups.join([two[0].1, two[1].1]));
    groups
}

/// Groups of numbers that are joined step by step (union-find with path halving).
struct Groups(Vec<u32>);

impl Groups {
    fn new(count: usize) -> Self {
        Self((0..count as u32).collect())
    }

    fn root(&mut self, mut at: u32) -> u32 {
        while self.0[at as usize] != at {
            let above = self.0[self.0[at as usize] as usize];
            self.0[at as usize] = above;
            at = above;
        }
        at
    }

    fn join(&mut self, [a, b]: [u32; 2]) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b) as usize] = a.min(b);
    }

    fn count(&self) -> usize {
        self.0.iter().enumerate().filter(|(at, above)| *at == **above as usize).count()
    }
}
