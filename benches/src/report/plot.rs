//! Cost against the number of Ingresses, as SVG.

use std::{error::Error, ops::Range};

use benches::events::Event;
use plotters::{coord::Shift, prelude::*};

use super::measure::{AtSize, Step};
use crate::whole_path::{Form, WholePath};

const SIZE: (u32, u32) = (880, 420);
/// Of that, what the lines' names take at the right.
const LEGEND: u32 = 230;

const BLUE: RGBColor = RGBColor(9, 105, 218);
const RED: RGBColor = RGBColor(207, 34, 46);
const GREEN: RGBColor = RGBColor(26, 127, 55);
const VIOLET: RGBColor = RGBColor(130, 80, 223);
const ORANGE: RGBColor = RGBColor(191, 106, 2);
const GREY: RGBColor = RGBColor(110, 119, 129);
const DARK: RGBColor = RGBColor(31, 35, 40);

/// The lines of the libraries.
const STEPS: [(Step, RGBColor); 6] = [
    (Step::JsonToJson, BLUE),
    (Step::Event(Event::Changed), RED),
    (Step::Parse, GREEN),
    (Step::Translate, VIOLET),
    (Step::Serialise, ORANGE),
    (Step::Event(Event::Unchanged), GREY),
];

/// What Gloo 1.22's translator took of the reference on the machine where it was measured, whatever the number of Ingresses; at each change it
/// does all of it again.
const GLOO: [(&str, f64, RGBColor); 2] =
    [("Gloo 1.22: JSON to JSON", 43.0, DARK), ("Gloo 1.22: translate", 4.0, GREY)];

/// A line, by numbers of Ingresses.
struct Line {
    name: String,
    colour: RGBColor,
    points: Vec<(f64, f64)>,
}

/// What the libraries take.
pub(super) fn plot(sizes: &[AtSize]) -> Result<String, Box<dyn Error>> {
    let line = |(step, colour): (Step, RGBColor)| {
        let points = sizes.iter().map(|size| (size.count as f64, size.ratio(step))).collect();
        Line { name: step.name().to_owned(), colour, points }
    };
    let of_gloo = |(name, ratio, colour): (&str, f64, RGBColor)| {
        let points = sizes.iter().map(|size| (size.count as f64, ratio)).collect();
        Line { name: name.to_owned(), colour, points }
    };
    let lines: Vec<Line> = GLOO.map(of_gloo).into_iter().chain(STEPS.map(line)).collect();
    draw("CPU time for each Ingress; 1× is serde_json reading it into a Value", &lines, |ratio| {
        format!("{ratio}×")
    })
}

/// What a change costs in a cluster.
pub(super) fn whole_path(measured: &[WholePath]) -> Result<String, Box<dyn Error>> {
    let line = |name: &str, form: Form, colour: RGBColor, of: fn(&WholePath) -> f64| {
        let points = measured.iter().filter(|it| it.form == form).map(|it| (it.count as f64, of(it)));
        Line { name: format!("{name}, {}", form.name()), colour, points: points.collect() }
    };
    let lines = [
        line("a change", Form::Plain, BLUE, |it| it.change.cpu_millis),
        line("to JSON once", Form::Plain, GREY, |it| it.floor_millis),
        line("a change", Form::Compressed, RED, |it| it.change.cpu_millis),
        line("to zlib once", Form::Compressed, ORANGE, |it| it.floor_millis),
    ];
    draw("CPU time of the controller for one change, in milliseconds", &lines, |millis| {
        format!("{millis} ms")
    })
}

/// Both axes are logarithmic. It has a background of its own, so that it is readable on a dark page too.
fn draw(caption: &str, lines: &[Line], unit: fn(f64) -> String) -> Result<String, Box<dyn Error>> {
    let points = || lines.iter().flat_map(|line| &line.points);
    let (fewest, most) = bounds(points().map(|point| point.0));
    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let (left, right) = area.split_horizontally(SIZE.0 - LEGEND);
    let mut chart = ChartBuilder::on(&left)
        .caption(caption, ("sans-serif", 17))
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(60)
        .build_cartesian_2d(
            (fewest..most.max(fewest * 10.0)).log_scale(),
            powers_around(points().map(|point| point.1)).log_scale(),
        )?;
    chart
        .configure_mesh()
        .max_light_lines(0)
        .x_desc("Ingresses")
        .label_style(("sans-serif", 15))
        .x_label_formatter(&|count| thousands(*count as usize))
        .y_label_formatter(&|value| unit(*value))
        .draw()?;
    for line in lines {
        chart.draw_series(LineSeries::new(line.points.iter().copied(), line.colour.stroke_width(2)))?;
    }
    legend(&right, lines)?;
    area.present()?;
    drop(chart);
    drop((left, right, area));
    Ok(svg)
}

/// The lines' names, below each other.
fn legend(area: &DrawingArea<SVGBackend<'_>, Shift>, lines: &[Line]) -> Result<(), Box<dyn Error>> {
    for (Line { name, colour, points: _ }, y) in lines.iter().zip((60..).step_by(24)) {
        area.draw(&PathElement::new([(0, y), (18, y)], colour.stroke_width(2)))?;
        area.draw(&Text::new(name.clone(), (26, y - 8), ("sans-serif", 14)))?;
    }
    Ok(())
}

/// Whole powers of ten around all of them. The lowest is not labelled unless the axis begins below it.
fn powers_around(values: impl Iterator<Item = f64>) -> Range<f64> {
    let (least, largest) = bounds(values);
    0.999 * 10_f64.powf(least.log10().floor())..10_f64.powf(largest.log10().ceil())
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
            costs: STEPS
                .into_iter()
                .zip(1..)
                .map(|((step, _), times)| Cost { step, nanos: nanos / f64::from(times) })
                .collect(),
            output: 1,
        };
        let svg = plot(&[size(100, 900.0), size(1_000, 2_000.0), size(100_000, 3_000.0)]).unwrap();
        for text in STEPS
            .map(|(step, _)| step.name())
            .into_iter()
            .chain(GLOO.map(|(name, _, _)| name))
            .chain(["100", "1,000", "100,000", "0.1×", "1×", "10×"])
        {
            assert!(svg.contains(&format!("\n{text}\n")), "no {text} in {svg}");
        }
        assert_eq!(
            svg.matches("stroke-width=\"2\"").count(),
            2 * (STEPS.len() + GLOO.len()),
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
