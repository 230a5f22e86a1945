//! The derivative of the loss with respect to every jet number and trainable scalar, as more of the graph.
//!
//! With bars for derivatives of the loss, `ā_i = Σ_f f̄ ∂f/∂a_i` over the nodes f that read `a_i`, from the
//! residual's components, whose bars are seeds known when the norm is, down to the leaves.

use super::arithmetic::Binary;
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

/// Adds `share` to `bar`.
///
/// A bar that is chosen, and 0 otherwise, stays one: the slopes it is multiplied by on its way down may be infinite or
/// NaN where the choice is not taken, and then must not touch it. Two bars of one choice are added within it; of two,
/// the sum is chosen where either is.
fn add(graph: &mut Graph, bar: &mut Option<Id>, share: Id) {
    let Some(sum) = *bar else {
        *bar = Some(share);
        return;
    };
    let zero = graph.constant(0.0);
    let chosen = |graph: &Graph, id| match graph.op(id) {
        Op::Select(condition, value, otherwise) if otherwise == zero => Some((condition, value)),
        _ => None,
    };
    *bar = Some(match (chosen(graph, sum), chosen(graph, share)) {
        (Some((one, a)), Some((other, b))) if one == other => {
            let both = graph.binary(Binary::Add, a, b);
            graph.select(one, both, zero)
        }
        (Some((one, _)), Some((other, _))) => {
            let either = graph.binary(Binary::Or, one, other);
            let both = graph.binary(Binary::Add, sum, share);
            graph.select(either, both, zero)
        }
        _ => graph.binary(Binary::Add, sum, share),
    });
}
