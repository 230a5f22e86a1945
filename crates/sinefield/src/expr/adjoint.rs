//! Adds to the graph the derivative of the loss with respect to every jet number and trainable scalar.
//!
//! A bar marks a derivative of the loss: `ā_i = Σ_f f̄ ∂f/∂a_i` over the nodes f that read `a_i`. The
//! computation goes from the components of the residual down to the leaves. The bars of the components are
//! seeds, which are known once the norm is known.

use super::graph::{Graph, Id, Op};

/// The bar of a leaf: a jet number or a trainable scalar.
pub(super) struct Cotangent {
    pub leaf: Op,
    pub bar: Id,
}

/// The cotangents of the jet numbers and trainable scalars that `roots` read, except those that are always 0.
pub(super) fn cotangents(graph: &mut Graph, roots: &[Id]) -> Vec<Cotangent> {
    let needed = graph.reachable(roots);
    let forward = needed.len();
    let mut active = vec![false; forward];
    for id in (0..forward).filter(|&id| needed[id]) {
        let op = graph.op(id);
        active[id] = matches!(op, Op::Jet(_) | Op::Trainable(_)) || op.operands().any(|a| active[a]);
    }
    let mut bars: Vec<Option<Id>> = vec![None; forward];
    for (component, &root) in roots.iter().enumerate() {
        if active[root] {
            let seed = graph.insert(Op::Seed(component));
            add(graph, &mut bars[root], seed);
        }
    }
    let mut found = Vec::new();
    for id in (0..forward).rev() {
        let Some(bar) = bars[id] else { continue };
        let op = graph.op(id);
        if matches!(op, Op::Jet(_) | Op::Trainable(_)) {
            found.push(Cotangent { leaf: op, bar });
        }
        for (which, operand) in op.operands().enumerate() {
            if active[operand] {
                let share = graph.through(id, which, bar);
                add(graph, &mut bars[operand], share);
            }
        }
    }
    found.retain(|c| !graph.is(c.bar, 0.0));
    found
}

fn add(graph: &mut Graph, bar: &mut Option<Id>, share: Id) {
    *bar = Some(match *bar {
        Some(sum) => graph.sum_of_changes(sum, share),
        None => share,
    });
}
