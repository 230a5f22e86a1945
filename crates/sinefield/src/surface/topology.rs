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
        let fans = Fans::new(mesh);
        let mut parts = Groups::new(mesh.faces.len());
        let mut counts = Self { faces: mesh.faces.len(), ..Self::default() };
        let mut spokes = Vec::new();
        for vertex in 0..mesh.points.len() {
            let fan = fans.at(vertex);
            if fan.is_empty() {
                continue;
            }
            counts.vertices += 1;
            let mut groups = Groups::new(fan.len());
            gather_spokes(mesh, (vertex, fan), &mut spokes);
            for edge in spokes.chunk_by(|a, b| a.other == b.other) {
                for two in edge.windows(2) {
                    groups.join([two[0].face, two[1].face]);
                    parts.join([two[0].face, two[1].face].map(|at| fan[at as usize]));
                }
                // An edge is counted at its smaller vertex.
                if (vertex as u32) < edge[0].other {
                    counts.add_edge(edge);
                }
            }
            counts.pinched_vertices += usize::from(groups.count() > 1);
        }
        counts.components = parts.count();
        counts
    }

    fn add_edge(&mut self, edge: &[Spoke]) {
        self.edges += 1;
        match edge {
            [_] => self.open_edges += 1,
            [one, other] => self.twisted_edges += usize::from(one.is_ahead == other.is_ahead),
            _ => self.branching_edges += 1,
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

/// The triangles at every vertex, without those that have a vertex twice.
struct Fans {
    /// Where those of each vertex begin, and the end.
    starts: Vec<usize>,
    faces: Vec<u32>,
}

impl Fans {
    fn new(mesh: &Mesh) -> Self {
        let whole = |corners: &[u32; 3]| {
            let [a, b, c] = *corners;
            a != b && b != c && c != a
        };
        let mut starts = vec![0usize; mesh.points.len() + 1];
        let faces = || mesh.faces.iter().enumerate().filter(|(_, corners)| whole(corners));
        faces().flat_map(|(_, corners)| corners).for_each(|vertex| starts[*vertex as usize + 1] += 1);
        for vertex in 0..mesh.points.len() {
            starts[vertex + 1] += starts[vertex];
        }
        let (mut filled, mut all) = (starts.clone(), vec![0; *starts.last().unwrap_or(&0)]);
        for (face, corners) in faces() {
            for vertex in corners {
                all[filled[*vertex as usize]] = face as u32;
                filled[*vertex as usize] += 1;
            }
        }
        Self { starts, faces: all }
    }

    fn at(&self, vertex: usize) -> &[u32] {
        &self.faces[self.starts[vertex]..self.starts[vertex + 1]]
    }
}

/// An edge from a vertex, as a triangle of its fan has it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Spoke {
    /// The other vertex.
    other: u32,
    /// The triangle, as a place in the fan.
    face: u32,
    /// Whether the triangle runs from the vertex to the other.
    is_ahead: bool,
}

/// The edges from a vertex, sorted by the other vertex.
fn gather_spokes(mesh: &Mesh, (vertex, fan): (usize, &[u32]), spokes: &mut Vec<Spoke>) {
    spokes.clear();
    for (at, face) in fan.iter().enumerate() {
        let corners = mesh.faces[*face as usize];
        let Some(own) = corners.iter().position(|corner| *corner as usize == vertex) else { continue };
        for (step, is_ahead) in [(1, true), (2, false)] {
            spokes.push(Spoke { other: corners[(own + step) % 3], face: at as u32, is_ahead });
        }
    }
    spokes.sort_unstable();
}

/// Gives each fan of triangles at the vertices `at` a vertex of its own.
pub(super) fn split_pinched(mesh: &mut Mesh, at: impl Iterator<Item = u32>) {
    let mut at = at.peekable();
    if at.peek().is_none() {
        return;
    }
    let fans = Fans::new(mesh);
    let mut spokes = Vec::new();
    for vertex in at.map(|vertex| vertex as usize) {
        let fan = fans.at(vertex);
        let mut groups = Groups::new(fan.len());
        gather_spokes(mesh, (vertex, fan), &mut spokes);
        let same = |two: &&[Spoke]| two[0].other == two[1].other;
        spokes.windows(2).filter(same).for_each(|two| groups.join([two[0].face, two[1].face]));
        let mut copies = HashMap::new();
        for (at, face) in fan.iter().enumerate() {
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
