//! The derivative of the loss with respect to every jet number and trainable scalar, as more of the graph.
//!
//! With bars for derivatives of the loss, `ā_i = Σ_f f̄ ∂f/∂a_i` over the nodes f that read `a_i`, from the
//! residual's components, whose bars are seeds known when the norm is, down to the leaves.

use super::graph::{Graph, Id, Op};

/// What a bar is of, and the bar.
pub(super) struct Cotangent {
    pub leaf: Op,
    pub bar: Id,
}

/// The seed nodes' bars flow to: those of jet numbers and trainable scalars that `roots` read.
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
