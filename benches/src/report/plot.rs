//! Cost against the number of Ingresses, as SVG.

use std::error::Error;

use benches::events::Event;
use plotters::prelude::*;

use super::measure::{AtSize, Step};

const SIZE: (u32, u32) = (760, 420);

/// The lines.
const LINES: [(Step, RGBColor); 6] = [
    (Step::JsonToJson, RGBColor(9, 105, 218)),
    (Step::Event(Event::Changed), RGBColor(207, 34, 46)),
    (Step::Parse, RGBColor(26, 127, 55)),
    (Step::Translate, RGBColor(130, 80, 223)),
    (Step::Serialise, RGBColor(191, 106, 2)),
    (Step::Event(Event::Unchanged), RGBColor(110, 119, 129)),
];

/// The plot. Both axes are logarithmic. It has a background of its own, so that it is readable on a dark page too.
pub(super) fn plot(sizes: &[AtSize]) -> Result<String, Box<dyn Error>> {
    let (fewest, most) = bounds(sizes.iter().map(|size| size.count as f64));
    let (least, largest) = bounds(sizes.iter().flat_map(|size| LINES.map(|(step, _)| size.ratio(step))));
    // Whole powers of ten around all of them and 1×; the legend is below.
    let power = |ratio: f64, round: fn(f64) -> f64| 10_f64.powf(round(ratio.log10()));
    let ratios = power(least.min(0.05), f64::floor)..power(largest.max(10.0), f64::ceil);

    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption("CPU time for each Ingress; 1× is serde_json reading it into a Value", ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(52)
        .build_cartesian_2d((fewest..most.max(fewest * 10.0)).log_scale(), ratios.log_scale())?;
    chart
        .configure_mesh()
        .max_light_lines(0)
        .x_desc("Ingresses")
        .label_style(("sans-serif", 15))
        .x_label_formatter(&|count| thousands(*count as usize))
        .y_label_formatter(&|ratio| format!("{ratio}×"))
        .draw()?;
    for (step, colour) in LINES {
        let style = colour.stroke_width(2);
        let points = sizes.iter().map(|size| (size.count as f64, size.ratio(step)));
        chart
            .draw_series(LineSeries::new(points, style))?
            .label(step.name())
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerLeft)
        .label_font(("sans-serif", 13))
        .margin(4)
        .background_style(WHITE.mix(0.9))
        .border_style(BLACK.mix(0.2))
        .draw()?;
    area.present()?;
    drop(chart);
    drop(area);
    Ok(svg)
}

fn bounds(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
}

/// `10,000`.
pub(crate) fn thousands(number: usize) -> String {
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
    use super::{super::measure::Cost, *};

    #[test]
    fn plot_names_its_lines_and_sizes() {
        let size = |count: usize, nanos: f64| AtSize {
            count,
            bytes: 1.0,
            rules: 1.0,
            reference: 1_000.0,
            costs: LINES
                .into_iter()
                .zip(1..)
                .map(|((step, _), times)| Cost { step, nanos: nanos / f64::from(times) })
                .collect(),
            output: 1,
        };
        let svg = plot(&[size(100, 900.0), size(1_000, 2_000.0), size(100_000, 3_000.0)]).unwrap();
        for text in LINES
            .map(|(step, _)| step.name())
            .into_iter()
            .chain(["100", "1,000", "100,000", "0.1×", "1×", "10×"])
        {
            assert!(svg.contains(&format!("\n{text}\n")), "no {text} in {svg}");
        }
        assert_eq!(
            svg.matches("stroke-width=\"2\"").count(),
            2 * LINES.len(),
            "a line and its mark in the legend each"
        );
    }

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
