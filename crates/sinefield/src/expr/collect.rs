//! Finds the channels that a residual needs, and collects second derivatives into weighted Laplacians. Third and fourth
//! derivatives become derivatives along lines (`lines`).
//!
//! The graph first requests each `∂_ii u` by itself. Where it adds them as `f Σ c_i ∂_ii u`, with constants c
//! and any common factor f, one channel `Λ = Σ w_i ∂_ii` may replace several. Every sum whose value is read
//! gives coefficient vectors c. A field carries the direction w and the single `∂_ii` that together span all
//! of these vectors with the fewest channels. Of several such directions, it carries the best conditioned.
//! With `Λ = ∂_xx + ∂_yy + 10⁶ ∂_tt`, for example, `∂_xx + ∂_yy` would be a small difference of large
//! numbers.

use std::collections::{BTreeMap, BTreeSet};

use super::arithmetic::{Binary, Unary};
use super::graph::{Derivative, Graph, Id, JetNumber, Op};
use super::lines::{lines_of, lowered};
use crate::jet::JetSpec;

/// A sum of more terms is not collected: storing such sums for every node would be slow.
const MOST_TERMS: usize = 64;
/// A product of more factors is not collected either.
const MOST_FACTORS: usize = 8;
/// The largest relative difference that rounding in the arithmetic of weights can cause.
const ROUNDING: f64 = 1e-14;

/// The common factors (ascending), the field and the output.
type Group = (Vec<Id>, usize, usize);
/// The coefficient of each `∂_ii` in a sum.
type Sum = BTreeMap<(Group, usize), f64>;

/// A graph whose second derivatives are collected.
pub(super) struct Collected {
    pub graph: Graph,
    pub roots: Vec<Id>,
    /// The jet that each field must carry; `None` if the field is not read.
    pub jets: Vec<Option<JetSpec>>,
}

/// Collects the second derivatives of a graph. `inputs` has the number of coordinates of each field.
pub(super) fn collect(graph: &Graph, roots: &[Id], inputs: &[usize]) -> Collected {
    let needed = graph.reachable(roots);
    let mut sums: Vec<Sum> = Vec::with_capacity(needed.len());
    for (id, &needed) in needed.iter().enumerate() {
        let sum = if needed { sum_of(graph, id, &sums) } else { Sum::new() };
        sums.push(sum);
    }
    let wanted = wanted(graph, roots, &needed, &sums);
    let carried: Vec<Carried> = inputs
        .iter()
        .enumerate()
        .map(|(field, &axes)| {
            let of_field = |id: Id| vectors(&sums[id], axes, field);
            let all = (0..needed.len()).filter(|&id| wanted[id]).flat_map(of_field);
            Carried::choose(all.map(|(_, vector)| vector).collect(), bent(graph, &needed, field))
        })
        .collect();
    rebuild(graph, roots, inputs, &Plan { needed, sums, wanted, carried })
}

/// The coefficients of the unmixed second derivatives in a sum. Empty if node `id` is no such sum, or has too
/// many terms.
fn sum_of(graph: &Graph, id: Id, sums: &[Sum]) -> Sum {
    let scaled = |sum: &Sum, by: f64| sum.iter().map(|(key, c)| (key.clone(), c * by)).collect();
    let mut sum: Sum = match graph.op(id) {
        Op::Jet(JetNumber { field, output, derivative: Derivative::Second(i, j) }) if i == j => {
            Sum::from([(((Vec::new(), field, output), i), 1.0)])
        }
        Op::Unary(Unary::Negative, a) => scaled(&sums[a], -1.0),
        Op::Binary(Binary::Add, a, b) => added(&sums[a], &sums[b], 1.0),
        Op::Binary(Binary::Sub, a, b) => added(&sums[a], &sums[b], -1.0),
        Op::Binary(Binary::Div, a, b) => {
            graph.value(b).map_or_else(Sum::new, |by| scaled(&sums[a], 1.0 / by))
        }
        Op::Binary(Binary::Mul, a, b) => match (graph.value(a), product(graph, id, sums)) {
            (Some(by), _) => scaled(&sums[b], by),
            (None, Some((factor, inner))) => multiplied(&sums[inner], factor),
            (None, None) => Sum::new(),
        },
        _ => Sum::new(),
    };
    sum.retain(|_, c| *c != 0.0);
    let ordinary = sum.len() <= MOST_TERMS && sum.values().all(|c| c.is_finite());
    let factors = sum.keys().map(|((factors, ..), _)| factors.len()).max().unwrap_or(0);
    if ordinary && factors <= MOST_FACTORS { sum } else { Sum::new() }
}

/// The factor and the sum of a product, if `id` is a product of a sum with a factor that is not constant.
fn product(graph: &Graph, id: Id, sums: &[Sum]) -> Option<(Id, Id)> {
    match graph.op(id) {
        Op::Binary(Binary::Mul, a, _) if graph.value(a).is_some() => None,
        Op::Binary(Binary::Mul, a, b) if !sums[b].is_empty() => Some((a, b)),
        Op::Binary(Binary::Mul, a, b) if !sums[a].is_empty() => Some((b, a)),
        _ => None,
    }
}

fn multiplied(sum: &Sum, factor: Id) -> Sum {
    let with = |((factors, field, output), axis): &(Group, usize)| {
        let mut factors = [factors.as_slice(), &[factor]].concat();
        factors.sort_unstable();
        ((factors, *field, *output), *axis)
    };
    sum.iter().map(|(key, c)| (with(key), *c)).collect()
}

fn added(a: &Sum, b: &Sum, sign: f64) -> Sum {
    let mut sum = a.clone();
    for (key, c) in b {
        *sum.entry(key.clone()).or_insert(0.0) += sign * c;
    }
    sum
}

/// The nodes whose own value is read, and not only as part of a larger sum.
fn wanted(graph: &Graph, roots: &[Id], needed: &[bool], sums: &[Sum]) -> Vec<bool> {
    let mut wanted = vec![false; needed.len()];
    roots.iter().for_each(|&root| wanted[root] = true);
    for id in (0..needed.len()).filter(|&id| needed[id]) {
        if sums[id].is_empty() {
            graph.op(id).operands().for_each(|a| wanted[a] = true);
        } else if let Some((factor, _)) = product(graph, id, sums) {
            wanted[factor] = true;
        }
    }
    wanted
}

/// The coefficient vector, over the axes of `field`, of each of its groups in `sum`.
fn vectors(sum: &Sum, axes: usize, field: usize) -> Vec<(Group, Vec<f64>)> {
    let mut groups: BTreeMap<Group, Vec<f64>> = BTreeMap::new();
    for ((group, axis), c) in sum.iter().filter(|(((_, f, _), _), _)| *f == field) {
        groups.entry(group.clone()).or_insert_with(|| vec![0.0; axes])[*axis] = *c;
    }
    groups.into_iter().collect()
}

/// The axes of a field whose `∂_ii` a line of higher derivatives needs.
fn bent(graph: &Graph, needed: &[bool], field: usize) -> BTreeSet<usize> {
    let lines = (0..needed.len()).filter(|&id| needed[id]).flat_map(|id| match graph.op(id) {
        Op::Jet(number) if number.field == field => lines_of(number.derivative),
        _ => Vec::new(),
    });
    lines.flat_map(|(direction, _)| direction.parts().map(|(axis, _)| axis)).collect()
}

/// The unmixed second derivatives that a field carries.
#[derive(Clone, Debug, Default)]
struct Carried {
    /// The weights of Λ.
    laplacian: Option<Vec<f64>>,
    /// The axes whose `∂_ii` has a channel of its own.
    single: BTreeSet<usize>,
}

impl Carried {
    /// The choice with the fewest channels that span `vectors`; of equal choices, the one with the smallest
    /// condition. The field carries the `∂_ii` of the axes `bent` in any case.
    fn choose(vectors: Vec<Vec<f64>>, bent: BTreeSet<usize>) -> Self {
        let used = |v: &[f64]| (0..v.len()).filter(|&i| v[i] != 0.0).collect::<BTreeSet<_>>();
        let all = vectors.iter().flat_map(|v| used(v)).chain(bent.iter().copied()).collect();
        let mut best = Carried { laplacian: None, single: all };
        let mut least = best.condition(&vectors);
        let mut directions: Vec<Vec<f64>> = Vec::new();
        for v in vectors.iter().filter(|v| used(v).len() > 1) {
            let first = v.iter().find(|c| **c != 0.0).copied().unwrap_or(1.0);
            let weights: Vec<f64> = v.iter().map(|c| c / first).collect();
            // They are rounded to float32 in a fit of float32.
            let narrow: Vec<f64> = weights.iter().map(|w| f64::from(*w as f32)).collect();
            let usable = narrow.iter().all(|w| w.is_finite()) && used(&narrow) == used(v);
            if usable && !directions.contains(&weights) {
                directions.push(weights);
            }
        }
        for weights in directions.into_iter().take(MOST_TERMS) {
            let mut tried = Carried { laplacian: Some(weights), single: bent.clone() };
            for v in &vectors {
                let (_, rest) = tried.take_apart(v);
                tried.single.extend(used(&rest));
            }
            let condition = tried.condition(&vectors);
            if (tried.channels(), condition) < (best.channels(), least) {
                (best, least) = (tried, condition);
            }
        }
        best
    }

    fn channels(&self) -> usize {
        self.single.len() + usize::from(self.laplacian.is_some())
    }

    /// The condition: the largest ratio of the size of a vector's parts to the vector's size. It is 1 if
    /// nothing cancels.
    fn condition(&self, vectors: &[Vec<f64>]) -> f64 {
        let of = |v: &Vec<f64>| {
            let (by, rest) = self.take_apart(v);
            self.size(by, &rest) / v.iter().map(|c| c.abs()).sum::<f64>()
        };
        vectors.iter().map(of).fold(1.0, f64::max)
    }

    /// The size of `by` times Λ plus the size of the rest, as sums of absolute values.
    fn size(&self, by: f64, rest: &[f64]) -> f64 {
        let multiple = self.laplacian.iter().flatten().map(|w| (by * w).abs());
        multiple.chain(rest.iter().map(|c| c.abs())).sum()
    }

    /// Splits `v` into a multiple of Λ and a rest. Of all splits, it has the fewest axes in the rest that are
    /// not carried, then the fewest axes in the rest, then the smallest parts.
    fn take_apart(&self, v: &[f64]) -> (f64, Vec<f64>) {
        let Some(weights) = &self.laplacian else { return (0.0, v.to_vec()) };
        let ratios = v.iter().zip(weights).filter(|(_, w)| **w != 0.0).map(|(c, w)| c / w);
        let rest = |by: f64| -> Vec<f64> {
            let less =
                |c: f64, part: f64| if (c - part).abs() <= ROUNDING * c.abs() { 0.0 } else { c - part };
            v.iter().zip(weights).map(|(&c, w)| less(c, by * w)).collect()
        };
        let missing = |rest: &[f64]| {
            let outside = (0..rest.len()).filter(|i| rest[*i] != 0.0 && !self.single.contains(i)).count();
            (outside, rest.iter().filter(|c| **c != 0.0).count())
        };
        let all = std::iter::once(0.0).chain(ratios).map(|by| (by, rest(by)));
        let order = |(a, rest_a): &(f64, Vec<f64>), (b, rest_b): &(f64, Vec<f64>)| {
            let sizes = || self.size(*a, rest_a).total_cmp(&self.size(*b, rest_b));
            missing(rest_a).cmp(&missing(rest_b)).then_with(sizes)
        };
        all.min_by(order).unwrap_or((0.0, v.to_vec()))
    }
}

/// The inputs of `rebuild`.
struct Plan {
    needed: Vec<bool>,
    sums: Vec<Sum>,
    wanted: Vec<bool>,
    carried: Vec<Carried>,
}

fn rebuild(graph: &Graph, roots: &[Id], inputs: &[usize], plan: &Plan) -> Collected {
    let mut new = Graph::default();
    let zero = new.constant(0.0);
    // For each old node: `rest` is its value without its collected derivatives, `whole` is its full value.
    let (mut rest, mut whole) = (vec![zero; plan.needed.len()], vec![zero; plan.needed.len()]);
    for id in (0..plan.needed.len()).filter(|&id| plan.needed[id]) {
        let op = graph.op(id);
        if plan.sums[id].is_empty() {
            rest[id] = match op {
                Op::Jet(number) => lowered(&mut new, number),
                op => again(&mut new, op.map(|a| whole[a])),
            };
            whole[id] = rest[id];
            continue;
        }
        rest[id] = match (op, product(graph, id, &plan.sums)) {
            (Op::Jet(_), _) => zero,
            (_, Some((factor, inner))) => new.binary(Binary::Mul, whole[factor], rest[inner]),
            // A constant has no sum, so its rest is the constant itself.
            (op, None) => again(&mut new, op.map(|a| rest[a])),
        };
        if plan.wanted[id] {
            whole[id] = with_sum(&mut new, rest[id], &plan.sums[id], inputs, plan, &whole);
        }
    }
    let roots: Vec<Id> = roots.iter().map(|&root| whole[root]).collect();
    let jets = specs(&new, &roots, inputs, &plan.carried);
    Collected { graph: new, roots, jets }
}

/// Inserts an operation, with the simplifications of the graph.
pub(super) fn again(graph: &mut Graph, op: Op) -> Id {
    match op {
        Op::Unary(f, a) => graph.unary(f, a),
        Op::Binary(f, a, b) => graph.binary(f, a, b),
        Op::Power(a, n) => graph.power(a, n),
        Op::Select(c, a, b) => graph.select(c, a, b),
        leaf => graph.insert(leaf),
    }
}

/// `rest` plus the collected derivatives of `sum`, computed from the carried channels.
fn with_sum(graph: &mut Graph, rest: Id, sum: &Sum, inputs: &[usize], plan: &Plan, whole: &[Id]) -> Id {
    let mut total = rest;
    for (field, carried) in plan.carried.iter().enumerate() {
        for ((factors, _, output), vector) in vectors(sum, inputs[field], field) {
            let (by, left) = carried.take_apart(&vector);
            let single = left.iter().enumerate().map(|(i, c)| (Derivative::Second(i, i), *c));
            let terms = std::iter::once((Derivative::Laplacian, by)).chain(single);
            let mut group = graph.constant(0.0);
            for (derivative, c) in terms.filter(|(_, c)| *c != 0.0) {
                let jet = graph.insert(Op::Jet(JetNumber { field, output, derivative }));
                let c = graph.constant(c);
                let term = graph.binary(Binary::Mul, c, jet);
                group = graph.binary(Binary::Add, group, term);
            }
            for factor in factors {
                group = graph.binary(Binary::Mul, whole[factor], group);
            }
            total = graph.binary(Binary::Add, group, total);
        }
    }
    total
}

/// The jet of each field: the channels of all jet numbers that `roots` read.
fn specs(graph: &Graph, roots: &[Id], inputs: &[usize], carried: &[Carried]) -> Vec<Option<JetSpec>> {
    let mut specs: Vec<Option<JetSpec>> = vec![None; inputs.len()];
    let needed = graph.reachable(roots);
    for id in (0..graph.len()).filter(|&id| needed[id]) {
        let Op::Jet(number) = graph.op(id) else { continue };
        let spec = specs[number.field].take().unwrap_or_else(|| JetSpec::value(inputs[number.field]));
        specs[number.field] = Some(match number.derivative {
            Derivative::Value => spec,
            Derivative::First(i) => spec.with_first(i),
            Derivative::Second(i, j) => spec.with_second(i, j),
            // `lowered` has replaced the mixed ones.
            Derivative::Third(_) | Derivative::Fourth(_) => spec,
            Derivative::ThirdAlong(line) => spec.with_third_along(&line.vector(inputs[number.field])),
            Derivative::FourthAlong(line) => spec.with_fourth_along(&line.vector(inputs[number.field])),
            Derivative::Laplacian => {
                let weights = carried[number.field].laplacian.iter().flatten();
                spec.with_laplacian(&weights.copied().collect::<Vec<_>>())
            }
        });
    }
    specs
}
