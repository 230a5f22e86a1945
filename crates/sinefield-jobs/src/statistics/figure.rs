//! The figure, with one row for each layer: histograms and laws on the left, spectra on the right.

use super::{Distribution, Law, LayerStatistics, Network, Theory};
use crate::JobError;
use crate::figure::{Anchor, Chart, Place, Series, Sheet, Stroke, colours};

/// The largest number of layers shown.
const ROWS: usize = 6;
/// Sizes in pixels.
const MARGIN: usize = 90;
const HEAD: usize = 160;
const ROW: usize = 190;
const FOOT: usize = 50;
const HISTOGRAM: usize = 300;
const SPECTRUM: usize = 320;
const LETTERS: f64 = 22.0;
/// For spectra: the highest frequency shown, in cycles per unit, and the range in dB.
const HIGHEST: f64 = 100.0;
const DECIBELS: (f64, f64) = (-90.0, 10.0);

/// Draws the figure.
pub fn draw(network: &Network, theory: &Theory, layers: &[LayerStatistics]) -> Result<Sheet, JobError> {
    let shown = shown(layers.len());
    let width = MARGIN + 3 * (HISTOGRAM + SPECTRUM) + 10;
    let mut sheet = Sheet::new(width, HEAD + shown.len() * ROW + FOOT)?;
    head(&mut sheet, network, theory)?;
    for (row, layer) in shown.iter().enumerate() {
        let top = HEAD + row * ROW;
        let height = if row + 1 == shown.len() { ROW + FOOT } else { ROW };
        let last = height > ROW;
        sheet.text(&format!("layer {layer}"), (30, top + ROW / 2), LETTERS + 2.0, Anchor::Turned)?;
        for (column, (of, unit)) in quantities(&layers[*layer]).into_iter().enumerate() {
            let left = MARGIN + column * HISTOGRAM;
            sheet.chart(&histogram(of, unit, last), Place { left, top, width: HISTOGRAM, height })?;
            let left = MARGIN + 3 * HISTOGRAM + column * SPECTRUM;
            sheet.chart(&spectrum(of, last), Place { left, top, width: SPECTRUM, height })?;
        }
    }
    Ok(sheet)
}

/// The layers shown: the first three, where the distributions change, and then evenly spaced layers up to the last.
fn shown(count: usize) -> Vec<usize> {
    if count <= ROWS {
        return (0..count).collect();
    }
    let rest = ROWS - 3;
    let spread = (1..=rest).map(|i| 2 + ((count - 3) as f64 * i as f64 / rest as f64).round() as usize);
    [0, 1, 2].into_iter().chain(spread).collect()
}

/// A layer's distributions, and the units of their values.
fn quantities(layer: &LayerStatistics) -> [(&Distribution, Unit); 3] {
    let gradient = Unit { name: "theory's σ", size: layer.gradient.laws.first().map_or(1.0, |f| f.std) };
    [
        (&layer.pre_activation, Unit { name: "radians", size: 1.0 }),
        (&layer.activation, Unit { name: "value", size: 1.0 }),
        (&layer.gradient, gradient),
    ]
}

/// The unit of values: its name and its size.
#[derive(Clone, Copy)]
struct Unit {
    name: &'static str,
    size: f64,
}

/// Draws the title, the legend and the names of the columns.
fn head(sheet: &mut Sheet, network: &Network, theory: &Theory) -> Result<(), JobError> {
    let Network { inputs, hidden, layers, omega, .. } = network;
    let text = format!(
        "A new sine network, {inputs} → {} × {hidden} → 1, ω = {omega}: deep pre-activations tend to σ = {:.3}",
        layers + 1,
        theory.fixed_point
    );
    sheet.text(&text, (MARGIN, 14), 30.0, Anchor::Left)?;
    let y = 74;
    sheet.fill(Place { left: MARGIN, top: y - 11, width: 34, height: 22 }, colours::PALE)?;
    sheet.text("measured", (MARGIN + 44, y), LETTERS, Anchor::Middle)?;
    sheet.line((MARGIN + 200, y), (MARGIN + 240, y), colours::RED, 3)?;
    let law = "theory: normal, arcsine (uniform for the last layer's gradient)";
    sheet.text(law, (MARGIN + 250, y), LETTERS, Anchor::Middle)?;
    for dash in 0..3 {
        let left = MARGIN + 1000 + 15 * dash;
        sheet.line((left, y), (left + 10, y), colours::GREEN, 3)?;
    }
    sheet.text("the sine of a normal number", (MARGIN + 1055, y), LETTERS, Anchor::Middle)?;
    let names = ["pre-activation", "activation", "gradient"];
    for (column, name) in names.into_iter().enumerate() {
        let x = MARGIN + column * HISTOGRAM + HISTOGRAM / 2;
        sheet.text(name, (x, HEAD - 48), LETTERS + 4.0, Anchor::Centre)?;
        let x = MARGIN + 3 * HISTOGRAM + column * SPECTRUM + SPECTRUM / 2;
        sheet.text(&format!("{name}, power"), (x, HEAD - 48), LETTERS + 4.0, Anchor::Centre)?;
    }
    Ok(())
}

/// The density over values, with the laws. The title has the standard deviations.
fn histogram(of: &Distribution, unit: Unit, last: bool) -> Chart {
    let histogram = &of.histogram;
    let width = histogram.width() / unit.size;
    let densities = |fractions: &[f64]| -> Vec<(f64, f64)> {
        let middle = |i: usize| histogram.low / unit.size + (i as f64 + 0.5) * width;
        fractions.iter().enumerate().map(|(i, f)| (middle(i), f / width)).collect()
    };
    let measured = densities(&histogram.fractions);
    // The bins at the ends contain the poles of the arcsine law. With them, the rest would be flat.
    let inner = &measured[2..measured.len() - 2];
    let highest = inner.iter().fold(0.0f64, |most, (_, y)| most.max(*y)) * 1.3;
    let mut series = vec![Series { colour: colours::PALE, stroke: Stroke::Bars, points: measured }];
    for fitted in &of.laws {
        let second = matches!(fitted.law, Law::SineOfNormal { .. });
        series.push(Series {
            colour: if second { colours::GREEN } else { colours::RED },
            stroke: if second { Stroke::Dashed } else { Stroke::Line },
            points: densities(&histogram.expected(fitted.law)),
        });
    }
    Chart {
        title: format!(
            "σ {}, theory {}",
            number(of.std),
            of.laws.last().map_or(String::new(), |f| number(f.std))
        ),
        x_label: if last { unit.name.to_string() } else { String::new() },
        y_label: String::new(),
        x: (1.1 * histogram.low / unit.size, 1.1 * histogram.high / unit.size),
        y: (0.0, highest),
        x_ticks: 5,
        y_ticks: 0,
        letters: LETTERS,
        series,
    }
}

/// Power in dB over frequency.
fn spectrum(of: &Distribution, last: bool) -> Chart {
    let decibels = |(k, power): (usize, &f64)| (0.5 * k as f64, 10.0 * power.max(1e-30).log10());
    // Powers are relative to the mean square, so that all quantities have one scale.
    let square = of.spectrum.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    let relative: Vec<f64> = of.spectrum.iter().map(|power| power / square).collect();
    let points = relative.iter().enumerate().map(decibels).filter(|(_, power)| *power > DECIBELS.0).collect();
    let line = Series { colour: colours::BLUE, stroke: Stroke::Line, points };
    Chart {
        title: String::new(),
        x_label: if last { "cycles per unit".to_string() } else { String::new() },
        y_label: "dB".to_string(),
        x: (0.0, HIGHEST),
        y: DECIBELS,
        x_ticks: 5,
        y_ticks: 4,
        letters: LETTERS,
        series: vec![line],
    }
}

/// A standard deviation in three digits.
fn number(value: f64) -> String {
    match value {
        v if v >= 10.0 => format!("{v:.1}"),
        v if v >= 0.1 => format!("{v:.3}"),
        v => format!("{v:.2e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn the_first_and_the_last_layer_are_shown() {
        assert_eq!(shown(1), [0]);
        assert_eq!(shown(10), [0, 1, 2, 4, 7, 9]);
        assert_eq!(shown(51).last(), Some(&50));
        assert_eq!(shown(7).len(), 6);
    }
}
