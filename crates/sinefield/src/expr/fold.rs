//! Residuals that compute every component in the same way, such as `u - img` of three channels.
//!
//! Jets and columns are `(points, width)`. Such a residual can treat each component as a separate point, and
//! read jets and columns in place.

use std::collections::HashMap;

use super::collect::again;
use super::graph::{Graph, Id, JetNumber, Op};
use super::scope::Scope;

/// The number of components if all of them are computed in the same way, else 1.
pub(super) fn fold_width(graph: &mut Graph, roots: &[Id], scope: &Scope) -> usize {
    let width = roots.len();
    let Some(&first) = roots.first().filter(|_| width > 1) else { return 1 };
    let needed = graph.reachable(&[first]);
    let nodes: Vec<Id> = (0..needed.len()).filter(|&id| needed[id]).collect();
    let fits = |&id: &Id| match graph.op(id) {
        Op::Jet(number) => number.output == 0 && scope.fields[number.field].width == width,
        Op::Column(column, component) => component == 0 && scope.columns[column].1 == width,
        Op::Coordinate(_) => false,
        _ => true,
    };
    if !nodes.iter().all(fits) {
        return 1;
    }
    let same = (1..width).all(|component| {
        let mut moved: HashMap<Id, Id> = HashMap::new();
        for &id in &nodes {
            let op = match graph.op(id) {
                Op::Jet(number) => Op::Jet(JetNumber { output: component, ..number }),
                Op::Column(column, _) => Op::Column(column, component),
                op => op.map(|a| moved[&a]),
            };
            moved.insert(id, again(graph, op));
        }
        moved[&first] == roots[component]
    });
    if same { width } else { 1 }
}
