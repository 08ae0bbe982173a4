//! Cost against the number of Ingresses, as SVG that is readable on a light and on a dark page.

use std::fmt::Write as _;

use benches::events::Event;

use super::measure::{AtSize, Step};

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 210.0;
const TOP: f64 = 50.0;
const BOTTOM: f64 = 55.0;

/// The lines, each with its class in the style.
const LINES: [Step; 6] = [
    Step::JsonToJson,
    Step::Event(Event::Changed),
    Step::Parse,
    Step::Translate,
    Step::Serialise,
    Step::Event(Event::Unchanged),
];

const STYLE: &str = "\
text { font: 13px system-ui, sans-serif; fill: #24292f; }
.title { font-weight: 600; font-size: 15px; }
.grid { stroke: #d0d7de; stroke-width: 1; }
.one { stroke: #57606a; stroke-width: 1.5; stroke-dasharray: 5 4; }
.line { fill: none; stroke-width: 2.5; }
.l0 { stroke: #0969da; } .l1 { stroke: #cf222e; } .l2 { stroke: #1a7f37; }
.l3 { stroke: #8250df; } .l4 { stroke: #bf6a02; } .l5 { stroke: #6e7781; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .grid { stroke: #3d444d; } .one { stroke: #9198a1; }
  .l0 { stroke: #58a6ff; } .l1 { stroke: #ff7b72; } .l2 { stroke: #3fb950; }
  .l3 { stroke: #bc8cff; } .l4 { stroke: #f0a640; } .l5 { stroke: #b1bac4; }
}
";

/// Both axes are logarithmic.
struct Axes {
    x: (f64, f64),
    y: (f64, f64),
}

impl Axes {
    fn of(sizes: &[AtSize]) -> Self {
        let counts = sizes.iter().map(|size| (size.count as f64).log10());
        let ratios = sizes.iter().flat_map(|size| LINES.map(|step| size.ratio(step).log10()));
        let (x_low, x_high) = bounds(counts);
        let (y_low, y_high) = bounds(ratios);
        Self { x: (x_low, x_high.max(x_low + 1.0)), y: (y_low.floor(), y_high.max(0.5).ceil()) }
    }

    fn x(&self, count: f64) -> f64 {
        LEFT + (count.log10() - self.x.0) / (self.x.1 - self.x.0) * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, ratio: f64) -> f64 {
        HEIGHT - BOTTOM - (ratio.log10() - self.y.0) / (self.y.1 - self.y.0) * (HEIGHT - TOP - BOTTOM)
    }
}

fn bounds(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
}

/// The plot.
pub(super) fn plot(sizes: &[AtSize]) -> String {
    let axes = Axes::of(sizes);
    let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         aria-label=\"CPU time of each step against the number of Ingresses\">\n<style>\n{STYLE}</style>\n"
    );
    let mut add = |element: String| {
        // Writing to a String does not fail.
        let _ = writeln!(svg, "{element}");
    };
    add(format!(
        "<text class=\"title\" x=\"{LEFT}\" y=\"22\">CPU time for each Ingress; 1× is serde_json reading it into a Value</text>"
    ));
    for decade in decades(axes.y) {
        let y = axes.y(decade);
        let class = if decade == 1.0 { "one" } else { "grid" };
        add(format!("<line class=\"{class}\" x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{right}\" y2=\"{y:.1}\"/>"));
        add(format!(
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{decade}×</text>",
            LEFT - 8.0,
            y + 4.0
        ));
    }
    for size in sizes {
        let (x, label) = (axes.x(size.count as f64), thousands(size.count));
        add(format!("<line class=\"grid\" x1=\"{x:.1}\" y1=\"{TOP}\" x2=\"{x:.1}\" y2=\"{bottom}\"/>"));
        add(format!("<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{label}</text>", bottom + 20.0));
    }
    add(format!(
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">Ingresses</text>",
        (LEFT + right) / 2.0,
        bottom + 42.0
    ));
    for (number, step) in LINES.into_iter().enumerate() {
        let points: Vec<String> = sizes
            .iter()
            .map(|size| format!("{:.1},{:.1}", axes.x(size.count as f64), axes.y(size.ratio(step))))
            .collect();
        add(format!("<polyline class=\"line l{number}\" points=\"{}\"/>", points.join(" ")));
    }
    for (y, number, step) in labels(sizes, &axes) {
        add(format!(
            "<line class=\"line l{number}\" x1=\"{:.1}\" y1=\"{y:.1}\" x2=\"{:.1}\" y2=\"{y:.1}\"/>",
            right + 10.0,
            right + 28.0
        ));
        add(format!("<text x=\"{:.1}\" y=\"{:.1}\">{}</text>", right + 34.0, y + 4.0, step.name()));
    }
    svg.push_str("</svg>\n");
    svg
}

/// The lines' names at the height where they end, but never over each other.
fn labels(sizes: &[AtSize], axes: &Axes) -> Vec<(f64, usize, Step)> {
    const APART: f64 = 18.0;
    let Some(last) = sizes.last() else { return Vec::new() };
    let mut labels: Vec<_> = LINES
        .into_iter()
        .enumerate()
        .map(|(number, step)| (axes.y(last.ratio(step)), number, step))
        .collect();
    labels.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut lowest = f64::NEG_INFINITY;
    for label in &mut labels {
        label.0 = label.0.max(lowest + APART);
        lowest = label.0;
    }
    labels
}

fn decades((low, high): (f64, f64)) -> impl Iterator<Item = f64> {
    std::iter::successors(Some(low), |exponent| Some(exponent + 1.0))
        .take_while(move |exponent| *exponent <= high)
        .map(|exponent| 10_f64.powf(exponent))
}

/// `10,000`.
pub(super) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::thousands;

    #[test]
    fn numbers_in_groups() {
        assert_eq!(
            ["1", "999", "1,000", "1572864"]
                .map(|text| text.replace(',', "").parse().unwrap())
                .map(thousands),
            ["1", "999", "1,000", "1,572,864"]
        );
    }
}
